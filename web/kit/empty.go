package kit

import (
	"context"
	"strings"
)

// Way is how an empty place is filled: the one act that does it, who may do it, or that it fills by itself. What makes a Way stands
// below, so that nobody writes a place with nothing in it and forgets to say what comes next.
type Way struct{ href, text, who string }

// Go leads to the act. Whoever sees the empty place may take it.
func Go(href, text string) Way { return Way{href: href, text: text} }

// Able leads those to the act who have one of the rights, each OBJECT:ACTION; the others are told who has it.
func Able(ctx context.Context, rights, href, text string) Way {
	e := Of(ctx)
	all := strings.Fields(rights)
	if e.May != nil && e.May(all...) {
		return Go(href, text)
	}
	if e.Who != nil {
		if roles := e.Who(all...); roles != "" {
			return Way{who: T(ctx, "kit.who", "roles", roles)}
		}
	}
	return Theirs(ctx)
}

// Theirs is for what a partner does, and nobody of the reader's organisation.
func Theirs(ctx context.Context) Way { return Way{who: T(ctx, "kit.who_partner")} }

// Itself is for a place that nobody fills from here: the sentence beside it says what does.
func Itself() Way { return Way{} }
