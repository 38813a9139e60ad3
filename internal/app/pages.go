package app

import (
	"os"

	"github.com/gofiber/fiber/v3"

	"saluran/internal/site"
)

// pages are the services behind the pages.
func (a *App) pages() site.Deps {
	return site.Deps{Clock: a.Config.Clock, Log: a.Log, Gate: a.Gate, Identity: a.Identity, Partner: a.Partner, Catalog: a.Catalog, Goods: a.Goods,
		Trade: a.Trade, Jobs: a.Jobs, Uploads: a.Uploads, Secure: a.Secure, Dev: os.Getenv("SALURAN_DEV") == "1", Stopping: a.ctx}
}

// pageError answers an error to a browser.
func (a *App) pageError() func(c fiber.Ctx, status int, err error) error {
	return site.New(a.pages()).Fault
}

// mountSite adds the pages.
func (a *App) mountSite(f *fiber.App) error {
	site.Mount(f, a.pages())
	return nil
}
