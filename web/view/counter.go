package view

import (
	"context"

	"saluran/web/kit"
)

// refOptions are the choices of a select.
func refOptions(refs []Ref) []kit.Option {
	out := make([]kit.Option, len(refs))
	for i, r := range refs {
		out[i] = kit.Option{Value: r.ID, Label: r.Name}
	}
	return out
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
