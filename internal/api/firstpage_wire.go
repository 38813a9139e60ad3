package api

import "saluran/internal/id"

// Desk is the first page of the caller: what waits, and figures of a span of days in one currency. What the role may not see is left
// out. Sums equal the reports of the same days.
type Desk struct {
	Page       string       `json:"page" doc:"Which figures it is made of: producer, distributor, wholesaler, agent, shop, finance, warehouse, or the kind of the organisation"`
	Period     string       `json:"period" enum:"quarter,30d,year"`
	From       string       `json:"from" format:"date"`
	To         string       `json:"to" format:"date"`
	BeforeFrom string       `json:"before_from" format:"date" doc:"The days that figures are held against"`
	BeforeTo   string       `json:"before_to" format:"date"`
	Buckets    []DeskBucket `json:"buckets" doc:"The bars of pictures"`
	Currency   string       `json:"currency,omitempty"`
	Others     []string     `json:"other_currencies,omitempty" doc:"In which there is money, too"`

	Waits       []DeskWait   `json:"waits"`
	Sales       *DeskFlow    `json:"sales,omitempty"`
	Purchases   *DeskFlow    `json:"purchases,omitempty"`
	SellThrough *DeskThrough `json:"sell_through,omitempty"`
	Receivables *DeskAgeing  `json:"receivables,omitempty"`
	Payables    *DeskAgeing  `json:"payables,omitempty"`
	Late        []DeskBill   `json:"late,omitempty" doc:"Invoices of partners that are overdue, the oldest first; the first five"`
	Due         []DeskBill   `json:"due,omitempty" doc:"Own invoices to pay, the next first; the first five"`
	Limits      *DeskLimits  `json:"limits,omitempty"`
	Credit      []DeskRoom   `json:"credit,omitempty" doc:"What may still be ordered, by seller"`
	Cash        *DeskCash    `json:"cash,omitempty"`
	Calendar    []DeskDay    `json:"calendar,omitempty" doc:"What falls due, by day"`
	Stock       *DeskStock   `json:"stock,omitempty"`
	Margin      *DeskMargin  `json:"margin,omitempty"`
	Expiry      *DeskExpiry  `json:"expiry,omitempty"`
	Fill        *DeskFill    `json:"fill,omitempty"`
	Commission  *DeskEarned  `json:"commission,omitempty"`
	Silent      *DeskSilence `json:"silent,omitempty"`
	Usual       []DeskUsual  `json:"usual,omitempty" doc:"What is ordered most often"`
}

// DeskBucket is a bar of a picture.
type DeskBucket struct {
	From string `json:"from" format:"date"`
	To   string `json:"to" format:"date"`
}

// DeskWait is work that waits for the caller.
type DeskWait struct {
	Kind   string `json:"kind" enum:"confirm,hold,ship,invoice,receive,difference,take_back,match,due,due_week,late,claims,expiry,low,terms"`
	Count  int64  `json:"count"`
	Amount string `json:"amount,omitempty"`
}

// DeskFlow is what was invoiced, before tax, less credit notes.
type DeskFlow struct {
	Net      string     `json:"net"`
	Before   string     `json:"before" doc:"Of the days before"`
	Gross    string     `json:"gross" doc:"With tax"`
	Bars     []string   `json:"bars" doc:"Net by bucket"`
	Partners []DeskPart `json:"partners,omitempty" doc:"The largest"`
}

// DeskPart is a partner's part.
type DeskPart struct {
	Partner *Party `json:"partner,omitempty" doc:"Missing: the customers of the counter"`
	Net     string `json:"net"`
}

// DeskThrough is what partners sold on, as far as they share it, at the caller's own average price.
type DeskThrough struct {
	Net      string   `json:"net"`
	Bars     []string `json:"bars"`
	SoldTo   string   `json:"sold_to" doc:"What the caller sold to those partners in the same days"`
	Grantors int64    `json:"grantors" doc:"Partners that share it by product; 0: nothing is known"`
	Unpriced int64    `json:"unpriced" doc:"Goods that the caller has not sold lately: not in the sum"`
}

// DeskAgeing is what is open of invoices, by how far each is from its day.
type DeskAgeing struct {
	Total      string `json:"total"`
	NotDue     string `json:"not_due" doc:"Later than in seven days"`
	Due7       string `json:"due_7_days"`
	Late14     string `json:"late_14" doc:"1 to 14 days"`
	Late30     string `json:"late_30" doc:"15 to 30 days"`
	Late60     string `json:"late_60" doc:"31 to 60 days"`
	Late90     string `json:"late_90" doc:"61 to 90 days"`
	Beyond     string `json:"beyond" doc:"More than 90 days"`
	Late       string `json:"late"`
	Bills      int64  `json:"bills"`
	LateBills  int64  `json:"late_bills"`
	WeekBills  int64  `json:"due_7_days_bills"`
	Partners   int64  `json:"late_partners"`
	Days       int64  `json:"days" doc:"DSO or DPO: open over invoiced per day of the period; -1 where nothing was invoiced"`
	Claims     string `json:"claims"`
	Commission string `json:"commission"`
	Reported   string `json:"reported,omitempty" doc:"Of the total, of payables: reported as paid, not matched yet. What waits leaves it out"`
	SaidBills  int64  `json:"reported_bills,omitempty" doc:"Those that are reported as paid to the last"`
}

