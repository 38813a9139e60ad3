package files

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Doc names a document that files are attached to. The zero Doc is none yet.
type Doc struct {
	Kind string // order, shipment, invoice, payment, application, or another that was registered
	ID   id.ID
}

// Standing is how an actor stands to a document that it may read.
type Standing struct {
	Rel    access.Rel
	Draft  bool // not confirmed yet: what the actor's organisation attached may still be taken off
	Hidden bool // the actor reads the document without its money: papers may show that, so none are shown
}

// Lookup finds a document for an actor, with the rights of reading it. Errors: not_found; access.denied.
type Lookup func(ctx context.Context, a access.Actor, doc id.ID) (Standing, error)

// Config is what the service stands on.
type Config struct {
	DB    *db.DB
	Clock clock.Clock
	Gate  *access.Gate
	Box   *Box
	Quota int64 // bytes that an organisation may keep; 0: DefaultQuota
}

// Service attaches files to documents.
type Service struct {
	Config
	docs map[string]Lookup
}

// New makes the service. Register the kinds of documents before it is used.
func New(c Config) *Service {
	if c.Quota == 0 {
		c.Quota = DefaultQuota
	}
	return &Service{c, map[string]Lookup{}}
}

// Register says how documents of a kind are found.
func (s *Service) Register(kind string, find Lookup) { s.docs[kind] = find }

// Attachment is a file that was sent, as those see it who may.
type Attachment struct {
	ID         id.ID
	Org        id.ID // who sent it
	OrgName    string
	Person     id.ID
	PersonName string // shown to the sender's organisation alone
	File       id.ID
	DocKind    string `gorm:"column:doc_kind"`
	Doc        id.ID
	Name       string
	Media      string
	Size       int64
	SHA256     []byte        `gorm:"column:sha256"`
	Created    clock.Instant `gorm:"column:created_us"`
	Attached   clock.Instant `gorm:"column:attached_us"`
	Ended      clock.Instant `gorm:"column:ended_us"`
	Version    int64
	MayEnd     bool `gorm:"-"` // the viewer may take it off
}

// ETag is the content as an HTTP entity tag.
func (a Attachment) ETag() string { return File{SHA256: a.SHA256}.ETag() }

// Picture tells whether it is an image.
func (a Attachment) Picture() bool { return a.Media == JPEG || a.Media == PNG || a.Media == WEBP }

// Upload is a file to keep, and the document to attach it to, if there is one already.
type Upload struct {
	Key     audit.Key // its hash is made here, of the content: what carries a file differs each time it is sent
	Doc     Doc
	Name    string
	Content Content
	Size    int64
}

// Upload keeps a file. The same key with the same file for the same document answers the first one again. Right: file:attach, by
// the relation to the document, and reading that. Errors: those of Inspect; file.quota, file.too_many; not_found.
func (s *Service) Upload(ctx context.Context, a access.Actor, u Upload) (Attachment, error) {
	if _, err := s.mayAttach(ctx, a, u.Doc); err != nil {
		return Attachment{}, err
	}
	no, err := s.keep(ctx, a, u)
	if err != nil {
		return Attachment{}, err
	}
	return s.One(ctx, a, no)
}

// keep stores a file and writes it into the books.
func (s *Service) keep(ctx context.Context, a access.Actor, u Upload) (id.ID, error) {
	found, err := Inspect(u.Content, u.Size, u.Name)
	if err != nil {
		return 0, err
	}
	name := CleanName(u.Name, found.Media)
	w, err := s.Box.Create(ctx, a.Org, name, found.Media, true)
	if err != nil {
		return 0, err
	}
	if err := s.fill(w, found.Body); err != nil {
		w.Abort()
		return 0, err
	}
	u.Key.Hash = audit.HashOf("file", u.Doc.Kind, u.Doc.ID.String(), name, hex.EncodeToString(w.SHA256))
	no, replayed, err := audit.Once(ctx, s.DB, a.Org, u.Key, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		return s.file(ctx, a, u.Doc, w.File)
	})
	if err != nil || replayed {
		if rerr := s.Box.Remove(context.WithoutCancel(ctx), w.ID); err == nil {
			err = rerr
		}
	}
	return no, err
}

