package api

import (
	"context"
	"encoding/hex"
	"net/http"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/seal"
)

// Seal says, signed, how far the books had come at a moment.
type Seal struct {
	Organisation id.ID  `json:"organisation"`
	N            int64  `json:"n" doc:"Counts the organisation's seals from 1"`
	FromSeq      int64  `json:"from_seq" doc:"The journals that the root covers: from here"`
	ToSeq        int64  `json:"to_seq" doc:"The last journal of the books when it was made"`
	Hash         string `json:"hash" doc:"Of the last journal, in hexadecimal"`
	Root         string `json:"root" doc:"Merkle root (RFC 6962) over the hashes of the journals to which the organisation is party, in hexadecimal"`
	Previous     string `json:"previous" doc:"SHA-256 of the text of the seal before, in hexadecimal"`
	At           string `json:"at"`
	Key          id.ID  `json:"key" doc:"Of GET /seals/keys"`
	Text         string `json:"text" doc:"The whole seal in one word; its part before the last dot is what is signed. Keep it: saluran verify --seals reads it"`
}

func sealWire(s seal.Seal) Seal {
	return Seal{Organisation: s.Org, N: s.N, FromSeq: s.FromSeq, ToSeq: s.ToSeq, Hash: hex.EncodeToString(s.Hash), Root: hex.EncodeToString(s.Root),
		Previous: hex.EncodeToString(s.Prev), At: instant(s.AtUS), Key: s.KeyID, Text: s.Text()}
}

// SealKey is a public key of the installation.
type SealKey struct {
	ID        id.ID  `json:"id"`
	Algorithm string `json:"algorithm" enum:"Ed25519"`
	Public    string `json:"public" doc:"32 bytes in base64"`
	Since     string `json:"since"`
}

func (a *API) seals() {
	const tag = "Seals"
	handle(a, get("list-seals", "/seals", tag, "The seals of your organisation, or of one that you trade with, newest first"), a.listSeals)
	handle(a, made(post("make-seal", "/seals", tag, "Seal the books of your organisation as they are now")), a.makeSeal)
	handle(a, get("seal-keys", "/seals/keys", tag, "The public keys that seals are checked with; also at /.well-known/saluran-seals.json, for everybody"), a.sealKeys)
}

type sealsIn struct {
	Paging
	Organisation string `query:"organisation" doc:"A partner; your own when left out"`
}

func (a *API) listSeals(ctx context.Context, who access.Actor, in *sealsIn) (*page[Seal], error) {
	org := who.Org
	if in.Organisation != "" {
		no, err := id.Parse(in.Organisation)
		if err != nil {
			return nil, errs.Gone()
		}
		if err := a.Partner.Trades(ctx, who, no); err != nil {
			return nil, err
		}
		org = no
	} else if err := a.Gate.Require(ctx, who, access.Own, "partner", "read"); err != nil {
		return nil, err
	}
	p, err := a.Seals.List(ctx, org, in.query())
	return pageOf(p, err, sealWire)
}

type sealOut struct{ Body Seal }

// makeSeal makes nothing twice by its nature: where nothing has come since the last seal, that one is the answer.
func (a *API) makeSeal(ctx context.Context, who access.Actor, _ *struct{}) (*sealOut, error) {
	if err := a.Gate.Require(ctx, who, access.Own, "audit", "read"); err != nil {
		return nil, err
	}
	s, err := a.Seals.Now(ctx, who.Org)
	if err != nil {
		return nil, err
	}
	return &sealOut{sealWire(s)}, nil
}

type sealKeysOut struct {
	Body struct {
		Keys []SealKey `json:"keys"`
	}
}

func (a *API) sealKeys(ctx context.Context, _ access.Actor, _ *struct{}) (*sealKeysOut, error) {
	rows, err := a.Seals.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := &sealKeysOut{}
	out.Body.Keys = []SealKey{}
	for _, k := range rows {
		out.Body.Keys = append(out.Body.Keys, SealKey{k.ID, "Ed25519", k.Public, instant(k.At)})
	}
	return out, nil
}

// publishKeys answers the same to everybody: who holds a seal need not be a user.
func (a *API) publishKeys(c fiber.Ctx) error {
	out, err := a.sealKeys(c.Context(), access.Actor{}, nil)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	return c.Status(http.StatusOK).JSON(out.Body)
}
