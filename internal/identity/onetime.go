package identity

import (
	"context"
	"encoding/json"
	"time"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

type oneTimeRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Kind      string
	TokenHash []byte
	Person    id.ID
	Payload   string
	Attempts  int64
	UntilUs   clock.Instant
	UsedUs    clock.Instant
}

func (oneTimeRow) TableName() string { return "one_time" }

// stale is the one answer to a token that is unknown, used, too old or of another kind.
func stale() error { return errs.New(errs.Invalid, "sign_in.link_stale") }

// mint makes a token that stands for payload once, for life. Its hash alone is kept.
func (s *Service) mint(ctx context.Context, kind string, person id.ID, payload any, life time.Duration) (token string, err error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	token = newToken()
	return token, s.d.InTx(ctx, func(ctx context.Context) error {
		return s.d.W(ctx).Create(&oneTimeRow{ID: s.d.IDs.Next(), Kind: kind, TokenHash: hashToken(token), Person: person, Payload: string(body),
			UntilUs: s.clock.Now().Add(life)}).Error
	})
}

// look reads what a token stands for and leaves it usable.
func (s *Service) look(ctx context.Context, kind, token string, into any) (oneTimeRow, error) {
	var rows []oneTimeRow
	if len(token) != 43 {
		return oneTimeRow{}, stale()
	}
	err := s.d.R(ctx).Where("token_hash = ? AND kind = ? AND used_us = 0 AND until_us > ?", hashToken(token), kind, s.clock.Now()).Find(&rows).Error
	if err == nil && len(rows) == 0 {
		err = stale()
	}
	if err == nil && into != nil {
		err = json.Unmarshal([]byte(rows[0].Payload), into)
	}
	if err != nil {
		return oneTimeRow{}, err
	}
	return rows[0], nil
}

// take uses a token up: of several who come at once, one.
func (s *Service) take(ctx context.Context, kind, token string, into any) (r oneTimeRow, err error) {
	err = s.d.InTx(ctx, func(ctx context.Context) error {
		if r, err = s.look(ctx, kind, token, into); err != nil {
			return err
		}
		u := s.d.W(ctx).Exec("UPDATE one_time SET used_us = ?, payload = '{}' WHERE id = ? AND used_us = 0", s.clock.Now(), r.ID)
		if u.Error == nil && u.RowsAffected != 1 {
			s.Stats.Replayed.Add(1)
			return stale()
		}
		return u.Error
	})
	return r, err
}

// attempt counts a try at what a token guards, before it is judged; after most tries the token is worth nothing.
func (s *Service) attempt(ctx context.Context, r oneTimeRow, most int64) error {
	return s.d.InTx(ctx, func(ctx context.Context) error {
		u := s.d.W(ctx).Exec("UPDATE one_time SET attempts = attempts + 1 WHERE id = ? AND used_us = 0 AND attempts < ?", r.ID, most)
		if u.Error == nil && u.RowsAffected != 1 {
			return stale()
		}
		return u.Error
	})
}

// void uses up all tokens of a kind that a person has.
func (s *Service) void(ctx context.Context, person id.ID, kinds ...string) error {
	return s.d.W(ctx).Exec("UPDATE one_time SET used_us = ?, payload = '{}' WHERE person = ? AND kind IN ? AND used_us = 0", s.clock.Now(), person, kinds).Error
}
