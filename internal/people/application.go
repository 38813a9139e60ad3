package people

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/i18n"
	"saluran/internal/id"
	"saluran/internal/mail"
	"saluran/internal/origin"
	"saluran/internal/text"
)

// Bounds of what strangers may send: applications from one address in an hour, letters about one application, and how long one
// that nobody confirms is kept.
const (
	maxFromAddress = 10
	maxLetters     = 6
	confirmWithin  = 7 * 24 * time.Hour
)

// Apply is an organisation that wants to join below another.
type Apply struct {
	Door    string // the token of the page on which it was filled in
	Kind    string // where the tier takes several
	Name    string
	TaxNo   string // NPWP of 16 digits; 15 get their leading zero; a person's NIK
	NIB     string // 13 digits, may be empty
	Address string
	City    string
	Phone   string
	Contact string // who writes
	Email   string
	Lang    string
	Message string
	IP      string
}

// Application is one, as its upstream sees it, and without people's names its applicant.
type Application struct {
	ID          id.ID
	Upstream    id.ID
	UpstreamOrg string
	Channel     id.ID
	ChannelName string
	Kind        string
	Name        string
	TaxNo       string
	Nib         string
	Address     string
	City        string
	Phone       string
	Contact     string
	Email       string
	Lang        string
	Status      string
	Org         id.ID // that was made of it
	Created     clock.Instant
	Changed     clock.Instant
	Version     int64
	Notes       []Note `gorm:"-"`
}

// Note is what was said of an application. Step: applied, confirmed, asked, answered, approved, refused, withdrawn.
type Note struct {
	At   clock.Instant
	Step string
	Said string
	Name string // of the reviewer; shown to the upstream alone
}

type applicationRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Upstream  id.ID
	Channel   id.ID
	Kind      string
	Name      string
	TaxNo     string
	Nib       string
	Address   string
	City      string
	Phone     string
	Contact   string
	Email     string
	Lang      string
	TokenHash []byte
	Status    string
	OpenKey   *string
	Sent      int64
	Org       id.ID
	DecidedBy id.ID
	CreatedUs clock.Instant
	ChangedUs clock.Instant
	Version   int64
}

func (applicationRow) TableName() string { return "application" }

// linkRow is a link that an applicant was sent.
type linkRow struct {
	TokenHash   []byte `gorm:"primaryKey"`
	Application id.ID
}

func (linkRow) TableName() string { return "application_link" }

type doorRow struct {
	ID        id.ID `gorm:"primaryKey"`
	Org       id.ID
	Channel   id.ID
	Token     string
	Active    bool
	CreatedUs clock.Instant
	Version   int64
}

func (doorRow) TableName() string { return "join_door" }

// Door is a public page on which organisations apply.
type Door struct {
	ID          id.ID
	Org         string
	Channel     id.ID
	ChannelName string
	Token       string
	Active      bool
	Kinds       []string `gorm:"-"` // who may apply
	Version     int64
}

// OpenDoor is what the page of a token says. Unknown and closed are one answer.
func (s *Service) OpenDoor(ctx context.Context, token string) (Door, error) {
	r, d, err := s.door(ctx, token)
	if err != nil {
		return Door{}, err
	}
	d.Kinds, err = s.Firms.Below(ctx, r.Org, r.Channel)
	if err == nil && len(d.Kinds) == 0 {
		err = errs.Gone()
	}
	return d, err
}

func (s *Service) door(ctx context.Context, token string) (doorRow, Door, error) {
	var rows []doorRow
	if len(token) == 43 {
		if err := s.DB.R(ctx).Where("token = ? AND active = ?", token, true).Limit(1).Find(&rows).Error; err != nil {
			return doorRow{}, Door{}, err
		}
	}
	if len(rows) == 0 {
		return doorRow{}, Door{}, errs.Gone()
	}
	var names []Door
	err := s.DB.R(ctx).Raw("SELECT o.name AS org, c.name AS channel_name FROM org o JOIN channel c ON c.id = ? WHERE o.id = ? AND o.active = ?",
		rows[0].Channel, rows[0].Org, true).Scan(&names).Error
	if err == nil && len(names) == 0 {
		err = errs.Gone()
	}
	if err != nil {
		return doorRow{}, Door{}, err
	}
	d := names[0]
	d.ID, d.Channel, d.Token, d.Active, d.Version = rows[0].ID, rows[0].Channel, token, true, rows[0].Version
	return rows[0], d, nil
}

