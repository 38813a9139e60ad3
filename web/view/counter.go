package view

import "context"

// Choices are what a select offers. Where there are More of them than it holds, a search narrows it.
type Choices struct {
	Refs  []Ref
	Query string
	More  bool
}

// useLabel names the fields of the form of own use.
func useLabel(ctx context.Context) func(string) string {
	return func(name string) string {
		switch name {
		case "qty":
			return t(ctx, "order.qty")
		case "place":
			return t(ctx, "counter.from_place")
		}
		return ""
	}
}
