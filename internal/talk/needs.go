package talk

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/id"
)

// Staff are the people of an organisation, each as the actor that its role makes of it; at most some hundreds.
type Staff interface {
	Staff(ctx context.Context, org id.ID) ([]access.Actor, error)
}

// Duties say for what somebody represents an organisation towards a partner on a day; "" for nothing.
type Duties interface {
	Duty(ctx context.Context, org, person id.ID, partners []id.ID, on clock.Date) (string, error)
}
