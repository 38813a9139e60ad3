package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/mail"
)

// How long an invitation holds, how often its letter is sent, and how many wrong passwords end it.
const (
	InviteLife = 7 * 24 * time.Hour
	maxSent    = 5
	sentPause  = time.Minute
	maxTries   = 10
	maxOpen    = 500 // open invitations of one organisation
)

// Invitation is one that its organisation sees. The link is in the letter alone.
type Invitation struct {
	ID        id.ID
	Email     string
	Role      string
	Status    string // open, expired, accepted, withdrawn
	InvitedBy string // name
	Sent      int64
	Created   clock.Instant
	Expires   clock.Instant
	Version   int64
}

// NewInvitation asks somebody in. Lang is the language of the letter where the address is new to the portal.
type NewInvitation struct{ Email, Role, Lang string }

type inviteRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Org       id.ID
	Email     string
	Role      string
	Lang      string
	TokenHash []byte
	Status    string
	OpenKey   *string
	Tries     int64
	Sent      int64
	SentUs    clock.Instant
	InvitedBy id.ID
	Person    id.ID
	CreatedUs clock.Instant
	ExpiresUs clock.Instant
	EndedUs   clock.Instant
	Version   int64
}

func (inviteRow) TableName() string { return "invitation" }

// newToken is 256 random bits as text, and the hash that is stored of them.
func newToken() (token string, hash []byte) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, hashOf(token)
}

func hashOf(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

// Invite sends somebody a link into the acting organisation. What it answers is the same whether the address has an account or
// not; only who is in this very organisation already is said.
//
// Right: person manage, with a fresh proof. Errors: invalid_fields, person.member_already, invite.open_already, invite.too_many,
// step_up_required.
func (s *Service) Invite(ctx context.Context, a access.Actor, k audit.Key, n NewInvitation) (Invitation, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Invitation{}, err
	}
	email, err := s.Accounts.FoldEmail(n.Email)
	if err != nil {
		return Invitation{}, err
	}
	n.Email = email
	if err := s.Accounts.Sure(ctx, a); err != nil {
		return Invitation{}, err
	}
	doc, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) { return s.invite(ctx, a, n) })
	if err != nil {
		return Invitation{}, err
	}
	return s.invitation(ctx, a.Org, doc)
}

func (s *Service) invite(ctx context.Context, a access.Actor, n NewInvitation) (id.ID, error) {
	if err := s.Accounts.RoleFits(ctx, a, n.Role); err != nil {
		return 0, err
	}
	var member, open int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM membership m JOIN person p ON p.id = m.person WHERE m.org = ? AND p.email = ?", a.Org, n.Email).Scan(&member).Error
	if err != nil {
		return 0, err
	}
	if member > 0 {
		return 0, errs.New(errs.Conflict, "person.member_already")
	}
	now := s.Clock.Now()
	// What nobody took up in time makes room for a new one.
	err = s.DB.W(ctx).Exec("UPDATE invitation SET status = 'withdrawn', open_key = NULL, ended_us = ?, version = version + 1 WHERE org = ? AND status = 'open' AND expires_us <= ?",
		now, a.Org, now).Error
	if err != nil {
		return 0, err
	}
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM invitation WHERE org = ? AND status = 'open'", a.Org).Scan(&open).Error; err != nil {
		return 0, err
	}
	if open >= maxOpen {
		return 0, errs.New(errs.Conflict, "invite.too_many")
	}
	return s.ask(ctx, a, a.Org, n)
}

