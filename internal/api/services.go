package api

import (
	"saluran/internal/access"
	"saluran/internal/cart"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/desk"
	"saluran/internal/files"
	"saluran/internal/goods"
	"saluran/internal/hook"
	"saluran/internal/identity"
	"saluran/internal/intake"
	"saluran/internal/jobs"
	"saluran/internal/listing"
	"saluran/internal/notice"
	"saluran/internal/paper"
	"saluran/internal/partner"
	"saluran/internal/people"
	"saluran/internal/report"
	"saluran/internal/schedule"
	"saluran/internal/seal"
	"saluran/internal/sharing"
	"saluran/internal/talk"
	"saluran/internal/trade"
	"saluran/internal/visit"
)

// Services are the use cases behind the API.
type Services struct {
	Clock     clock.Clock
	Identity  *identity.Service
	Keys      *identity.Keys
	Hooks     *hook.Service
	Roles     *identity.RoleBook
	People    *people.Service
	Partner   *partner.Service
	Catalog   *catalog.Service
	Cart      *cart.Service
	Goods     *goods.Service
	Trade     *trade.Service
	Papers    *paper.Printer
	Jobs      *jobs.Queue
	Uploads   *intake.Uploads
	Sharing   *sharing.Service
	Talk      *talk.Service
	Desk      *desk.Service
	Listing   *listing.Service
	Report    *report.Service
	Notices   *notice.Service
	Visits    *visit.Service
	Schedules *schedule.Service
	Files     *files.Service
	Gate      *access.Gate
	Seals     *seal.Keeper
	DB        *db.DB
}

func (a *API) routes() {
	a.sessions()
	a.comeAndGo()
	a.keys()
	a.webhooks()
	a.access()
	a.products()
	a.orders()
	a.carts()
	a.shipments()
	a.moneyRoutes()
	a.papers()
	a.partners()
	a.goods()
	a.work()
	a.sharing()
	a.talk()
	a.visits()
	a.notices()
	a.seals()
	a.attachments()
	a.desk()
	a.lists()
	a.schedules()
	a.firstPages()
}
