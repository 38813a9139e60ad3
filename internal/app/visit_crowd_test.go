package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"saluran/internal/files"
	"saluran/internal/visit"
)

// statuses counts answers by what they say.
func statuses(all []answer) map[int]int {
	out := map[int]int{}
	for _, a := range all {
		out[a.status]++
	}
	return out
}

// noted is how many rows of who did what name an action of the agent.
func (f *field) noted(action string) (n int64) {
	require.NoError(f.t, f.DB.R(context.Background()).Raw("SELECT COUNT(*) FROM audit WHERE org = ? AND action = ?", f.agent.org, action).Scan(&n).Error)
	return n
}

// TestTwoHundredAtOnceForEachWriteOfVisits: through two instances, each write of rounds and visits happens once; all others are told so.
func TestTwoHundredAtOnceForEachWriteOfVisits(t *testing.T) {
	f := newField(t)
	both := []*user{f.agent, f.agent.at(beside(t, f.Config.DB))}
	many := func(path string, body func(i int) map[string]any, header ...string) []answer {
		return crowd(200, func(i int, key string) answer {
			return both[i%2].do("POST", path, body(i), append([]string{"Idempotency-Key", key}, header...)...)
		})
	}
	won := func(all []answer, status int) answer {
		return all[slices.IndexFunc(all, func(a answer) bool { return a.status == status })]
	}
	told := func(all []answer, code string) { // everybody else, the same
		for _, a := range all {
			if a.status >= 400 {
				require.Equal(t, code, a.body["code"], a.text)
			}
		}
	}

	got := many("/visit-plan", func(int) map[string]any {
		return map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "weekdays": everyDay()}
	})
	require.Equal(t, map[int]int{201: 1, 409: 199}, statuses(got), got[0].text)
	stop := str(won(got, 201).body, "id")
	told(got, "visit.planned_already")

	got = crowd(200, func(i int, key string) answer {
		return both[i%2].do("PUT", "/visit-plan/"+stop, map[string]any{"weekdays": everyDay(), "turn": i + 1}, "Idempotency-Key", key, "If-Match", `"1"`)
	})
	require.Equal(t, map[int]int{200: 1, 412: 199}, statuses(got), got[0].text)
	require.Equal(t, won(got, 200).body["turn"], items(f.agent.get("/visit-plan"))[0]["turn"])

	// each says where it stands; the place of the one that was first is kept
	got = many("/visits", func(i int) map[string]any {
		return map[string]any{"stop": stop, "spot": fmt.Sprint("Tempat ", i), "consent": true, "lat": fmt.Sprintf("-7.%06d", i+1), "lon": "110.370529"}
	})
	require.Equal(t, map[int]int{201: 1, 409: 199}, statuses(got), got[0].text)
	told(got, "visit.taken")
	first := won(got, 201).body
	at := "/visits/" + str(first, "id")
	now := f.agent.get(at)
	require.Equal(t, []any{first["spot"], first["lat"], first["lon"]}, []any{now["spot"], now["lat"], now["lon"]})

	got = many(at+"/count", func(i int) map[string]any {
		return map[string]any{"lines": []any{map[string]any{"product": f.product, "qty": fmt.Sprint(i)}}}
	}, "If-Match", `"1"`)
	require.Equal(t, map[int]int{200: 1, 412: 199}, statuses(got), got[0].text)
	require.Equal(t, won(got, 200).body["counts"], f.agent.get(at)["counts"])

	order := str(f.agent.post("/orders", map[string]any{"seller": f.seller.org, "buyer": f.shop2.org, "lines": []any{map[string]any{"product": f.product, "qty": "24"}}}, 201), "id")
	got = many(at+"/orders", func(int) map[string]any { return map[string]any{"order": order} })
	require.Equal(t, map[int]int{200: 200}, statuses(got), got[0].text)
	require.Len(t, f.agent.get(at)["orders"], 1)
	require.EqualValues(t, 1, f.noted("visit.ordered"))

	// photos come until there are as many as a document may have
	got = crowd(200, func(i int, key string) answer {
		return both[i%2].sendFile("rak.txt", strings.NewReader(fmt.Sprint("Rak ", i)), key, "document_kind", "visit", "document", str(first, "id"))
	})
	require.Equal(t, map[int]int{201: files.MaxEach, 422: 200 - files.MaxEach}, statuses(got), got[0].text)
	require.Len(t, f.filesOf(str(first, "id")), files.MaxEach)

	got = many(at+"/check-out", func(i int) map[string]any {
		return map[string]any{"result": "order", "note": fmt.Sprint("Catatan ", i)}
	})
	require.Equal(t, map[int]int{200: 1, 409: 199}, statuses(got), got[0].text)
	told(got, "visit.closed")
	require.Equal(t, won(got, 200).body["note"], f.agent.get(at)["note"])

	// one key is one visit, however often it is sent
	body := map[string]any{"seller": f.seller.org, "shop": f.shop2.org, "result": "none", "reason": "enough", "lines": []any{map[string]any{"product": f.product, "qty": "1"}}}
	was := f.visits()
	got = crowd(200, func(i int, _ string) answer {
		return both[i%2].do("POST", "/visits", body, "Idempotency-Key", "one-visit-of-two-hundred")
	})
	require.Equal(t, map[int]int{201: 200}, statuses(got), got[0].text)
	require.Equal(t, was+1, f.visits())

	got = crowd(200, func(i int, key string) answer {
		return both[i%2].do("POST", "/visit-plan/"+stop+"/end", nil, "Idempotency-Key", key)
	})
	require.Equal(t, map[int]int{200: 200}, statuses(got), got[0].text)
	for action, n := range map[string]int64{"visit.planned": 1, "visit.replanned": 1, "visit.unplanned": 1, "visit.started": 2, "visit.ended": 2, "visit.counted": 2} {
		require.Equal(t, n, f.noted(action), action)
	}
}

