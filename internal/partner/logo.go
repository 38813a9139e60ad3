package partner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	_ "image/jpeg" // what may be sent
	"image/png"
	"io"
	"strconv"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // what may be sent

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/errs"
	"saluran/internal/files"
	"saluran/internal/id"
)

// Bounds of a logo: what is sent, and what is kept of it.
const (
	LogoBytes  = 2 << 20
	LogoSide   = 4000 // pixels of the longer side
	LogoPixels = 4_000_000
	LogoLeast  = 48 // pixels of the longer side: less is a blot on paper
	logoWide   = 480
	logoHigh   = 192
)

// LogoAccept is what a form offers to choose from.
const LogoAccept = ".png,.jpg,.jpeg,.webp"

// Logo is the picture that an organisation puts beside its name: a PNG, drawn anew from what was sent, with nothing else in it.
type Logo struct {
	Org           id.ID
	Width, Height int64
	Bytes         []byte
}

// Tag is its content as an HTTP entity tag.
func (l Logo) Tag() string {
	sum := sha256.Sum256(l.Bytes)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// SetLogo sets the logo of an organisation; no Picture takes it away. Version is that of the organisation, as it was seen.
type SetLogo struct {
	Key     audit.Key // its hash is made here, of the content
	Org     id.ID
	Version int64
	Picture []byte
}

// Logo is that of an organisation which the actor sees; whoever works for it sees its own. Error: not_found.
func (s *Service) Logo(ctx context.Context, a access.Actor, org id.ID) (Logo, error) {
	if org != a.Org {
		o, err := s.Org(ctx, a, org)
		if err != nil {
			return Logo{}, err
		}
		if o.Logo == 0 {
			return Logo{}, errs.Gone()
		}
	}
	var rows []Logo
	if err := s.d.R(ctx).Raw("SELECT org, width, height, bytes FROM org_logo WHERE org = ?", org).Scan(&rows).Error; err != nil {
		return Logo{}, fmt.Errorf("logo of %d: %w", org, err)
	}
	if len(rows) == 0 {
		return Logo{}, errs.Gone()
	}
	return rows[0], nil
}

// SetLogo sets a logo, or takes it away. Right: partner write, by those who may change what the organisation is called. Errors: not_found,
// changed, invalid_fields (picture), partner.no_logo.
func (s *Service) SetLogo(ctx context.Context, a access.Actor, u SetLogo) (Org, error) {
	if err := s.gate.Require(ctx, a, access.Own, "partner", "write"); err != nil {
		return Org{}, err
	}
	old, err := s.Org(ctx, a, u.Org)
	if err == nil {
		err = s.mayChange(ctx, a, old)
	}
	if err != nil {
		return Org{}, err
	}
	var made Logo
	if u.Picture != nil {
		if made, err = drawn(u.Picture); err != nil {
			return Org{}, err
		}
	}
	sum := sha256.Sum256(u.Picture)
	u.Key.Hash = audit.HashOf("logo", u.Org.String(), hex.EncodeToString(sum[:]))
	_, _, err = audit.Once(ctx, s.d, a.Org, u.Key, s.clock.Now(), func(ctx context.Context) (id.ID, error) {
		return u.Org, s.setLogo(ctx, a, u, made)
	})
	if err != nil {
		return Org{}, err
	}
	return s.Org(ctx, a, u.Org)
}

func (s *Service) setLogo(ctx context.Context, a access.Actor, u SetLogo, made Logo) error {
	old, err := s.byID(ctx, u.Org)
	if err != nil {
		return err
	}
	version, action := u.Version+1, "partner.logo_set"
	if made.Bytes == nil {
		if version, action = 0, "partner.logo_ended"; old.Logo == 0 {
			return errs.New(errs.Conflict, "partner.no_logo")
		}
	}
	res := s.d.W(ctx).Model(&orgRow{}).Where("id = ? AND version = ?", u.Org, u.Version).Updates(map[string]any{"logo": version, "version": u.Version + 1})
	if err := changed(res.Error, res.RowsAffected); err != nil {
		return err
	}
	if err := s.d.W(ctx).Exec("DELETE FROM org_logo WHERE org = ?", u.Org).Error; err != nil {
		return err
	}
	diff := map[string][2]any{"logo": {strconv.FormatInt(old.Logo, 10), strconv.FormatInt(version, 10)}}
	if made.Bytes != nil {
		err := s.d.W(ctx).Exec("INSERT INTO org_logo (org, width, height, bytes, set_us) VALUES (?, ?, ?, ?, ?)", u.Org, made.Width, made.Height, made.Bytes, s.clock.Now()).Error
		if err != nil {
			return fmt.Errorf("keep a logo: %w", err)
		}
		sum := sha256.Sum256(made.Bytes)
		diff["sha256"] = [2]any{"", hex.EncodeToString(sum[:])}
	}
	if err := audit.Record(ctx, s.d, a.By(), s.clock.Now(), action, u.Org, audit.Diff(diff)); err != nil {
		return err
	}
	return s.d.BumpMaster(ctx)
}

// drawing is how many pictures are unpacked at a time: each may take some megabytes.
var drawing = make(chan struct{}, 2)

// drawn makes a logo of what was sent: looked at like every file, then drawn anew, within its bounds, so that nothing but the pixels is
// kept.
func drawn(sent []byte) (Logo, error) {
	if len(sent) > LogoBytes {
		return Logo{}, unfit("partner.logo_large", "max", strconv.Itoa(LogoBytes>>10))
	}
	found, err := files.Inspect(bytes.NewReader(sent), int64(len(sent)), "")
	if err != nil {
		if e, ok := err.(*errs.Error); ok && len(e.Fields) > 0 {
			return Logo{}, unfit(e.Fields[0].Code)
		}
		return Logo{}, err
	}
	if found.Media != files.PNG && found.Media != files.JPEG && found.Media != files.WEBP {
		return Logo{}, unfit("partner.logo_kind")
	}
	plain, err := io.ReadAll(found.Body)
	if err != nil {
		return Logo{}, err
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(plain))
	switch {
	case err != nil:
		return Logo{}, unfit("file.broken")
	case c.Width > LogoSide || c.Height > LogoSide || c.Width*c.Height > LogoPixels:
		return Logo{}, unfit("partner.logo_pixels", "side", strconv.Itoa(LogoSide), "pixels", strconv.Itoa(LogoPixels/1_000_000))
	case max(c.Width, c.Height) < LogoLeast:
		return Logo{}, unfit("partner.logo_small", "side", strconv.Itoa(LogoLeast))
	}
	drawing <- struct{}{}
	defer func() { <-drawing }()
	from, _, err := image.Decode(bytes.NewReader(plain))
	if err != nil {
		return Logo{}, unfit("file.broken")
	}
	w, h := c.Width, c.Height
	if w > logoWide {
		w, h = logoWide, max(1, h*logoWide/w)
	}
	if h > logoHigh {
		w, h = max(1, w*logoHigh/h), logoHigh
	}
	to := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(to, to.Bounds(), from, from.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, to); err != nil {
		return Logo{}, err
	}
	return Logo{Width: int64(w), Height: int64(h), Bytes: b.Bytes()}, nil
}

func unfit(code string, args ...string) error {
	return errs.OnFields("invalid", errs.F("picture", code, args...))
}
