package trade

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/db"
	"saluran/internal/db/dbtest"
	"saluran/internal/id"
)

// TestPapersOfAnOrderAreFoundByTheOrder: a step on an order asks for its papers by the order. Beside the owner, of whom an index
// gives all papers in the order of their identifiers, SQLite would rather read every paper of that owner: a delivery then takes
// longer with each invoice that the seller has ever written.
func TestPapersOfAnOrderAreFoundByTheOrder(tt *testing.T) {
	if dbtest.Engine() != db.SQLite {
		tt.Skip("there is no SQLite in this run, whose plan this is about; MariaDB plans by the rows that there are")
	}
	t := newTill(tt)
	stop := dbtest.Record()
	t.deals[[2]id.ID{maker, depot}].TitleOn = "payment"
	t.rewards(OnPayment)
	t.rewards(OnDelivery)
	o := t.delivered(maker, depot, pieces(kopi, 10))
	v := t.billed(o)
	p := t.paid(maker, depot, v.Total)
	_, err := t.s.Bounce(t.ctx, of(maker), PayStep{Payment: p.ID, Reason: "no cover"})
	require.NoError(tt, err)
	_, err = t.s.Order(t.ctx, of(depot), o.ID)
	require.NoError(tt, err)

	byOwner := regexp.MustCompile(`SEARCH \w+ USING .*INDEX (invoice|orders|shipment|payment|points_move|commission)_\w+ \(\w+=\?\)`)
	named := regexp.MustCompile(`\b(order_id|invoice_id|payment_id|return_of|credits)=\?`)
	looked := 0
	for _, said := range stop() {
		_, query, _ := strings.Cut(said, ": ")
		if !strings.Contains(query, "order_id = ?") && !strings.Contains(query, "invoice_id = ?") || strings.HasPrefix(query, "INSERT") {
			continue
		}
		looked++
		for _, step := range t.plan(query) {
			require.False(tt, byOwner.MatchString(step) && !named.MatchString(step), "%s: %s", step, query)
		}
	}
	require.Greater(tt, looked, 10)
}

// plan is how SQLite means to answer a question; its arguments change nothing of that.
func (t *till) plan(query string) (all []string) {
	rows, err := t.d.ReadSQL().Query("EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	require.NoError(t, err, query)
	defer rows.Close()
	for rows.Next() {
		var no, parent, unused int
		var line string
		require.NoError(t, rows.Scan(&no, &parent, &unused, &line))
		all = append(all, line)
	}
	require.NoError(t, rows.Err())
	return all
}
