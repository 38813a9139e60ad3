package view

import (
	"context"

	"saluran/web/kit"
)

// statusOptions is a select of states, the first one being all of them.
func statusOptions(ctx context.Context, kind string, codes []string) []kit.Option {
	out := []kit.Option{{Value: "", Label: t(ctx, "kit.all")}}
	for _, c := range codes {
		_, _, key := kit.Status(kind, c)
		out = append(out, kit.Option{Value: c, Label: t(ctx, key)})
	}
	return out
}

// choices is a select of words: the key of each is prefix + code.
func choices(ctx context.Context, prefix string, codes ...string) []kit.Option {
	out := make([]kit.Option, 0, len(codes))
	for _, c := range codes {
		out = append(out, kit.Option{Value: c, Label: t(ctx, prefix+c)})
	}
	return out
}

func refs(list []Ref, first string) []kit.Option {
	var out []kit.Option
	if first != "" {
		out = append(out, kit.Option{Label: first})
	}
	for _, r := range list {
		out = append(out, kit.Option{Value: r.ID, Label: r.Name})
	}
	return out
}