// ask writes the row and the letter, in the transaction of ctx.
func (s *Service) ask(ctx context.Context, a access.Actor, org id.ID, n NewInvitation) (id.ID, error) {
	now := s.Clock.Now()
	token, hash := newToken()
	key := org.String() + ":" + n.Email
	r := inviteRow{ID: s.DB.IDs.Next(), Org: org, Email: n.Email, Role: n.Role, Lang: langOf(n.Lang), TokenHash: hash, Status: "open", OpenKey: &key,
		Sent: 1, SentUs: now, InvitedBy: a.Person, CreatedUs: now, ExpiresUs: now.Add(InviteLife), Version: 1}
	if err := s.DB.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			return 0, errs.Wrap(errs.Conflict, "invite.open_already", err)
		}
		return 0, err
	}
	if err := audit.Record(ctx, s.DB, a.By(), now, "person.invited", r.ID, audit.Diff(map[string][2]any{"role": {"", n.Role}})); err != nil {
		return 0, err
	}
	return r.ID, s.sendInvite(ctx, a, r, token)
}

func langOf(lang string) string {
	if lang == "en" {
		return "en"
	}
	return "id"
}

// sendInvite writes in the language of the receiver's account, where there is one: only the receiver reads it.
func (s *Service) sendInvite(ctx context.Context, a access.Actor, r inviteRow, token string) error {
	lang := r.Lang
	var known []string
	if err := s.DB.R(ctx).Raw("SELECT lang FROM person WHERE email = ?", r.Email).Scan(&known).Error; err != nil {
		return err
	}
	if len(known) > 0 {
		lang = langOf(known[0])
	}
	var org []string
	if err := s.DB.R(ctx).Raw("SELECT name FROM org WHERE id = ?", r.Org).Scan(&org).Error; err != nil || len(org) == 0 {
		return err
	}
	return s.Post.Send(ctx, mail.Message{To: r.Email, Lang: lang, Kind: "invite", Link: "/invite/" + token, Life: InviteLife, Args: map[string]string{
		"org": org[0], "by": a.Name, "role": roleName(lang, r.Role), "until": i18n.Date(lang, r.ExpiresUs.In("Asia/Jakarta"))}})
}

// roleName is a role in words; one that an organisation has named itself is its own word.
func roleName(lang, role string) string {
	if k := "role." + role; i18n.Has(lang, k) {
		return i18n.T(lang, k)
	}
	return role
}

const inviteColumns = `SELECT i.id, i.email, i.role, CASE WHEN i.status = 'open' AND i.expires_us <= ? THEN 'expired' ELSE i.status END AS status,
 COALESCE(p.name, '') AS invited_by, i.sent, i.created_us AS created, i.expires_us AS expires, i.version
 FROM invitation i LEFT JOIN person p ON p.id = i.invited_by WHERE i.org = ?`

func (s *Service) invitation(ctx context.Context, org, no id.ID) (Invitation, error) {
	var rows []Invitation
	err := s.DB.R(ctx).Raw(inviteColumns+" AND i.id = ?", s.Clock.Now(), org, no).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return Invitation{}, err
	}
	return rows[0], nil
}

// Invitations are those of the acting organisation, newest first; those that were taken up or back are left out. Right: person
// manage.
func (s *Service) Invitations(ctx context.Context, a access.Actor, q list.Query) (list.Page[Invitation], error) {
	var none list.Page[Invitation]
	if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return none, err
	}
	where, args := " AND i.status = 'open'", []any{s.Clock.Now(), a.Org}
	k, ok, err := q.After()
	if err != nil {
		return none, err
	}
	if ok {
		where, args = where+" AND i.id < ?", append(args, k.ID)
	}
	var rows []Invitation
	if err := s.DB.R(ctx).Raw(inviteColumns+where+" ORDER BY i.id DESC LIMIT ?", append(args, q.Limit()+1)...).Scan(&rows).Error; err != nil {
		return none, err
	}
	return list.Cut(rows, q.Limit(), func(r Invitation) list.Key { return list.Key{ID: int64(r.ID)} }), nil
}

