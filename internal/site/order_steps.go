package site

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/trade"
)

// served is a step on the services of an order.
func served(do trade.Action, step func(*trade.Service, context.Context, access.Actor, trade.Step, []trade.BillLine) (trade.Order, error)) func(*Site, *request, trade.Step, *reader, *[]string) error {
	return func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error {
		lines, err := f.chosen(do, names)
		if err != nil {
			return err
		}
		_, err = step(s.Trade, r.ctx, r.a, st, billed(lines))
		return err
	}
}

// steps are what one may do with an order: each reads its form, and calls its use case.
var steps = map[trade.Action]func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error{
	trade.DoConfirm: plain((*trade.Service).Confirm),
	trade.DoReject:  plain((*trade.Service).Reject),
	trade.DoCancel:  plain((*trade.Service).Cancel),
	trade.DoResume:  plain((*trade.Service).Resume),
	trade.DoFill:    plain((*trade.Service).FillBackorders),
	trade.DoClose:   plain((*trade.Service).Close),
	trade.DoAmend: func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error {
		c := trade.Amend{Step: st}
		var changed []string
		for i, l := range f.lines("amend", names, true) {
			no := strconv.FormatInt(l.Line, 10)
			if f.text("was-"+no) == f.text("amend-"+no) {
				continue // left as it was
			}
			c.Lines = append(c.Lines, trade.AmendLine{Line: l.Line, Qty: l.Qty, Unit: f.text("unit-" + no)})
			changed = append(changed, (*names)[i])
		}
		*names = changed
		if err := f.err(); err != nil {
			return err
		}
		if len(c.Lines) == 0 {
			return errs.New(errs.Invalid, "site.nothing_changed")
		}
		_, err := s.Trade.Amend(r.ctx, r.a, c)
		return err
	},
	trade.DoDispatch: func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error {
		lines, err := f.chosen(trade.DoDispatch, names)
		if err != nil {
			return err
		}
		_, err = s.Trade.Dispatch(r.ctx, r.a, trade.Dispatch{Step: st, Lines: lines, Carrier: ref(f.text("carrier")), Tracking: f.text("tracking")})
		return err
	},
	trade.DoPerform: served(trade.DoPerform, (*trade.Service).Perform),
	trade.DoAccept:  served(trade.DoAccept, (*trade.Service).Accept),
	trade.DoInvoice: func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error {
		lines, err := f.chosen(trade.DoInvoice, names)
		if err != nil {
			return err
		}
		_, err = s.Trade.Bill(r.ctx, r.a, trade.Bill{Step: st, Lines: billed(lines)})
		return err
	},
	trade.DoReturn: func(s *Site, r *request, st trade.Step, f *reader, names *[]string) error {
		lines := f.lines("return", names, false)
		if err := f.some(lines); err != nil {
			return err
		}
		_, err := s.Trade.Return(r.ctx, r.a, trade.Return{Step: st, Lines: lines})
		return err
	},
}

// plain is a step that needs nothing but the order and, for some, a reason.
func plain(do func(*trade.Service, context.Context, access.Actor, trade.Step) (trade.Order, error)) func(*Site, *request, trade.Step, *reader, *[]string) error {
	return func(s *Site, r *request, st trade.Step, _ *reader, _ *[]string) error {
		_, err := do(s.Trade, r.ctx, r.a, st)
		return err
	}
}

// lines reads the quantities "ACTION-LINE" of a form, in the order of the lines; names remembers which field became which line.
func (f *reader) lines(action string, names *[]string, zeros bool) []trade.DispatchLine {
	var ns []int64
	for k := range f.v {
		if n, ok := strings.CutPrefix(k, action+"-"); ok {
			if v, err := strconv.ParseInt(n, 10, 64); err == nil && v > 0 {
				ns = append(ns, v)
			}
		}
	}
	slices.Sort(ns)
	var out []trade.DispatchLine
	for _, n := range ns {
		field := fmt.Sprintf("%s-%d", action, n)
		if q := f.qty(field); q > 0 || (zeros && f.v[field] != "") {
			out = append(out, trade.DispatchLine{Line: n, Qty: q})
			*names = append(*names, field)
		}
	}
	return out
}

// chosen are the lines of a step, none where it is for all of them.
func (f *reader) chosen(do trade.Action, names *[]string) ([]trade.DispatchLine, error) {
	if f.yes("all") {
		return nil, nil
	}
	lines := f.lines(string(do), names, false)
	return lines, f.some(lines)
}

// some refuses a form without any quantity: no lines would mean all of them.
func (f *reader) some(lines []trade.DispatchLine) error {
	if err := f.err(); err != nil {
		return err
	}
	if len(lines) == 0 {
		return errs.New(errs.Invalid, "site.no_lines")
	}
	return nil
}

func billed(lines []trade.DispatchLine) []trade.BillLine {
	var out []trade.BillLine
	for _, l := range lines {
		out = append(out, trade.BillLine{Line: l.Line, Qty: l.Qty})
	}
	return out
}

// byLine finds the field of a path such as "lines[2].qty".
func byLine(names []string) func(string) string {
	return func(path string) string {
		rest, ok := strings.CutPrefix(path, "lines[")
		n, _, closed := strings.Cut(rest, "]")
		i, err := strconv.Atoi(n)
		if ok && closed && err == nil && i < len(names) && i >= 0 {
			return names[i]
		}
		switch path {
		case "reason", "tracking", "note":
			return path
		}
		return ""
	}
}

func (s *Site) step(r *request, action trade.Action, do func(*Site, *request, trade.Step, *reader, *[]string) error) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	f := r.reader()
	version, _ := strconv.ParseInt(f.text("version"), 10, 64)
	var names []string
	err = do(s, r, trade.Step{Key: r.tradeKey(), Order: no, Version: version, Reason: f.text("reason")}, f, &names)
	if err == nil {
		return r.to("/orders/"+no.String(), "order."+string(action))
	}
	back, ok := r.refused(err, byLine(names))
	if !ok {
		return err
	}
	return s.orderPage(r, no, string(action), back)
}
