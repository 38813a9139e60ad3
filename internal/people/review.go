package people

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
)

const applicationColumns = `SELECT a.id, a.upstream, o.name AS upstream_org, a.channel, c.name AS channel_name, a.kind, a.name, a.tax_no, a.nib, a.address, a.city,
 a.phone, a.contact, a.email, a.lang, a.status, a.org, a.created_us AS created, a.changed_us AS changed, a.version
 FROM application a JOIN org o ON o.id = a.upstream JOIN channel c ON c.id = a.channel WHERE `

func (s *Service) whole(ctx context.Context, no id.ID, names bool) (Application, error) {
	var rows []Application
	if err := s.DB.R(ctx).Raw(applicationColumns+"a.id = ?", no).Scan(&rows).Error; err != nil {
		return Application{}, err
	}
	if len(rows) == 0 {
		return Application{}, errs.Gone()
	}
	out := rows[0]
	err := s.DB.R(ctx).Raw(`SELECT n.at_us AS at, n.step, n.said, CASE WHEN ? THEN COALESCE(p.name, '') ELSE '' END AS name
 FROM application_note n LEFT JOIN person p ON p.id = n.person WHERE n.application = ? ORDER BY n.id`, names, no).Scan(&out.Notes).Error
	return out, err
}

// reviews asks for the right to decide whom the organisation deals with.
func (s *Service) reviews(ctx context.Context, a access.Actor) error {
	return s.Gate.Require(ctx, a, access.Own, "link", "write")
}

// Applications are those that were sent to the acting organisation and confirmed, those that wait first by age. Filter: status.
// Right: link write.
func (s *Service) Applications(ctx context.Context, a access.Actor, q list.Query) (list.Page[Application], error) {
	var none list.Page[Application]
	if err := s.reviews(ctx, a); err != nil {
		return none, err
	}
	where, args := "a.upstream = ? AND a.status <> 'unconfirmed'", []any{a.Org}
	if v := q.Filter["status"]; v != "" {
		where, args = where+" AND a.status = ?", append(args, v)
	}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		where, args = where+" AND a.id < ?", append(args, k.ID)
	}
	var rows []Application
	if err := s.DB.R(ctx).Raw(applicationColumns+where+" ORDER BY a.id DESC LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return none, err
	}
	return list.Cut(rows, q.Limit(), func(r Application) list.Key { return list.Key{ID: int64(r.ID)} }), nil
}

// Application is one of the acting organisation's. Right: link write. Errors: not_found.
func (s *Service) Application(ctx context.Context, a access.Actor, no id.ID) (Application, error) {
	if err := s.reviews(ctx, a); err != nil {
		return Application{}, err
	}
	if _, err := s.theirs(ctx, a, no); err != nil {
		return Application{}, err
	}
	return s.whole(ctx, no, true)
}

func (s *Service) theirs(ctx context.Context, a access.Actor, no id.ID) (applicationRow, error) {
	var rows []applicationRow
	err := s.DB.R(ctx).Where("id = ? AND upstream = ? AND status <> 'unconfirmed'", no, a.Org).Limit(1).Find(&rows).Error
	if err == nil && len(rows) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return applicationRow{}, err
	}
	return rows[0], nil
}

// review is one step of a reviewer on an application that is not decided yet.
func (s *Service) review(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, do func(context.Context, applicationRow) error) (Application, error) {
	if err := s.reviews(ctx, a); err != nil {
		return Application{}, err
	}
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		r, err := s.theirs(ctx, a, no)
		if err != nil {
			return 0, err
		}
		if version != 0 && version != r.Version {
			return 0, errs.New(errs.Conflict, "changed")
		}
		if !undecided(r.Status) {
			return 0, errs.New(errs.Conflict, "apply.decided")
		}
		return no, do(ctx, r)
	})
	if err != nil {
		return Application{}, err
	}
	return s.whole(ctx, no, true)
}

// AskMore asks the applicant for something; the applicant answers by the link. Right: link write. Errors: not_found, changed,
// apply.decided, invalid_fields.
func (s *Service) AskMore(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, said string) (Application, error) {
	return s.speak(ctx, a, k, no, version, said, "asked", "apply_asked", map[string]any{"status": "asked"})
}

// Refuse declines an application for a reason, which the applicant reads. Right: link write. Errors: as AskMore.
func (s *Service) Refuse(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, reason string) (Application, error) {
	return s.speak(ctx, a, k, no, version, reason, "refused", "apply_refused", map[string]any{"status": "refused", "open_key": nil, "decided_by": a.Person})
}

