package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/id"
)

const attachmentColumns = `SELECT t.id, t.org, COALESCE(g.name, '') AS org_name, t.person, COALESCE(p.name, '') AS person_name, t.file, t.doc_kind, t.doc,
	t.name, t.media, t.size, t.sha256, t.created_us, t.attached_us, t.ended_us, t.version FROM attachment t
	LEFT JOIN org g ON g.id = t.org LEFT JOIN person p ON p.id = t.person WHERE `

// row reads an attachment that was not ended, for whoever has decided that it may be seen.
func (s *Service) row(ctx context.Context, no id.ID) (Attachment, error) {
	var rows []Attachment
	if err := s.DB.R(ctx).Raw(attachmentColumns+"t.id = ? AND t.ended_us = 0", no).Scan(&rows).Error; err != nil {
		return Attachment{}, fmt.Errorf("attachment %d: %w", no, err)
	}
	if len(rows) == 0 {
		return Attachment{}, errs.Gone()
	}
	return rows[0], nil
}

// seen reads an attachment for an actor: its document decides. What it may not see is as if it were not there.
func (s *Service) seen(ctx context.Context, a access.Actor, no id.ID) (Attachment, Standing, error) {
	x, err := s.row(ctx, no)
	if err != nil {
		_, _ = s.standing(ctx, a, Doc{"order", no}) // of none: the work for one of somebody else's, most of which hang on orders
		return x, Standing{}, err
	}
	st := Standing{Rel: access.Own, Draft: true}
	if x.Doc == 0 {
		mine, err := s.sent(ctx, a, x)
		if err == nil && (!mine || !s.Gate.Can(a, access.Own, "file", "attach")) {
			err = errs.Gone()
		}
		if err != nil {
			return Attachment{}, st, err
		}
	} else if st, err = s.standing(ctx, a, Doc{x.DocKind, x.Doc}); err != nil || st.Hidden {
		if err == nil || errs.Is(err, errs.Forbidden) {
			err = errs.Gone()
		}
		return Attachment{}, st, err
	}
	return s.shown(a, st, x), st, nil
}

// sent tells whether the actor has sent a file: until it hangs on a document, whose readers may see it, it is its sender's alone. What
// was sent by a key of the API is the key's, and its maker's.
func (s *Service) sent(ctx context.Context, a access.Actor, x Attachment) (bool, error) {
	if x.Org != a.Org || x.Person != a.Person {
		return false, nil
	}
	by := a.By()
	if by.APIKey == 0 {
		return true, nil
	}
	var n int64
	err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM audit WHERE doc = ? AND org = ? AND api_key = ? AND action = 'file.sent'", x.ID, a.Org, by.APIKey).Scan(&n).Error
	return n > 0, err
}

// shown says what the viewer may do, and keeps the people of other organisations to themselves.
func (s *Service) shown(a access.Actor, st Standing, x Attachment) Attachment {
	if x.Org != a.Org {
		x.Person, x.PersonName = 0, ""
	}
	x.MayEnd = x.Org == a.Org && st.Draft && s.Gate.Can(a, st.Rel, "file", "end")
	return x
}

// One is an attachment that the actor may see. Error: not_found.
func (s *Service) One(ctx context.Context, a access.Actor, no id.ID) (Attachment, error) {
	x, _, err := s.seen(ctx, a, no)
	return x, err
}

// Of is what is attached to a document that the actor may read, oldest first, and whether it may attach more. Errors: not_found,
// access.denied.
func (s *Service) Of(ctx context.Context, a access.Actor, d Doc) (all []Attachment, mayAttach bool, err error) {
	st, err := s.standing(ctx, a, d)
	if err != nil {
		return nil, false, err
	}
	if st.Hidden {
		return nil, false, errs.New(errs.Forbidden, "access.denied", "role", a.Role, "object", "file", "action", "read")
	}
	if err := s.DB.R(ctx).Raw(attachmentColumns+"t.doc = ? AND t.doc_kind = ? AND t.ended_us = 0 ORDER BY t.id", d.ID, d.Kind).Scan(&all).Error; err != nil {
		return nil, false, fmt.Errorf("attachments of %s %d: %w", d.Kind, d.ID, err)
	}
	for i := range all {
		all[i] = s.shown(a, st, all[i])
	}
	return all, s.Gate.Can(a, st.Rel, "file", "attach"), nil
}

