package demo

import (
	"saluran/internal/app"
	"saluran/internal/audit"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/trade"
)

// loyal is the wholesaler whose shops collect points, for a month each.
const loyal = "GPT"

// points is a programme from a quarter of the time on, of whose points some are spent and some expire.
func (l *load) points() {
	l.on(l.days/4, 8, "points", func() error {
		_, err := l.Trade.AddProgramme(l.ctx, l.firms[loyal].as("sales"), audit.Key(l.key("points")), trade.Programme{Name: "Poin Terong", Currency: "IDR",
			EarnOn: trade.OnDelivery, Points: 1, PerAmount: rupiah(10_000), Worth: rupiah(100), ExpiryDays: 30})
		return err
	})
	for _, code := range []string{"T01", "T03", "T06"} {
		l.on(l.days-8, 14, "points spent", l.spend(code))
	}
	for day := l.days / 2; day < l.days; day += 7 {
		l.on(day, 2, "points expire", func() error {
			_, err := l.Trade.ExpirePoints(l.ctx, id.By{Person: app.Program})
			return err
		})
	}
}

// spend spends half of a shop's points on its oldest open invoice of the wholesaler.
func (l *load) spend(code string) func() error {
	return func() error {
		c, v, err := l.unpaid(code)
		if err != nil || c == nil || c.from.Code != loyal {
			return err
		}
		cards, err := l.Trade.Cards(l.ctx, c.to.as("finance"), list.Query{Filter: map[string]string{"partner": c.from.ID.String()}})
		if err != nil || len(cards.Items) == 0 {
			return err
		}
		x := cards.Items[0]
		n := min(x.Have/2, int64(v.Open()/x.Worth))
		if n <= 0 {
			return nil
		}
		_, err = l.Trade.Redeem(l.ctx, c.to.as("finance"), trade.Redeem{Key: l.key("redeem"), Programme: x.ID, Invoice: v.ID, Points: n})
		return err
	}
}