// TestTheLastPlacesOfARoundGoToSoMany: a round holds so many shops and no more, whoever puts them there at once, on two instances.
func TestTheLastPlacesOfARoundGoToSoMany(t *testing.T) {
	f := newField(t)
	both := []*user{f.agent, f.agent.at(beside(t, f.Config.DB))}
	var shops []string
	for i := range 6 {
		shops = append(shops, f.opens(fmt.Sprintf("B%02d", i)))
	}
	stop := f.agent.post("/visit-plan", map[string]any{"seller": f.seller.org, "shop": shops[0], "weekdays": everyDay()}, 201)
	const left = 2
	ctx := context.Background()
	require.NoError(t, f.DB.InTx(ctx, func(ctx context.Context) error {
		for i := range visit.MaxStops - 1 - left {
			no := f.DB.IDs.Next()
			if err := f.DB.W(ctx).Exec(`INSERT INTO org (id, code, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version)
 SELECT ?, ?, kind, name, name_fold, country, currency, zone, vat_registered, large, tax_no, address, city, phone, nameless, active, registered_by, created_us, version FROM org WHERE id = ?`, no, fmt.Sprint("X", i), shops[0]).Error; err != nil {
				return err
			}
			if err := f.DB.W(ctx).Exec(`INSERT INTO visit_stop (id, org, person, seller, shop, weekdays, weeks, turn, from_on, until_on, ended_us, created_us, version)
 SELECT ?, org, person, seller, ?, weekdays, weeks, turn, from_on, until_on, ended_us, created_us, version FROM visit_stop WHERE id = ? AND org = ?`, f.DB.IDs.Next(), no, str(stop, "id"), f.agent.org).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	got := crowd(200, func(i int, key string) answer {
		return both[i%2].do("POST", "/visit-plan", map[string]any{"seller": f.seller.org, "shop": shops[1+i%5], "weekdays": everyDay()}, "Idempotency-Key", key)
	})
	said := map[string]int{}
	for _, a := range got {
		code, _ := a.body["code"].(string)
		said[fmt.Sprint(a.status, " ", code)]++
	}
	require.Equal(t, left, said["201 "], said)
	require.Equal(t, 200-left, said["409 visit.too_many_stops"]+said["409 visit.planned_already"], said)
	var n int64
	require.NoError(t, f.DB.R(ctx).Raw("SELECT COUNT(*) FROM visit_stop WHERE org = ? AND ended_us = 0", f.agent.org).Scan(&n).Error)
	require.EqualValues(t, visit.MaxStops, n)
}