func (s *Service) speak(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, said, step, letter string, to map[string]any) (Application, error) {
	if err := saidSomething("said", &said); err != nil {
		if gerr := s.reviews(ctx, a); gerr != nil {
			return Application{}, gerr
		}
		return Application{}, err
	}
	return s.review(ctx, a, k, no, version, func(ctx context.Context, r applicationRow) error {
		if err := s.note(ctx, r.ID, a.Person, step, said); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "application."+step, r.ID, audit.One("status", r.Status, step)); err != nil {
			return err
		}
		return s.tell(ctx, r, letter, a.OrgName, to, map[string]string{"said": said})
	})
}

// Approve makes the organisation under a code, stands it below the acting one in the channel, links the two (terms are
// negotiated afterwards: nothing can be ordered before), and invites the applicant to be its first owner.
//
// Right: link write and partner write. Errors: as AskMore; partner.code_taken, partner.asked_often, what is against the shape of the channel.
func (s *Service) Approve(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, code string) (Application, error) {
	if err := s.reviews(ctx, a); err != nil {
		return Application{}, err
	}
	var out Application
	err := s.Firms.Entering(ctx, a, k, func() (err error) {
		out, err = s.approve(ctx, a, k, no, version, code)
		return err
	})
	return out, err
}

func (s *Service) approve(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, code string) (Application, error) {
	return s.review(ctx, a, k, no, version, func(ctx context.Context, r applicationRow) error {
		org, err := s.Firms.Enter(ctx, a, r.Channel, Firm{Code: code, Kind: r.Kind, Name: r.Name, TaxNo: r.TaxNo, Address: r.Address, City: r.City, Phone: r.Phone})
		if err != nil {
			return err
		}
		if err := s.setApplication(ctx, r, map[string]any{"status": "approved", "open_key": nil, "org": org, "decided_by": a.Person}); err != nil {
			return err
		}
		if err := s.note(ctx, r.ID, a.Person, "approved", ""); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), "application.approved", r.ID, audit.Diff(map[string][2]any{"status": {r.Status, "approved"}, "org": {"", org.String()}})); err != nil {
			return err
		}
		_, err = s.ask(ctx, a, org, NewInvitation{Email: r.Email, Role: "owner", Lang: r.Lang})
		return err
	})
}

// Doors are the pages on which organisations apply to the acting one. Right: link write.
func (s *Service) Doors(ctx context.Context, a access.Actor) ([]Door, error) {
	if err := s.reviews(ctx, a); err != nil {
		return nil, err
	}
	var rows []Door
	err := s.DB.R(ctx).Raw(`SELECT d.id, d.channel, c.name AS channel_name, d.token, d.active, d.version FROM join_door d JOIN channel c ON c.id = d.channel
 WHERE d.org = ? ORDER BY c.name, d.id`, a.Org).Scan(&rows).Error
	return rows, err
}

// SetDoor opens the page of a channel, under a new address that nobody can guess, or closes it. Right: link write. Errors:
// not_found, apply.no_tier.
func (s *Service) SetDoor(ctx context.Context, a access.Actor, k audit.Key, channel id.ID, open bool) (Door, error) {
	if err := s.reviews(ctx, a); err != nil {
		return Door{}, err
	}
	below, err := s.Firms.Below(ctx, a.Org, channel)
	if err != nil {
		return Door{}, err
	}
	_, _, err = audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		if len(below) == 0 {
			return 0, errs.New(errs.Conflict, "apply.no_tier")
		}
		return channel, s.setDoor(ctx, a, channel, open, s.Clock.Now())
	})
	if err != nil {
		return Door{}, err
	}
	all, err := s.Doors(ctx, a)
	for _, d := range all {
		if d.Channel == channel {
			return d, err
		}
	}
	return Door{Channel: channel}, err
}

func (s *Service) setDoor(ctx context.Context, a access.Actor, channel id.ID, open bool, now clock.Instant) error {
	token, _ := newToken()
	to := map[string]any{"active": open}
	if open {
		to["token"] = token
	}
	r := s.DB.W(ctx).Model(&doorRow{}).Where("org = ? AND channel = ?", a.Org, channel).Updates(to)
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 0 && open {
		err := s.DB.W(ctx).Create(&doorRow{s.DB.IDs.Next(), a.Org, channel, token, true, now, 1}).Error
		if db.Classify(err) == db.Duplicate {
			return errs.Wrap(errs.Conflict, "changed", err)
		}
		if err != nil {
			return err
		}
	}
	return audit.Record(ctx, s.DB, a.By(), now, "application.door", channel, audit.Diff(map[string][2]any{"open": {!open, open}}))
}

// Waiting is how many applications wait for the acting organisation; 0 for those who may not decide.
func (s *Service) Waiting(ctx context.Context, a access.Actor) (n int64, err error) {
	if !s.Gate.Can(a, access.Own, "link", "write") {
		return 0, nil
	}
	err = s.DB.R(ctx).Raw("SELECT COUNT(*) FROM application WHERE upstream = ? AND status = 'new'", a.Org).Scan(&n).Error
	return n, err
}