// OfMany is what is attached to documents of a kind that the caller has read as ones that the actor may see, by document, oldest first.
func (s *Service) OfMany(ctx context.Context, a access.Actor, kind string, docs []id.ID) (map[id.ID][]Attachment, error) {
	out := map[id.ID][]Attachment{}
	if len(docs) == 0 {
		return out, nil
	}
	var all []Attachment
	if err := s.DB.R(ctx).Raw(attachmentColumns+"t.doc IN ? AND t.doc_kind = ? AND t.ended_us = 0 ORDER BY t.id", docs, kind).Scan(&all).Error; err != nil {
		return nil, fmt.Errorf("attachments of %d documents: %w", len(docs), err)
	}
	for _, x := range all {
		out[x.Doc] = append(out[x.Doc], s.shown(a, Standing{}, x))
	}
	return out, nil
}

// Open gives the attachment and a way to read it from an offset; what is opened is closed by the caller. Error: not_found.
func (s *Service) Open(ctx context.Context, a access.Actor, no id.ID) (Attachment, func(offset int64) (io.ReadCloser, error), error) {
	x, _, err := s.seen(ctx, a, no)
	if err != nil {
		return x, nil, err
	}
	f, err := s.Box.one(ctx, "id = ? AND org = ? AND size >= 0", x.File, x.Org)
	if err != nil {
		return x, nil, err
	}
	if err := audit.Fetched(ctx, s.DB, a.By(), s.Clock.Now(), "file.fetched", x.ID, x.DocKind+" "+x.Media); err != nil {
		return x, nil, err
	}
	ctx = context.WithoutCancel(ctx) // the body is read when the handler has returned
	return x, func(offset int64) (io.ReadCloser, error) { return s.Box.read(ctx, f, offset) }, nil
}

// Sweep removes what nobody attached within a day, what was taken off a day ago, and what a crash left half done. Several
// instances may do it at once.
func (s *Service) Sweep(ctx context.Context) error {
	before := s.Clock.Now().Add(-OrphanAfter)
	var rows []Attachment
	err := s.DB.R(ctx).Raw("SELECT id, org, file, doc, size, version FROM attachment WHERE file > 0 AND ((doc = 0 AND created_us < ?) OR (ended_us > 0 AND ended_us < ?)) ORDER BY id LIMIT 500",
		before, before).Scan(&rows).Error
	if err != nil {
		return err
	}
	for _, x := range rows {
		if err := s.let(ctx, x); err != nil {
			return err
		}
	}
	var lost []id.ID // kept, and known to no attachment: the program stopped between the two
	err = s.DB.R(ctx).Raw("SELECT f.id FROM file f LEFT JOIN attachment t ON t.file = f.id WHERE (f.kept = 1 OR f.size < 0) AND f.created_us < ? AND t.id IS NULL ORDER BY f.id LIMIT 500",
		before).Scan(&lost).Error
	for _, no := range lost {
		if err == nil {
			err = s.Box.Remove(ctx, no)
		}
	}
	return err
}

// let ends an attachment for good: its row stays, without a file, and says what there was.
func (s *Service) let(ctx context.Context, x Attachment) error {
	mine := false
	err := s.DB.InTx(ctx, func(ctx context.Context) error {
		done := s.DB.W(ctx).Exec("UPDATE attachment SET file = 0, ended_us = CASE WHEN ended_us = 0 THEN ? ELSE ended_us END, version = version + 1 WHERE id = ? AND version = ? AND file = ?",
			s.Clock.Now(), x.ID, x.Version, x.File)
		if done.Error != nil {
			return done.Error
		}
		if mine = done.RowsAffected == 1; !mine {
			return nil
		}
		return s.use(ctx, x.Org, -x.Size)
	})
	if err != nil || !mine {
		return err
	}
	return s.Box.Remove(ctx, x.File)
}

