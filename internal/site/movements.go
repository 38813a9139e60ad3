package site

import (
	"net/http"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/goods"
	"saluran/internal/id"
	"saluran/web/kit"
	"saluran/web/view"
)

// movementKinds are the first words of what organisations do to goods by themselves.
var movementKinds = []string{"goods", "lot", "reversal"}

// movements lists what the organisation did to goods by itself.
func (s *Site) movements(r *request) error {
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "stock", "read"); err != nil {
		return err
	}
	kind := r.Query("kind")
	if kind != "lot" && kind != "reversal" {
		kind = "goods"
	}
	v := view.Movements{}
	for _, k := range movementKinds {
		v.Tabs = append(v.Tabs, kit.Tab{Text: r.t("movements.of_" + k), Href: "/movements?kind=" + k, Current: k == kind})
	}
	p, err := audit.List(r.ctx, s.DB, r.a.Org, audit.Search{Action: kind}, r.query())
	if err != nil {
		return err
	}
	v.Next, v.First = r.pages(p.Next)
	var seqs []int64
	for _, x := range p.Items {
		if x.Seq != 0 {
			seqs = append(seqs, x.Seq)
		}
	}
	undone, err := s.Goods.Reversed(r.ctx, r.a, seqs)
	if err != nil {
		return err
	}
	for _, x := range p.Items {
		row := view.MovementRow{Action: x.Action, Who: x.Name, At: x.At, Undone: undone[x.Seq]}
		if x.Seq != 0 && goods.MayShow(x.Action) {
			row.Seq = strconv.FormatInt(x.Seq, 10)
		}
		if row.Who == "" {
			row.Who = r.t("audit.program")
		}
		v.Rows = append(v.Rows, row)
	}
	sh := r.shell(r.t("movements.title"), "stock", r.crumb("nav.home", "/"), r.crumb("nav.stock", "/stock"), r.crumb("movements.title", ""))
	return r.html(http.StatusOK, view.MovementsPage(sh, v))
}

func (s *Site) movement(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	return s.movementPage(r, no, refusal{Status: http.StatusOK})
}

func (s *Site) movementPage(r *request, no id.ID, back refusal) error {
	m, err := s.Goods.Movement(r.ctx, r.a, int64(no))
	if err != nil {
		return err
	}
	v := view.Movement{MovementRow: view.MovementRow{Seq: no.String(), Action: m.Kind, Who: m.Person, At: m.At}, Form: back.Form, Conflict: back.Conflict,
		CanReverse: m.Reversible() && r.can(access.Own, "journal", "reverse")}
	if m.Reverses != 0 {
		v.Reverses = strconv.FormatInt(m.Reverses, 10)
		if v.Reason, err = s.why(r, m.Seq); err != nil {
			return err
		}
	}
	if m.ReversedBy != 0 {
		v.ReversedBy = strconv.FormatInt(m.ReversedBy, 10)
	}
	for _, x := range m.Moves {
		v.Moves = append(v.Moves, view.MoveRow{Lot: x.Lot, SKU: x.SKU, Name: x.Name, Unit: x.BaseUnit, Place: x.Place, Qty: x.Qty})
	}
	title := view.Did(r.ctx, v.Action)
	sh := r.shell(title, "stock", r.crumb("nav.home", "/"), r.crumb("nav.stock", "/stock"), r.crumb("movements.title", "/movements"), kit.Crumb{Text: title})
	return r.html(back.Status, view.MovementPage(sh, v))
}

// why is the reason that a journal was given.
func (s *Site) why(r *request, seq int64) (string, error) {
	text, err := s.Goods.Why(r.ctx, r.a, seq)
	if err != nil {
		return "", err
	}
	for _, c := range audit.Changes(text) {
		if c.Table == "" && c.Field == "reason" {
			return c.After, nil
		}
	}
	return "", nil
}

// reverse undoes a journal: it shows what comes back and what leaves first.
func (s *Site) reverse(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if err := s.Gate.Require(r.ctx, r.a, access.Own, "journal", "reverse"); err != nil {
		return err
	}
	m, err := s.Goods.Movement(r.ctx, r.a, int64(no))
	if err != nil {
		return err
	}
	f := r.reader()
	c := goods.Reverse{Key: r.goodsKey(), Seq: int64(no), Reason: f.needed("reason")}
	switch err = f.err(); {
	case f.changed():
		return s.movementPage(r, no, r.backTo())
	case err == nil && f.sure():
		if _, err = s.Goods.Reverse(r.ctx, r.a, c); err == nil {
			return r.to("/movements/"+no.String(), "movement.undone")
		}
	case err == nil && m.ReversedBy != 0:
		err = errs.New(errs.Conflict, "ledger.reversed_already")
	case err == nil && !m.Reversible():
		err = errs.New(errs.Conflict, "journal.not_reversible")
	case err == nil:
		return s.weighReversal(r, m)
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.movementPage(r, no, back)
}

func (s *Site) weighReversal(r *request, m goods.Movement) error {
	title := view.Did(r.ctx, m.Kind)
	v := view.Weigh{Title: r.t("movement.undo"), Lead: title + " · " + r.t("audit.journal", "seq", strconv.FormatInt(m.Seq, 10)), Look: "bad", Icon: "arrows-exchange", Button: r.t("movement.undo_do")}
	for _, x := range m.Moves {
		place := x.Place
		if place == "" {
			place = r.t("movement.elsewhere")
		}
		what := r.t("movement.at_place", "item", x.Name, "lot", x.Lot, "place", place)
		amount := kit.Quantity(r.ctx, max(x.Qty, -x.Qty), x.BaseUnit)
		if x.Qty < 0 {
			v.Facts = append(v.Facts, view.WeighFact{What: what, Now: r.t("movement.left", "qty", amount), Then: r.t("movement.back", "qty", amount)})
		} else {
			v.Facts = append(v.Facts, view.WeighFact{What: what, Now: r.t("movement.came", "qty", amount), Then: r.t("movement.away", "qty", amount)})
		}
	}
	v.Says = []string{r.t("movement.undo_says"), r.t("movement.undo_once")}
	return s.weigh(r, "stock", v, nil, r.crumb("nav.stock", "/stock"), r.crumb("movements.title", "/movements"),
		kit.Crumb{Text: title, Href: "/movements/" + strconv.FormatInt(m.Seq, 10)})
}
