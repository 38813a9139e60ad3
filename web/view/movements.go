package view

import (
	"context"

	"saluran/internal/clock"
	"saluran/internal/qty"
	"saluran/web/kit"
)

// Movements are the journals of goods that the organisation recorded by itself.
type Movements struct {
	List
	Tabs []kit.Tab
	Rows []MovementRow
}

// MovementRow is one of them; Undone says that it was reversed.
type MovementRow struct {
	Seq, Action, Who, Reason string
	At                       clock.Instant
	Undone                   bool
}

// Movement is one journal, what it moved, and the form that undoes it.
type Movement struct {
	MovementRow
	Moves                []MoveRow
	Reverses, ReversedBy string
	CanReverse           bool
	Form                 kit.Form
	Conflict             string
}

// MoveRow is what became of a lot at a place.
type MoveRow struct {
	Lot, SKU, Name, Unit, Place string
	Qty                         qty.Qty
}

// signed is a quantity with its sign: what left a place, and what came.
func signed(ctx context.Context, q qty.Qty, unit string) string {
	if q < 0 {
		return "−" + kit.Quantity(ctx, -q, unit)
	}
	return "+" + kit.Quantity(ctx, q, unit)
}

// Transfer moves goods between two warehouses.
type Transfer struct {
	List
	Query    string
	Rows     []StockSum
	Chosen   *StockSum
	Stands   []MoveRow // what stands of it, by place and lot
	From, To []Ref
	Lots     []kit.Option
	Form     kit.Form
}

// Lot is one lot: where the organisation sees it, and the form that recalls it.
type Lot struct {
	LotRow
	Rows      []StockRow
	CanRecall bool
	Form      kit.Form
	Conflict  string
}

// stands is how much of the lot there is, at all places.
func (l Lot) stands() (sum qty.Qty) {
	for _, r := range l.Rows {
		sum += r.Qty
	}
	return sum
}

func transferLabel(ctx context.Context) func(string) string {
	keys := map[string]string{"from": "transfer.from", "to": "transfer.to", "qty": "order.qty", "lot": "lot.code"}
	return func(name string) string {
		if k, ok := keys[name]; ok {
			return t(ctx, k)
		}
		return ""
	}
}