func (in *Apply) check(kinds []string) error {
	var bad []errs.Field
	for _, f := range []struct {
		path string
		s    *string
		most int
		must bool
	}{{"name", &in.Name, 200, true}, {"address", &in.Address, 300, true}, {"city", &in.City, 100, true}, {"phone", &in.Phone, 32, true},
		{"contact", &in.Contact, 120, true}} {
		bad = append(bad, text.Line(f.path, f.s, f.most)...)
		if f.must && *f.s == "" {
			bad = append(bad, errs.F(f.path, "field.required"))
		}
	}
	bad = append(bad, text.Note("message", &in.Message, 1000)...)
	if len(kinds) == 1 && in.Kind == "" {
		in.Kind = kinds[0]
	}
	if !slices.Contains(kinds, in.Kind) {
		bad = append(bad, errs.F("kind", "apply.kind"))
	}
	var ok bool
	if in.TaxNo, ok = taxNo(in.TaxNo); !ok {
		bad = append(bad, errs.F("tax_no", "apply.tax_no"))
	}
	if in.NIB, ok = digits(in.NIB); !ok || (in.NIB != "" && len(in.NIB) != 13) {
		bad = append(bad, errs.F("nib", "apply.nib"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// digits takes the marks out of a number as people write it.
func digits(s string) (string, bool) {
	s = strings.NewReplacer(".", "", "-", "", " ", "").Replace(s)
	return s, strings.Trim(s, "0123456789") == ""
}

// taxNo is an NPWP of 16 digits; the older one of 15 gets its leading zero.
func taxNo(s string) (string, bool) {
	s, ok := digits(s)
	if len(s) == 15 {
		s = "0" + s
	}
	return s, ok && len(s) == 16
}

// Apply takes an application and sends a letter to the address that it names, which must be confirmed before anybody sees it. The
// answer is the same whatever is known of that address. Errors: not_found, invalid_fields, apply.wait.
func (s *Service) Apply(ctx context.Context, in Apply) error {
	if err := s.slow(ctx, in.IP); err != nil {
		return err
	}
	door, d, err := s.door(ctx, in.Door)
	if err != nil {
		return err
	}
	kinds, err := s.Firms.Below(ctx, door.Org, door.Channel)
	if err != nil {
		return err
	}
	bad := in.check(kinds)
	if in.Email, err = s.Accounts.FoldEmail(in.Email); err != nil {
		return err
	}
	if bad != nil {
		return bad
	}
	in.Lang = langOf(in.Lang)
	err = s.DB.InTx(ctx, func(ctx context.Context) error { return s.apply(ctx, door, d, in) })
	if errs.CodeOf(err) == "changed" {
		return nil // another one with this address was faster, and has its letter
	}
	return err
}

// slow counts what comes from a network, on every instance alike.
func (s *Service) slow(ctx context.Context, ip string) error {
	now := s.Clock.Now()
	h := audit.HashOf("apply", origin.Network(ip).String())
	who := hex.EncodeToString(h[:])
	return s.DB.InTx(ctx, func(ctx context.Context) error {
		if err := s.DB.W(ctx).Exec("DELETE FROM door_try WHERE at_us < ?", now.Add(-time.Hour)).Error; err != nil {
			return err
		}
		if err := s.DB.W(ctx).Exec("INSERT INTO door_try (id, who, at_us) VALUES (?, ?, ?)", s.DB.IDs.Next(), who, now).Error; err != nil {
			return err
		}
		var n int64
		if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM door_try WHERE who = ?", who).Scan(&n).Error; err != nil {
			return err
		}
		if n > maxFromAddress {
			return errs.New(errs.Busy, "apply.wait")
		}
		return nil
	})
}

func (s *Service) apply(ctx context.Context, door doorRow, d Door, in Apply) error {
	now := s.Clock.Now()
	key := door.ID.String() + ":" + in.Email
	var open []applicationRow
	if err := s.DB.R(ctx).Where("open_key = ?", key).Limit(1).Find(&open).Error; err != nil {
		return err
	}
	if len(open) > 0 { // the address is told again where its application stands; what was typed now is let go
		if open[0].Sent >= maxLetters {
			return nil
		}
		kind := "apply_again"
		if open[0].Status == "unconfirmed" {
			kind = "apply_confirm"
		}
		return s.tell(ctx, open[0], kind, d.Org, nil, nil)
	}
	_, hash := newToken()
	r := applicationRow{ID: s.DB.IDs.Next(), Upstream: door.Org, Channel: door.Channel, Kind: in.Kind, Name: in.Name, TaxNo: in.TaxNo, Nib: in.NIB,
		Address: in.Address, City: in.City, Phone: in.Phone, Contact: in.Contact, Email: in.Email, Lang: in.Lang, TokenHash: hash, Status: "unconfirmed",
		OpenKey: &key, CreatedUs: now, ChangedUs: now, Version: 1}
	if err := s.DB.W(ctx).Create(&r).Error; err != nil {
		if db.Classify(err) == db.Duplicate {
			return errs.Wrap(errs.Conflict, "changed", err)
		}
		return err
	}
	if err := s.note(ctx, r.ID, 0, "applied", in.Message); err != nil {
		return err
	}
	if err := audit.Record(ctx, s.DB, id.By{Org: r.Upstream}, now, "application.applied", r.ID, audit.Diff(map[string][2]any{"status": {"", r.Status}, "kind": {"", r.Kind}})); err != nil {
		return err
	}
	return s.tell(ctx, r, "apply_confirm", d.Org, nil, nil)
}

func (s *Service) note(ctx context.Context, application, person id.ID, step, said string) error {
	return s.DB.W(ctx).Exec("INSERT INTO application_note (id, application, at_us, person, step, said) VALUES (?, ?, ?, ?, ?, ?)",
		s.DB.IDs.Next(), application, s.Clock.Now(), person, step, said).Error
}

// tell changes an application and writes to its applicant, under a new link; those before go on working, because anybody may ask in
// an applicant's name. One of many who change it at once is the one; the others get "changed".
func (s *Service) tell(ctx context.Context, r applicationRow, kind, org string, to map[string]any, args map[string]string) error {
	token, hash := newToken()
	if to == nil {
		to = map[string]any{}
	}
	to["token_hash"], to["sent"] = hash, r.Sent+1
	if err := s.setApplication(ctx, r, to); err != nil {
		return err
	}
	if err := s.DB.W(ctx).Create(&linkRow{hash, r.ID}).Error; err != nil {
		return err
	}
	if args == nil {
		args = map[string]string{}
	}
	args["org"], args["name"], args["contact"] = org, r.Name, r.Contact
	return s.Post.Send(ctx, mail.Message{To: r.Email, Lang: r.Lang, Kind: kind, Link: "/application/" + token, Life: confirmWithin, Args: args})
}

func (s *Service) setApplication(ctx context.Context, r applicationRow, to map[string]any) error {
	to["version"], to["changed_us"] = r.Version+1, s.Clock.Now()
	res := s.DB.W(ctx).Model(&applicationRow{}).Where("id = ? AND version = ?", r.ID, r.Version).Updates(to)
	if res.Error == nil && res.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return res.Error
}

func undecided(status string) bool {
	return status == "unconfirmed" || status == "new" || status == "asked"
}

func saidSomething(path string, said *string) error {
	bad := text.Note(path, said, 1000)
	if *said == "" {
		bad = append(bad, errs.F(path, "field.required"))
	}
	if len(bad) > 0 {
		return errs.OnFields("invalid_fields", bad...)
	}
	return nil
}

// tellReviewers writes to the owners and the sales people of the upstream, each in the own language.
func (s *Service) tellReviewers(ctx context.Context, r applicationRow, kind string) error {
	return s.tellPeople(ctx, r.Upstream, []string{"owner", "sales"}, kind, "/applications/"+r.ID.String(), func(lang string) map[string]string {
		return map[string]string{"name": r.Name, "city": r.City, "kind": i18n.T(lang, "kind."+r.Kind)}
	})
}

// tellPeople writes to those who have one of some roles in an organisation; at most twenty.
func (s *Service) tellPeople(ctx context.Context, org id.ID, roles []string, kind, link string, args func(lang string) map[string]string) error {
	var to []struct{ Email, Lang, Name string }
	err := s.DB.R(ctx).Raw("SELECT p.email, p.lang, p.name FROM membership m JOIN person p ON p.id = m.person WHERE m.org = ? AND m.role IN ? AND p.active = ? ORDER BY m.created_us, m.person LIMIT 20",
		org, roles, true).Scan(&to).Error
	if err != nil {
		return err
	}
	for _, p := range to {
		a := args(langOf(p.Lang))
		a["person"] = p.Name
		if err := s.Post.Send(ctx, mail.Message{To: p.Email, Lang: langOf(p.Lang), Kind: kind, Link: link, Args: a}); err != nil {
			return err
		}
	}
	return nil
}
