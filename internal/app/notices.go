package app

import (
	"context"
	"errors"
	"maps"
	"time"

	"gorm.io/gorm"

	"saluran/internal/clock"
	"saluran/internal/id"
	"saluran/internal/mail"
)

// notices follows what the ledger files and writes to those who represent the seller of a new order towards its buyer, or cover for
// them that day. How far it has come stands in the database: several instances share the work, and each order is told once.
func (a *App) notices(ctx context.Context) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		if err := a.notify(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("representatives cannot be told", "error", err.Error())
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

const noticeCursor = "notices"

// errFollowed says that another instance has done it.
var errFollowed = errors.New("followed")

type placed struct {
	Seq           int64
	Doc           id.ID
	Number        string
	Seller, Buyer id.ID
	SellerName    string
	BuyerName     string
	Zone          string
}

// notify tells what is new, at most a hundred orders at a time.
func (a *App) notify(ctx context.Context) error {
	from, head, err := a.noticed(ctx)
	if err != nil || from >= head {
		return err
	}
	var rows []placed
	err = a.DB.R(ctx).Raw(`SELECT x.seq, o.id AS doc, o.number, o.seller, o.buyer, s.name AS seller_name, b.name AS buyer_name, s.zone
 FROM outbox x JOIN orders o ON o.id = x.doc JOIN org s ON s.id = o.seller JOIN org b ON b.id = o.buyer
 WHERE x.seq > ? AND x.seq <= ? AND x.topic = 'order.placed' ORDER BY x.seq LIMIT 100`, from, head).Scan(&rows).Error
	if err != nil {
		return err
	}
	to := head
	if len(rows) == 100 {
		to = rows[len(rows)-1].Seq
	}
	err = a.DB.InTx(ctx, func(ctx context.Context) error {
		r := a.DB.W(ctx).Exec("UPDATE epoch SET n = ? WHERE name = ? AND n = ?", to, noticeCursor, from)
		if r.Error != nil {
			return r.Error
		}
		if r.RowsAffected == 0 {
			return errFollowed
		}
		for _, o := range rows {
			if err := a.tellRepresentative(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errFollowed) {
		return nil
	}
	return err
}

// noticed is how far was told, and how far the ledger is. What was filed before the first start is told to nobody.
func (a *App) noticed(ctx context.Context) (from, head int64, err error) {
	if err = a.DB.R(ctx).Raw("SELECT COALESCE(MAX(seq), 0) FROM lane").Scan(&head).Error; err != nil {
		return 0, 0, err
	}
	err = a.DB.R(ctx).Table("epoch").Where("name = ?", noticeCursor).Select("n").Take(&from).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = a.DB.InTx(ctx, func(ctx context.Context) error {
			return a.DB.W(ctx).Exec("INSERT INTO epoch (name, n) VALUES (?, ?)", noticeCursor, head).Error
		})
		return head, head, err
	}
	return from, head, err
}

func (a *App) tellRepresentative(ctx context.Context, o placed) error {
	who, err := a.Partner.Represents(ctx, o.Seller, o.Buyer, clock.Instant(a.Config.Clock.Now()).In(o.Zone), "sales", "field")
	if err != nil || who == 0 {
		return err
	}
	var to []struct{ Name, Email, Lang string }
	err = a.DB.R(ctx).Raw("SELECT p.name, p.email, p.lang FROM person p JOIN membership m ON m.person = p.id AND m.org = ? WHERE p.id = ? AND p.active = ?", o.Seller, who, true).Scan(&to).Error
	if err != nil || len(to) == 0 {
		return err
	}
	return a.Mailer.Send(ctx, mail.Message{To: to[0].Email, Lang: to[0].Lang, Kind: "order_placed", Link: "/orders/" + o.Doc.String(),
		Args: map[string]string{"person": to[0].Name, "number": o.Number, "buyer": o.BuyerName, "seller": o.SellerName}})
}

// tellOwners writes to those who answer for an organisation, in the transaction of ctx.
func (a *App) tellOwners(ctx context.Context, org id.ID, kind, link string, args map[string]string) error {
	to, err := a.Identity.Owners(ctx, org)
	if err != nil {
		return err
	}
	for _, p := range to {
		said := maps.Clone(args)
		said["person"] = p.Name
		if err := a.Mailer.Send(ctx, mail.Message{To: p.Email, Lang: p.Lang, Kind: kind, Link: link, Args: said}); err != nil {
			return err
		}
	}
	return nil
}
