package site

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/errs"
	"saluran/internal/httpx"
	"saluran/internal/people"
	"saluran/web/kit"
	"saluran/web/view"
)

func (s *Site) ownDataRoutes(app *fiber.App) {
	app.Get("/my-data", s.ownDataPage)
	app.Post("/my-data", s.visited(s.askOwnData))
	app.Get("/my-data/:token", s.ownDataLink)
	app.Post("/my-data/:token/download", s.visited(s.ownDataFile))
	app.Post("/my-data/:token/erase", s.visited(s.eraseOwnData))
}

func askOwnData(ctx context.Context) view.Ask {
	return view.Ask{Title: kit.T(ctx, "data.title"), Lead: kit.T(ctx, "own_data.lead"), Action: "/my-data", Button: kit.T(ctx, "own_data.send"),
		Fields: []kit.Field{emailField(ctx)}, Links: back(ctx)}
}

func (s *Site) ownDataPage(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	return html(c, ctx, http.StatusOK, view.AskPage(askOwnData(ctx), "/sign-in"))
}

// askOwnData says the same whether or not the address has an account.
func (s *Site) askOwnData(c fiber.Ctx) error {
	ctx := s.anonymous(c)
	if err := s.Identity.AskOwnData(c.Context(), c.FormValue("email"), s.asker(c)); err != nil {
		return s.askAgain(c, ctx, askOwnData(ctx), err)
	}
	return html(c, ctx, http.StatusOK, view.AskPage(view.Ask{Title: kit.T(ctx, "data.title"), Lead: kit.T(ctx, "own_data.sent"), Links: back(ctx)}, "/sign-in"))
}

// ownDataLink shows what a letter leads to. Following the link changes nothing: programs that look through mail do so too.
func (s *Site) ownDataLink(c fiber.Ctx) error { return s.ownDataAgain(c, "", nil) }

// ownDataAgain shows it, with what was wrong with one of its forms.
func (s *Site) ownDataAgain(c fiber.Ctx, form string, why error) error {
	ctx, token := s.anonymous(c), c.Params("token")
	code, err := s.Identity.OwnData(c.Context(), token)
	if err != nil {
		return s.askAgain(c, ctx, askOwnData(ctx), err)
	}
	v := view.OwnData{Link: "/my-data/" + url.PathEscape(token), Code: code}
	status := http.StatusOK
	if why != nil {
		why = httpx.Known(why)
		if errs.Is(why, errs.Internal) {
			return why
		}
		if errs.Is(why, errs.Busy) {
			c.Set(fiber.HeaderRetryAfter, httpx.RetryAfterOf(why))
		}
		status = httpx.Status(why)
		said := said(kit.Of(ctx).Lang, why)
		if form == "erase" {
			if x, ok := said.Errors["code"]; ok {
				delete(said.Errors, "code")
				said.Errors["erase_code"] = x
			}
			v.Erase = said
		} else {
			v.Download = said
		}
	}
	return html(c, ctx, status, view.OwnDataPage(v))
}

func (s *Site) ownDataFile(c fiber.Ctx) error {
	all, err := s.People.DataByLetter(c.Context(), c.Params("token"), c.FormValue("code"), c.IP())
	if err != nil {
		return s.ownDataAgain(c, "download", err)
	}
	return dataFile(c, all)
}

// dataFile answers with everything, to be kept.
func dataFile(c fiber.Ctx, all []people.Section) error {
	out := make([]map[string]any, 0, len(all))
	for _, x := range all {
		rows := x.Rows
		if rows == nil {
			rows = [][]string{}
		}
		out = append(out, map[string]any{"name": x.Name, "columns": x.Columns, "rows": rows})
	}
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="saluran-my-data.json"`)
	return c.JSON(map[string]any{"data": out})
}

func (s *Site) eraseOwnData(c fiber.Ctx) error {
	var err error
	if c.FormValue("sure") != "1" {
		err = errs.OnFields("invalid_fields", errs.F("sure", "own_data.sure"))
	} else {
		err = s.People.EraseByLetter(c.Context(), c.Params("token"), c.FormValue("erase_code"), c.IP())
	}
	if err != nil {
		return s.ownDataAgain(c, "erase", err)
	}
	s.dropCookie(c, "session")
	s.dropCookie(c, "device")
	return c.Redirect().Status(http.StatusSeeOther).To("/sign-in?done=data.erased")
}
