package access

// Fields says which fields of what the portal shows are not for everybody who may see the rest: by type of the API, the field,
// and the object that one must be allowed to read, as what one's organisation is in the document. Pages, workbooks and search
// show the same figures under the same rights. The tests hold every answer of the API against it, role by role, and fail on
// a field with the name of money or of a bank account that is neither here nor in Plain.
var Fields = map[string]map[string]string{
	"Order":             {"net": "invoice", "tax": "invoice", "total": "invoice", "credit_held": "invoice"},
	"OrderLine":         {"price": "invoice", "net": "invoice", "tax": "invoice", "tax_base": "invoice"},
	"Lane":              {"owed": "invoice", "claim": "invoice"},
	"Invoice":           {"net": "invoice", "tax": "invoice", "tax_base": "invoice", "total": "invoice", "settled": "invoice", "open": "invoice"},
	"InvoiceLine":       {"net": "invoice", "tax": "invoice", "tax_base": "invoice", "settled": "invoice"},
	"Payment":           {"amount": "payment", "allocated": "payment", "deposited": "payment", "bank_account": "payment"},
	"PaymentPart":       {"amount": "payment"},
	"Settlement":        {"amount": "invoice"},
	"Exposure":          {"claims": "invoice", "claims_back": "invoice", "free": "invoice", "deposit": "invoice", "held": "invoice", "limit": "invoice", "open": "invoice", "overdue": "invoice", "used": "invoice"},
	"Statement":         {"opening": "invoice", "closing": "invoice"},
	"StatementRow":      {"amount": "invoice", "balance": "invoice"},
	"Commission":        {"amount": "payment", "base": "payment"},
	"CommissionBalance": {"due": "payment", "reported": "payment", "returning": "payment"},
	"Cart":              {"net": "price", "tax": "price", "total": "price", "min_order": "price"},
	"CartLine":          {"price": "price", "was_price": "price", "net": "price", "tax": "price"},
	"Price":             {"price": "price"},
	"Break":             {"price": "price"},
	"Offered":           {"prices": "price"},
	"Terms":             {"credit_limit": "agreement", "min_order": "agreement", "early_bps": "agreement", "price_list": "agreement", "prices_include_vat": "agreement"},
	"Agreement":         {"price_list_name": "agreement"},
	"Appointment":       {"commission_bps": "appointment"},
	"DeskWait":          {"amount": "invoice"},
	"DeskFlow":          {"net": "invoice", "before": "invoice", "gross": "invoice", "bars": "invoice"},
	"DeskThrough":       {"net": "invoice", "bars": "invoice", "sold_to": "invoice"},
	"DeskPart":          {"net": "invoice"},
	"DeskAgeing": {"total": "invoice", "late": "invoice", "not_due": "invoice", "due_7_days": "invoice", "late_14": "invoice", "late_30": "invoice", "late_60": "invoice",
		"late_90": "invoice", "beyond": "invoice", "claims": "invoice", "commission": "invoice"},
	"DeskBill":      {"open": "invoice"},
	"DeskLimits":    {"limit": "invoice", "used": "invoice"},
	"DeskNear":      {"limit": "invoice", "used": "invoice"},
	"DeskRoom":      {"limit": "invoice", "used": "invoice", "left": "invoice"},
	"DeskCash":      {"deposits": "payment", "reported": "payment"},
	"DeskDay":       {"in": "invoice", "out": "invoice"},
	"DeskMargin":    {"net": "invoice", "cost": "invoice", "margin": "invoice"},
	"DeskEarning":   {"net": "invoice", "margin": "invoice"},
	"DeskEarned":    {"amount": "payment", "before": "payment", "base": "payment", "due": "payment", "bars": "payment"},
	"Bank":          {"bank": "bank", "holder": "bank", "number": "bank"},
	"HeldMoney":     {"amount": "payment"},
	"PointsCard":    {"worth": "points"},
	"Programme":     {"per_amount": "points", "worth": "points"},
	"ImportSummary": {"amount": "import", "tax": "import"},
}

// Plain are fields whose name sounds like money or a bank account, and is none.
var Plain = map[string]string{
	"Cart.below_min_order": "whether", "SheetAsk.value": "what stands in the sheet of the asker", "SheetProblem.value": "what stands in the sheet of the asker", "SheetFrom.value": "what the asker says",
	"Desk.commission": "a DeskEarned", "Desk.due": "a list of DeskBill", "Desk.margin": "a DeskMargin", "DeskThrough.unpriced": "a number of goods", "DeskReorder.free": "a quantity",
	"Job.total": "rows of the work", "Available.held": "a quantity", "OrderLine.held": "a quantity", "Standing.holder": "an organisation", "Lane.holder": "an organisation",
	"Org.tax_no": "stands on every tax invoice", "Invoice.settled_by": "a list of Settlement", "InvoiceLine.credited": "a quantity", "ImportProblem.value": "what stood in the sheet of the asker",
	"PointsMove.due": "a number of points", "PointsCard.owing": "a number of points", "Available.free": "a quantity", "Appointment.commission_on": "on what it is earned, and not how much", "PointsMove.holder": "an organisation", "PointsCard.holder": "an organisation",
	"OwnRole.holders": "people", "Door.open": "whether applications are taken", "OrderLine.tax_code": "a rule of the country", "Offered.tax_code": "a rule of the country",
}
