package trade

import "saluran/internal/ledger"

// The tables of trade, as the ledger files and proves them; the column seq comes last by itself. Columns whose value follows
// the life of the document are mutable; free text is private, so that it can be erased.
var (
	ordersT = ledger.Register(ledger.Table{Name: "orders", Key: 1, Header: true, Columns: ledger.Cols(
		ledger.I("id"), ledger.T("number", "kind"), ledger.I("seller", "buyer", "agent", "link", "agreement"),
		ledger.T("placed_by", "currency"), ledger.MT("status"), ledger.M("net", "tax", "total", "credit_held"),
		ledger.I("ship_from", "deliver_to", "return_of"), ledger.T("ordered_on", "wanted_on"), ledger.I("placed_us"),
		ledger.T("reference"), ledger.P("note"), ledger.M("version"))})

	orderLineT = ledger.Register(ledger.Table{Name: "order_line", Key: 2, Parent: "orders", Columns: ledger.Cols(
		ledger.I("order_id", "line", "product"), ledger.MT("unit"), ledger.M("unit_qty", "qty", "price"),
		ledger.M("net", "tax_base", "tax"), ledger.T("tax_code", "purpose"), ledger.I("dir"),
		ledger.M("held", "allotted", "dispatched", "delivered", "invoiced", "returned", "cancelled", "forgone"))})

	allotmentT = ledger.Register(ledger.Table{Name: "allotment", Key: 6, Parent: "orders", Columns: ledger.Cols(
		ledger.I("order_id", "line", "lot", "owner", "place", "bearer"), ledger.M("qty", "dispatched"))})

	shipmentT = ledger.Register(ledger.Table{Name: "shipment", Key: 1, Header: true, Columns: ledger.Cols(
		ledger.I("id"), ledger.T("number", "kind"), ledger.I("order_id", "seller", "buyer", "agent", "carrier", "from_place", "to_place"),
		ledger.MT("status"), ledger.I("dispatched_us"), ledger.M("received_us", "waits"), ledger.T("tracking"), ledger.M("version"))})

	shipmentLineT = ledger.Register(ledger.Table{Name: "shipment_line", Key: 2, Parent: "shipment", Columns: ledger.Cols(
		ledger.I("shipment_id", "n", "order_line", "product", "lot", "owner", "bearer", "qty"),
		ledger.M("received", "damaged", "short", "refused", "titled", "returned"))})

	overT = ledger.Register(ledger.Table{Name: "over_delivery", Key: 2, Parent: "shipment", Columns: ledger.Cols(
		ledger.I("shipment_id", "line", "order_id", "qty"))})

	receiptT = ledger.Register(ledger.Table{Name: "receipt", Key: 1, Columns: ledger.Cols(
		ledger.I("id", "shipment_id", "order_id", "seller", "buyer", "received_us"), ledger.P("note"))})

	receiptLineT = ledger.Register(ledger.Table{Name: "receipt_line", Key: 2, Parent: "receipt", Columns: ledger.Cols(
		ledger.I("receipt_id", "n", "received", "damaged", "short", "refused"), ledger.P("reason"))})

	invoiceT = ledger.Register(ledger.Table{Name: "invoice", Key: 1, Header: true, Columns: ledger.Cols(
		ledger.I("id"), ledger.T("number"), ledger.I("serial_no"), ledger.T("kind"), ledger.I("order_id", "credits", "seller", "buyer", "agent"),
		ledger.T("currency", "issued_on", "due_on"), ledger.I("net", "tax_base", "tax", "total"), ledger.M("settled"),
		ledger.MT("status"), ledger.P("reason"), ledger.M("version"))})

	invoiceLineT = ledger.Register(ledger.Table{Name: "invoice_line", Key: 2, Parent: "invoice", Columns: ledger.Cols(
		ledger.I("invoice_id", "n", "order_id", "order_line", "product", "qty", "net", "tax_base", "tax"), ledger.M("settled"))})

	paymentT = ledger.Register(ledger.Table{Name: "payment", Key: 1, Header: true, Columns: ledger.Cols(
		ledger.I("id"), ledger.T("number"), ledger.I("payer", "payee", "agent", "collected"), ledger.T("purpose", "currency"), ledger.I("amount"),
		ledger.T("method", "value_on"), ledger.I("bank_account"), ledger.T("reference"), ledger.MT("status"),
		ledger.M("allocated", "deposited"), ledger.I("reported_by"), ledger.M("confirmed_by", "confirmed_us"), ledger.MT("reason"), ledger.M("version"))})

	paymentPartT = ledger.Register(ledger.Table{Name: "payment_part", Key: 2, Parent: "payment", Columns: ledger.Cols(
		ledger.I("payment_id", "n", "invoice_id"), ledger.T("kind"), ledger.I("amount"))})

	paymentEarlyT = ledger.Register(ledger.Table{Name: "payment_early", Key: 2, Parent: "payment", Columns: ledger.Cols(
		ledger.I("payment_id", "invoice_id", "amount"))})

	commissionT = ledger.Register(ledger.Table{Name: "commission", Key: 1, Columns: ledger.Cols(
		ledger.I("id", "appointment", "principal", "agent", "order_id"), ledger.T("cause"), ledger.I("source"),
		ledger.T("currency"), ledger.I("base", "amount"))})
)

// Concerns says whom the documents of trade concern, for the seals of organisations.
var Concerns = []ledger.Concern{
	{Table: "orders", Columns: []string{"seller", "buyer", "agent"}},
	{Table: "shipment", Columns: []string{"seller", "buyer", "agent", "carrier"}},
	{Table: "invoice", Columns: []string{"seller", "buyer", "agent"}},
	{Table: "points_move", Columns: []string{"seller", "holder"}},
	{Table: "payment", Columns: []string{"payer", "payee", "agent"}},
}