// DeskBill is an invoice of which something is open.
type DeskBill struct {
	ID      id.ID  `json:"id"`
	Number  string `json:"number"`
	Partner Party  `json:"partner"`
	Issued  string `json:"issued_on" format:"date"`
	DueOn   string `json:"due_on" format:"date"`
	Open    string `json:"open"`
	Said    string `json:"reported,omitempty" doc:"Of it: reported as paid, not matched yet"`
}

// DeskLimits is how far partners have used their limits.
type DeskLimits struct {
	Limit    string     `json:"limit" doc:"Of all partners with a limit"`
	Used     string     `json:"used"`
	Partners int64      `json:"partners"`
	Near     []DeskNear `json:"near" doc:"Those that have used four fifths or more; at most five"`
}

// DeskNear is a partner near its limit.
type DeskNear struct {
	Partner Party  `json:"partner"`
	Limit   string `json:"limit"`
	Used    string `json:"used"`
	Share   int64  `json:"share_bps"`
}

// DeskRoom is what may still be ordered from a seller.
type DeskRoom struct {
	Seller Party  `json:"seller"`
	Used   string `json:"used" doc:"Owed and ordered"`
	Limit  string `json:"limit,omitempty" doc:"Missing: none is set"`
	Left   string `json:"left,omitempty"`
}

// DeskCash is money that belongs to no invoice yet.
type DeskCash struct {
	Deposits string `json:"deposits" doc:"Paid beforehand or too much"`
	Reported string `json:"reported" doc:"Said to be paid, not confirmed"`
	Reports  int64  `json:"reports"`
}

// DeskDay is a day of the calendar of cash.
type DeskDay struct {
	Day     string `json:"day" format:"date"`
	In      string `json:"in" doc:"What is reported as paid left out"`
	Out     string `json:"out" doc:"What is reported as paid left out"`
	InSaid  string `json:"in_reported" doc:"Falls due then too, and is reported as paid"`
	OutSaid string `json:"out_reported" doc:"Falls due then too, and is reported as paid"`
}

// DeskStock is how long stock lasts at the pace of the last weeks.
type DeskStock struct {
	Days    int64         `json:"days" doc:"-1 where nothing goes"`
	Pace    int           `json:"pace_days" doc:"Over which the pace was measured"`
	Goods   int64         `json:"goods"`
	Low     int64         `json:"low" doc:"Last less than a week"`
	Out     int64         `json:"out"`
	Reorder []DeskReorder `json:"reorder"`
	Away    []DeskAway    `json:"away" doc:"Own goods that others hold"`
}

// DeskReorder is a product of which more should be ordered.
type DeskReorder struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Unit    string `json:"unit"`
	Free    string `json:"free"`
	Coming  string `json:"coming"`
	Days    int64  `json:"days"`
	Suggest string `json:"suggest" doc:"Enough for three weeks"`
}

// DeskAway is goods of the caller that others hold.
type DeskAway struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Unit    string `json:"unit"`
	Qty     string `json:"qty"`
	Holders int64  `json:"places_of"`
}

// DeskMargin is what was earned over the price of purchase.
type DeskMargin struct {
	Net     string        `json:"net"`
	Cost    string        `json:"cost"`
	Margin  string        `json:"margin"`
	Share   int64         `json:"share_bps"`
	Days    int           `json:"days"`
	Unknown int64         `json:"unknown" doc:"Goods without purchases in these days: left out"`
	Goods   []DeskEarning `json:"goods"`
}

// DeskEarning is the margin of a product.
type DeskEarning struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Net     string `json:"net"`
	Margin  string `json:"margin"`
	Share   int64  `json:"share_bps"`
}

// DeskExpiry is what expires soon.
type DeskExpiry struct {
	Lots int64     `json:"lots"`
	Days int       `json:"within_days"`
	Near []DeskLot `json:"near"`
}

// DeskLot is a lot that expires.
type DeskLot struct {
	Lot     id.ID  `json:"lot"`
	Code    string `json:"code"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Unit    string `json:"unit"`
	Expires string `json:"expires_on" format:"date"`
	Qty     string `json:"qty"`
}

// DeskFill is how many lines of orders were delivered whole.
type DeskFill struct {
	Lines int64 `json:"lines"`
	Whole int64 `json:"whole"`
	Share int64 `json:"share_bps"`
}

// DeskEarned is an agent's commission.
type DeskEarned struct {
	Amount string   `json:"amount"`
	Before string   `json:"before"`
	Base   string   `json:"base"`
	Due    string   `json:"due"`
	Bars   []string `json:"bars"`
}

// DeskSilence is who has not ordered for a while.
type DeskSilence struct {
	Buyers  int64        `json:"buyers"`
	Silent  int64        `json:"silent"`
	Days    int          `json:"days"`
	Longest []DeskSilent `json:"longest"`
}

// DeskSilent is one of them.
type DeskSilent struct {
	Buyer  Party  `json:"buyer"`
	Seller id.ID  `json:"seller"`
	City   string `json:"city,omitempty"`
	Last   string `json:"last,omitempty" doc:"Missing: it has never ordered"`
}

// DeskUsual is a product that is ordered often.
type DeskUsual struct {
	Product id.ID  `json:"product"`
	SKU     string `json:"sku"`
	Name    string `json:"name"`
	Orders  int64  `json:"orders"`
	Last    string `json:"last" format:"date"`
	Seller  id.ID  `json:"seller"`
	Unit    string `json:"unit"`
	UnitQty string `json:"unit_qty" doc:"As it was ordered last"`
}