// fill writes and closes; a body that ends early is a broken file.
func (s *Service) fill(w *Writer, body io.Reader) error {
	if _, err := io.Copy(w, body); err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return w.Close()
}

// mayAttach asks for the right to attach to a document; without one, of keeping a file for later.
func (s *Service) mayAttach(ctx context.Context, a access.Actor, d Doc) (Standing, error) {
	if d == (Doc{}) {
		return Standing{}, s.Gate.Require(ctx, a, access.Own, "file", "attach")
	}
	st, err := s.standing(ctx, a, d)
	if err != nil {
		return st, err
	}
	if st.Hidden {
		return st, errs.New(errs.Forbidden, "access.denied", "role", a.Role, "object", "file", "action", "attach")
	}
	return st, s.Gate.Require(ctx, a, st.Rel, "file", "attach")
}

func (s *Service) standing(ctx context.Context, a access.Actor, d Doc) (Standing, error) {
	find := s.docs[d.Kind]
	if find == nil || d.ID <= 0 {
		return Standing{}, errs.Gone()
	}
	st, err := find(ctx, a, d.ID)
	if err == nil && st.Rel == access.None {
		err = errs.Gone()
	}
	return st, err
}

// file writes what was kept into the books of the organisation, in the transaction of ctx.
func (s *Service) file(ctx context.Context, a access.Actor, d Doc, f File) (id.ID, error) {
	if err := s.use(ctx, a.Org, f.Size); err != nil {
		return 0, err
	}
	no, now := s.DB.IDs.Next(), s.Clock.Now()
	err := s.DB.W(ctx).Exec(`INSERT INTO attachment (id, org, person, file, doc_kind, doc, name, media, size, sha256, created_us, attached_us, ended_us, version)
		VALUES (?, ?, ?, ?, '', 0, ?, ?, ?, ?, ?, 0, 0, 1)`, no, a.Org, a.Person, f.ID, f.Name, f.Media, f.Size, f.SHA256, now).Error
	if err != nil {
		return 0, fmt.Errorf("file an attachment: %w", err)
	}
	if err := s.record(ctx, a, "file.sent", no, no, f); err != nil {
		return 0, err
	}
	if d != (Doc{}) {
		err = s.bind(ctx, a, Attachment{ID: no, File: f.ID, Size: f.Size, Media: f.Media, SHA256: f.SHA256}, d)
	}
	return no, err
}

// record puts the digest of a file into an audit row: names are people's business, digests are not.
func (s *Service) record(ctx context.Context, a access.Actor, action string, doc, no id.ID, f File) error {
	return audit.Record(ctx, s.DB, a.By(), s.Clock.Now(), action, doc, audit.Diff(map[string][2]any{
		"attachment": {"", no.String()}, "sha256": {"", hex.EncodeToString(f.SHA256)}, "size": {"", strconv.FormatInt(f.Size, 10)}, "media": {"", f.Media}}))
}

// use takes bytes out of what the organisation may keep; a negative number gives them back. The row itself is the arbiter.
func (s *Service) use(ctx context.Context, org id.ID, n int64) error {
	w := s.DB.W(ctx)
	if err := w.Exec("INSERT INTO file_use (org, bytes) SELECT ?, 0 FROM epoch WHERE name = 'master' AND NOT EXISTS (SELECT 1 FROM file_use WHERE org = ?)", org, org).Error; err != nil && db.Classify(err) != db.Duplicate {
		return err
	}
	done := w.Exec("UPDATE file_use SET bytes = bytes + ? WHERE org = ? AND bytes + ? <= ?", n, org, n, max(s.Quota, s.Quota-n))
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		return refuse("file.quota", "max", strconv.FormatInt(s.Quota>>20, 10))
	}
	return nil
}

