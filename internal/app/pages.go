package app

import "github.com/gofiber/fiber/v3"

// pageError answers an error to a browser; nil lets the server answer problem details to everybody.
func (a *App) pageError() func(c fiber.Ctx, status int, err error) error { return nil }

// mountSite adds the pages.
func (a *App) mountSite(*fiber.App) error { return nil }