// Verified is what Verify found.
type Verified struct {
	Checked  int64
	Bytes    int64
	Problems []string
}

// Verify reads every file whole and compares its digest with that of its row and, of what people sent, with that of the audit
// row that was written when it came. progress may be nil.
func (s *Service) Verify(ctx context.Context, progress func(done, total int64)) (Verified, error) {
	var v Verified
	var total int64
	if err := s.DB.R(ctx).Raw("SELECT COUNT(*) FROM file WHERE size >= 0").Scan(&total).Error; err != nil {
		return v, err
	}
	var last id.ID
	for {
		var rows []File
		if err := s.DB.R(ctx).Raw("SELECT "+columns+" FROM file WHERE size >= 0 AND id > ? ORDER BY id LIMIT 100", last).Scan(&rows).Error; err != nil {
			return v, err
		}
		if len(rows) == 0 {
			return v, s.verifyRows(ctx, &v)
		}
		for _, f := range rows {
			last = f.ID
			if n, wrong := s.verifyBytes(ctx, f); wrong != "" {
				v.Problems = append(v.Problems, fmt.Sprintf("file %d: %s", f.ID, wrong))
			} else {
				v.Bytes += n
			}
			if v.Checked++; progress != nil {
				progress(v.Checked, total)
			}
			if err := ctx.Err(); err != nil {
				return v, err
			}
		}
	}
}

func (s *Service) verifyBytes(ctx context.Context, f File) (int64, string) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	r, err := s.Box.read(ctx, f, 0)
	if err != nil {
		return 0, "cannot be read: " + err.Error()
	}
	defer r.Close()
	n, sum, err := digest(r)
	switch {
	case err != nil:
		return n, "cannot be read: " + err.Error()
	case n != f.Size:
		return n, fmt.Sprintf("has %d bytes, %d were filed", n, f.Size)
	case !same(sum, f.SHA256):
		return n, "its bytes were changed: their SHA-256 is " + hex.EncodeToString(sum) + ", " + hex.EncodeToString(f.SHA256) + " was filed"
	}
	return n, ""
}

// verifyRows holds each attachment against its file and its audit row.
func (s *Service) verifyRows(ctx context.Context, v *Verified) error {
	type pair struct {
		ID      id.ID
		File    id.ID
		Mine    []byte
		Theirs  []byte
		Changes string
	}
	var last id.ID
	for {
		var rows []pair
		err := s.DB.R(ctx).Raw(`SELECT t.id, t.file, t.sha256 AS mine, f.sha256 AS theirs, COALESCE((SELECT MIN(a.changes) FROM audit a WHERE a.doc = t.id AND a.action = 'file.sent'), '') AS changes
			FROM attachment t LEFT JOIN file f ON f.id = t.file WHERE t.file > 0 AND t.id > ? ORDER BY t.id LIMIT 500`, last).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, p := range rows {
			last = p.ID
			switch {
			case p.Theirs == nil:
				v.Problems = append(v.Problems, fmt.Sprintf("attachment %d: its file %d is gone", p.ID, p.File))
			case !same(p.Mine, p.Theirs):
				v.Problems = append(v.Problems, fmt.Sprintf("attachment %d: its digest is not that of its file %d", p.ID, p.File))
			case !recorded(p.Changes, p.Mine):
				v.Problems = append(v.Problems, fmt.Sprintf("attachment %d: the audit does not know its digest", p.ID))
			}
		}
	}
}

// digest reads to the end.
func digest(r io.Reader) (int64, []byte, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return n, h.Sum(nil), err
}

// recorded tells whether an audit row names a digest.
func recorded(changes string, sum []byte) bool {
	var c struct {
		SHA256 [2]string `json:"sha256"`
	}
	return json.Unmarshal([]byte(changes), &c) == nil && c.SHA256[1] == hex.EncodeToString(sum)
}