// Attach binds a file that was kept for later to its document. Done once: again for the same document is no change. Right:
// file:attach. Errors: not_found, file.too_many.
func (s *Service) Attach(ctx context.Context, a access.Actor, k audit.Key, no id.ID, d Doc) (Attachment, error) {
	if d == (Doc{}) {
		return Attachment{}, errs.Gone()
	}
	if _, err := s.mayAttach(ctx, a, d); err != nil {
		return Attachment{}, err
	}
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		x, err := s.row(ctx, no)
		if err != nil {
			return 0, err
		}
		if x.Org != a.Org || x.Doc != 0 && (Doc{x.DocKind, x.Doc}) != d {
			return 0, errs.Gone()
		}
		if x.Doc != 0 {
			return no, nil
		}
		mine, err := s.sent(ctx, a, x)
		if err != nil {
			return 0, err
		}
		if !mine {
			return 0, errs.Gone()
		}
		return no, s.bind(ctx, a, x, d)
	})
	if err != nil {
		return Attachment{}, err
	}
	return s.One(ctx, a, no)
}

func (s *Service) bind(ctx context.Context, a access.Actor, x Attachment, d Doc) error {
	var there int64
	most, whose := MaxEach, ""
	if a.Person == 0 {
		most, whose = MaxApart, " AND person = 0"
	}
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM attachment WHERE doc = ? AND doc_kind = ? AND org = ? AND ended_us = 0"+whose, d.ID, d.Kind, a.Org).Scan(&there).Error; err != nil {
		return err
	}
	if there >= int64(most) {
		return refuse("file.too_many", "max", strconv.Itoa(most))
	}
	done := s.DB.W(ctx).Exec("UPDATE attachment SET doc_kind = ?, doc = ?, attached_us = ?, version = version + 1 WHERE id = ? AND org = ? AND doc = 0 AND ended_us = 0",
		d.Kind, d.ID, s.Clock.Now(), x.ID, a.Org)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		return errs.New(errs.Conflict, "changed")
	}
	return s.record(ctx, a, "file.attached", d.ID, x.ID, File{SHA256: x.SHA256, Size: x.Size, Media: x.Media})
}

// End takes a file off: one that waits for its document, or one of a document that nobody has confirmed. Its bytes go a day later.
// Right: file:end. Errors: not_found, file.stays, changed.
func (s *Service) End(ctx context.Context, a access.Actor, k audit.Key, no id.ID, version int64) error {
	_, _, err := audit.Once(ctx, s.DB, a.Org, k, s.Clock.Now(), func(ctx context.Context) (id.ID, error) {
		x, st, err := s.seen(ctx, a, no)
		if err != nil {
			return 0, err
		}
		if x.Org != a.Org {
			return 0, errs.New(errs.Forbidden, "file.not_yours")
		}
		if err := s.Gate.Require(ctx, a, st.Rel, "file", "end"); err != nil {
			return 0, err
		}
		if !st.Draft {
			return 0, errs.New(errs.Conflict, "file.stays")
		}
		if version != 0 && version != x.Version {
			return 0, errs.New(errs.Conflict, "changed")
		}
		done := s.DB.W(ctx).Exec("UPDATE attachment SET ended_us = ?, version = version + 1 WHERE id = ? AND org = ? AND version = ? AND ended_us = 0",
			s.Clock.Now(), no, a.Org, x.Version)
		if done.Error != nil {
			return 0, done.Error
		}
		if done.RowsAffected == 0 {
			return 0, errs.New(errs.Conflict, "changed")
		}
		about := x.Doc
		if about == 0 {
			about = no
		}
		return no, s.record(ctx, a, "file.ended", about, no, File{SHA256: x.SHA256, Size: x.Size, Media: x.Media})
	})
	return err
}

// same tells whether two digests are one.
func same(a, b []byte) bool { return bytes.Equal(a, b) }
