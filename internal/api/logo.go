package api

import (
	"context"
	"net/http"

	"saluran/internal/access"
	"saluran/internal/files"
	"saluran/internal/httpx"
	"saluran/internal/partner"
)

// logos are the pictures that organisations put beside their names.
func (a *API) logos() {
	const tag = "Partners"
	handle(a, sends(get("logo", "/orgs/{id}/logo", tag, "The logo of an organisation that you see, as PNG"), files.PNG), a.logo)
	set := change("set-logo", "/orgs/{id}/logo", tag, "Set the logo of your organisation: it is drawn anew, at most 480 by 192 pixels")
	set.MaxBodyBytes = 2 * partner.LogoBytes
	handle(a, set, a.setLogo)
	end := del("end-logo", "/orgs/{id}/logo", tag, "Take the logo of your organisation away")
	end.DefaultStatus = http.StatusOK
	end.Parameters = append(end.Parameters, matchParam)
	end.Errors = append(end.Errors, http.StatusPreconditionFailed)
	handle(a, end, a.endLogo)
}

type logoOut struct {
	Type string `header:"Content-Type"`
	ETag string `header:"ETag"`
	Body []byte
}

func (a *API) logo(ctx context.Context, who access.Actor, in *ByID) (*logoOut, error) {
	x, err := a.Partner.Logo(ctx, who, in.ID.ID)
	if err != nil {
		return nil, err
	}
	return &logoOut{files.PNG, x.Tag(), x.Bytes}, nil
}

type setLogoIn struct {
	ByID
	Body struct {
		Picture []byte `json:"picture" minLength:"1" doc:"PNG, JPEG or WEBP in base64: at most 2 MB and 4 megapixels"`
	}
}

func (a *API) setLogo(ctx context.Context, who access.Actor, in *setLogoIn) (*one[Org], error) {
	return oneOrg(a.Partner.SetLogo(ctx, who, partner.SetLogo{Key: key(ctx), Org: in.ID.ID, Version: httpx.Of(ctx).IfMatch, Picture: in.Body.Picture}))
}

func (a *API) endLogo(ctx context.Context, who access.Actor, in *ByID) (*one[Org], error) {
	version := httpx.Of(ctx).IfMatch
	if version == 0 { // taken away as it stands
		o, err := a.Partner.Org(ctx, who, in.ID.ID)
		if err != nil {
			return nil, err
		}
		version = o.Version
	}
	return oneOrg(a.Partner.SetLogo(ctx, who, partner.SetLogo{Key: key(ctx), Org: in.ID.ID, Version: version}))
}
