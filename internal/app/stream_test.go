package app_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"saluran/internal/app"
	"saluran/internal/id"
)

// reads opens the stream of a job and tells when it ends: the channel is closed then.
func (c *clicker) reads(t *testing.T, job string) <-chan struct{} {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, "GET", c.p.url+"/jobs/"+job+"/stream", nil)
	require.NoError(t, err)
	res, err := c.web.Do(req)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, res.StatusCode)
	lines := bufio.NewScanner(res.Body)
	require.True(t, lines.Scan(), "the state as it is")
	require.Contains(t, lines.Text(), "data: ")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer res.Body.Close()
		for lines.Scan() {
		}
	}()
	return ended
}

// TestAStreamEndsForWhoMayReadNoMore: signed out, taken out, given a role that does not read jobs, acting for another organisation,
// switched off: each ends the stream that is open, while a colleague's goes on.
func TestAStreamEndsForWhoMayReadNoMore(t *testing.T) {
	m := newMarket(t, "delivery", func(c *app.Config) { c.NoWorkers, c.Recheck = true, 50*time.Millisecond })
	job := str(m.seller.post("/exports", map[string]any{"report": "payment-sheet", "from": "2025-01-01"}, 202), "id") // nobody works on it
	stays := m.clickAs("owner@kopi.example").reads(t, job)
	mute := m.seller.post("/roles", map[string]any{"name": "Tanpa pekerjaan", "grants": []any{map[string]any{"relation": "own", "object": "order", "action": "read"}}}, 201)
	for name, end := range map[string]func(c *clicker, person string){
		"signed out": func(c *clicker, _ string) { c.post("/sign-out", c.get("/account").fields("/sign-out")) },
		"taken out": func(_ *clicker, person string) {
			m.seller.post("/people/"+person+"/remove", map[string]any{}, 204)
		},
		"another role": func(_ *clicker, person string) {
			m.seller.put("/people/"+person+"/role", map[string]any{"role": str(mute, "role")}, 204)
		},
		"elsewhere": func(c *clicker, _ string) {
			form := c.get("/account").fields("/sign-out")
			form.Set("org", m.buyer.org)
			require.Equal(t, http.StatusSeeOther, c.post("/switch", form).status)
		},
		"closed": func(_ *clicker, person string) {
			no, err := id.Parse(person)
			require.NoError(t, err)
			require.NoError(t, m.DB.InTx(t.Context(), func(ctx context.Context) error {
				if err := m.DB.W(ctx).Exec("UPDATE person SET active = ? WHERE id = ?", false, no).Error; err != nil {
					return err
				}
				return m.DB.BumpMaster(ctx)
			}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			email := fmt.Sprintf("p%d@kopi.example", len(name)*7+int(name[0]))
			person := m.seller.joins(email, name, "sales")
			m.buyer.joins(email, name, "sales")
			c := m.clickAs(email)
			form := c.get("/account").fields("/sign-out")
			form.Set("org", m.seller.org)
			require.Equal(t, http.StatusSeeOther, c.post("/switch", form).status)
			ended := c.reads(t, job)
			select {
			case <-ended:
				t.Fatal("it ended without a reason")
			case <-time.After(400 * time.Millisecond):
			}
			end(c, person)
			select {
			case <-ended:
			case <-time.After(15 * time.Second):
				t.Fatal("it goes on")
			}
		})
	}
	select {
	case <-stays:
		t.Fatal("a colleague's has ended")
	default:
	}
}
