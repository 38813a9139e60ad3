package identity

import (
	"context"

	"saluran/internal/audit"
	"saluran/internal/id"
)

// mostTold is how many of a person's organisations hear of wrong passwords.
const mostTold = 8

// refusedSignIn leaves wrong passwords and codes in the logs of a person's organisations, together: the first of them, the second,
// the fourth, the eighth and so on, so that whoever guesses cannot fill a log. They are counted anew when none has come for as
// long as the throttle remembers. Guesses at addresses that nobody has are counted in the figures of the program alone.
func (s *Service) refusedSignIn(ctx context.Context, person id.ID, what, ip string) error {
	now := s.clock.Now()
	who := trace("refused", what, person.String())
	return s.d.InTx(ctx, func(ctx context.Context) error {
		if err := s.count(ctx, who, now); err != nil { // of nobody too: it takes as long
			return err
		}
		r, err := s.counted(ctx, who, now)
		if err != nil || person == 0 || r.N&(r.N-1) != 0 {
			return err
		}
		var orgs []id.ID
		if err := s.d.R(ctx).Model(&memberRow{}).Where("person = ?", person).Order("org").Limit(mostTold).Pluck("org", &orgs).Error; err != nil {
			return err
		}
		for _, org := range orgs {
			if err := audit.Record(ctx, s.d, id.By{Person: person, Org: org, IP: ip}, now, "session.refused", person, audit.One("wrong_"+what+"s", r.N/2, r.N)); err != nil {
				return err
			}
		}
		return nil
	})
}
