package ledger

import (
	"context"
	"fmt"
	"sync"

	"saluran/internal/id"
)

// maxHolders is how many places the book remembers before it forgets them all.
const maxHolders = 200_000

// holders remembers who holds what stands at a place.
type holders struct {
	ask func(ctx context.Context, place id.ID) (id.ID, error)

	mu    sync.Mutex
	known map[id.ID]id.ID
}

// of is who holds what stands at a place, as a post says of a place that it files, else as the owner of the places says.
func (h *holders) of(ctx context.Context, p *Post, place id.ID) (id.ID, error) {
	if org, said := p.held[place]; said {
		return org, nil
	}
	if h.ask == nil {
		return 0, nil
	}
	h.mu.Lock()
	org, ok := h.known[place]
	h.mu.Unlock()
	if ok {
		return org, nil
	}
	org, err := h.ask(ctx, place)
	if err != nil {
		return 0, fmt.Errorf("holder of place %d: %w", place, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.known == nil || len(h.known) >= maxHolders {
		h.known = map[id.ID]id.ID{}
	}
	h.known[place] = org
	return org, nil
}