// Resend sends a new link, for another week; the one before is worthless from now on. Right: person manage. Errors: not_found,
// invite.too_often, changed (version 0: whatever it is).
//
// It needs a fresh proof, as inviting does: step_up_required.
func (s *Service) Resend(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64) (Invitation, error) {
	if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return Invitation{}, err
	}
	if err := s.Accounts.Sure(ctx, a); err != nil {
		return Invitation{}, err
	}
	err := s.onInvite(ctx, a, k, no, version, func(ctx context.Context, r inviteRow, now clock.Instant) error {
		if r.Sent >= maxSent || now < r.SentUs.Add(sentPause) {
			return errs.New(errs.Conflict, "invite.too_often")
		}
		token, hash := newToken()
		r.ExpiresUs = now.Add(InviteLife)
		if err := s.setInvite(ctx, r, map[string]any{"token_hash": hash, "sent": r.Sent + 1, "sent_us": now, "expires_us": r.ExpiresUs, "tries": 0}); err != nil {
			return err
		}
		if err := audit.Record(ctx, s.DB, a.By(), now, "person.invited_again", r.ID, audit.One("sent", r.Sent, r.Sent+1)); err != nil {
			return err
		}
		return s.sendInvite(ctx, a, r, token)
	})
	if err != nil {
		return Invitation{}, err
	}
	return s.invitation(ctx, a.Org, no)
}

// Withdraw makes the link worthless. Right: person manage. Errors: not_found, changed.
func (s *Service) Withdraw(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64) error {
	return s.onInvite(ctx, a, k, no, version, func(ctx context.Context, r inviteRow, now clock.Instant) error {
		if err := s.setInvite(ctx, r, map[string]any{"status": "withdrawn", "open_key": nil, "ended_us": now}); err != nil {
			return err
		}
		return audit.Record(ctx, s.DB, a.By(), now, "person.invitation_withdrawn", r.ID, audit.One("status", r.Status, "withdrawn"))
	})
}

// EndInvitations ends the open invitations into an organisation that somebody has sent, in the transaction of ctx: all of them, or those
// to a role that the person may not give any more. The organisation's log names each.
func (s *Service) EndInvitations(ctx context.Context, by id.By, org, person id.ID, all bool) error {
	var rows []inviteRow
	now := s.Clock.Now()
	err := s.DB.W(ctx).Where("org = ? AND invited_by = ? AND status = 'open' AND expires_us > ?", org, person, now).Order("id").Find(&rows).Error
	if err != nil {
		return err
	}
	for _, r := range rows {
		if !all {
			ok, err := s.Accounts.MayInvite(ctx, org, person, r.Role)
			if err != nil {
				return err
			}
			if ok {
				continue
			}
		}
		if err := s.setInvite(ctx, r, map[string]any{"status": "withdrawn", "open_key": nil, "ended_us": now}); err != nil {
			return err
		}
		diff := audit.Diff(map[string][2]any{"status": {r.Status, "withdrawn"}, "reason": {"", "inviter"}})
		if err := audit.Record(ctx, s.DB, by, now, "person.invitation_withdrawn", r.ID, diff); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) onInvite(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64, do func(context.Context, inviteRow, clock.Instant) error) error {
	if err := s.Gate.Require(ctx, a, access.Own, "person", "manage"); err != nil {
		return err
	}
	now := s.Clock.Now()
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, now, func(ctx context.Context) (id.ID, error) {
		var rows []inviteRow
		if err := s.DB.R(ctx).Where("id = ? AND org = ? AND status = 'open'", no, a.Org).Limit(1).Find(&rows).Error; err != nil {
			return 0, err
		}
		if len(rows) == 0 {
			return 0, errs.Gone()
		}
		if version != 0 && version != rows[0].Version {
			return 0, errs.New(errs.Conflict, "changed")
		}
		return no, do(ctx, rows[0], now)
	})
	return err
}

// setInvite changes an open invitation, if it still is what was read: one of many who try at once is the one.
func (s *Service) setInvite(ctx context.Context, r inviteRow, to map[string]any) error {
	to["version"] = r.Version + 1
	res := s.DB.W(ctx).Model(&inviteRow{}).Where("id = ? AND status = 'open' AND version = ?", r.ID, r.Version).Updates(to)
	if res.Error == nil && res.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return res.Error
}
