package view

import (
	"context"
	"strings"
)

// sep stands between the steps of a price ladder.
func sep(i int) string {
	if i > 1 {
		return " · "
	}
	return ""
}

func otherSide(p Pair) string {
	if p.As == "buyer" {
		return p.Seller.Name
	}
	return p.Buyer.Name
}

func pairLine(ctx context.Context, p Pair) string {
	return t(ctx, "order.as_"+p.As, "seller", p.Seller.Name, "buyer", p.Buyer.Name)
}

// orderLabel names the fields of the order form in its summary of errors.
func orderLabel(ctx context.Context, items []FormItem) func(string) string {
	return func(name string) string {
		product, ok := strings.CutPrefix(name, "qty-")
		if !ok {
			switch name {
			case "wanted_on":
				return t(ctx, "order.wanted_on")
			case "reference":
				return t(ctx, "order.own_number")
			case "note":
				return t(ctx, "order.note")
			}
			return ""
		}
		for _, it := range items {
			if it.Product == product {
				return it.Name
			}
		}
		return ""
	}
}
