// Package listing does with a whole list what pages do with one document: an act on many rows, each on its own and with an answer of
// its own, and the list as a workbook, exactly as it was filtered. It posts nothing itself: every row goes through the use case of
// its context, with the rights of whoever asks.
package listing

import (
	"saluran/internal/access"
	"saluran/internal/catalog"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/goods"
	"saluran/internal/partner"
	"saluran/internal/report"
	"saluran/internal/trade"
	"saluran/internal/visit"
)

// Most is how many documents one run takes.
const Most = 200

// Service works on lists.
type Service struct {
	DB      *db.DB
	Clock   clock.Clock
	Gate    *access.Gate
	Trade   *trade.Service
	Catalog *catalog.Service
	Partner *partner.Service
	Goods   *goods.Service
	Report  *report.Service
	Visits  *visit.Service
}
