package intake

import (
	"bytes"
	"embed"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"saluran/internal/errs"
)

//go:embed maps/*.json
var shipped embed.FS

// Mapping says which column of the files is what. It is kept as JSON; see maps/iowa.json for one that is in use.
type Mapping struct {
	Name      string   `json:"name"`                // at most 15 of a-z, 0-9 and -: part of every event's key, so it never changes
	Title     string   `json:"title,omitempty"`     // for people
	Delimiter string   `json:"delimiter,omitempty"` // "," ";" "\t" "|"; empty: found out from the header
	Decimal   string   `json:"decimal,omitempty"`   // "." (default) or ","
	Thousand  string   `json:"thousand,omitempty"`  // separator that is dropped; empty: none is accepted
	Strip     []string `json:"strip,omitempty"`     // dropped from numbers, for instance "$", "Rp"

	// Where the seller is the acting organisation, what is left out of these three is that organisation's.
	Currency string `json:"currency,omitempty"` // ISO code
	Country  string `json:"country,omitempty"`  // of partners that the import makes
	Zone     string `json:"zone,omitempty"`     // business dates are this zone's; a document happens at noon
	NetDays  int    `json:"net_days,omitempty"` // terms of the agreements that the import makes, and of the invoices

	Document Field  `json:"document"`
	Line     *Field `json:"line,omitempty"` // the source's line number; without it lines are numbered as they come
	Date     Field  `json:"date"`
	Quantity Field  `json:"quantity"`       // below zero for what came back
	Unit     *Field `json:"unit,omitempty"` // of the quantity; without it, or where it is empty, the product's base unit
	Amount   Field  `json:"amount"`         // of the line, before tax unless TaxIncluded; below zero for what came back
	// Price is that of one unit, for lines whose amount is missing: the amount is then quantity by price, rounded once.
	Price *Field `json:"price,omitempty"`
	// Tax is what the source says that the line's tax was: it is kept, and never worked out anew. Without it there is none.
	Tax     *Field `json:"tax,omitempty"`
	TaxCode string `json:"tax_code,omitempty"`
	// TaxIncluded says that Amount contains Tax.
	TaxIncluded bool `json:"tax_included,omitempty"`

	Seller  Partner  `json:"seller"`
	Buyer   Partner  `json:"buyer"`
	Product Product  `json:"product"`
	Supply  *Supply  `json:"supply,omitempty"`
	Formats []string `json:"date_formats,omitempty"` // YYYY-MM-DD (default), MM/DD/YYYY, DD/MM/YYYY, DD.MM.YYYY, YYYYMMDD, …
}

// Field is where a value comes from: a column, the first of several names that the file has, several columns joined, or a
// constant; and which part of it.
type Field struct {
	Column    string   `json:"column,omitempty"`
	Any       []string `json:"any,omitempty"` // names of one column: capitals, spaces, "_", "-" and "." make no difference
	Columns   []string `json:"columns,omitempty"`
	Join      string   `json:"join,omitempty"`
	Const     string   `json:"const,omitempty"`
	Last      int      `json:"last,omitempty"`       // only the last so many characters
	DropLast  int      `json:"drop_last,omitempty"`  // without them
	DropFirst int      `json:"drop_first,omitempty"` // without the first so many
	Optional  bool     `json:"optional,omitempty"`   // the column may be missing from the file
}

// Partner is how an organisation is found: by kind and code. The columns for its name and place are those of the partners'
// file where one is given, else of the lines.
type Partner struct {
	// Own is the acting organisation, for a seller: nothing else is said of it.
	Own      bool   `json:"own,omitempty"`
	Kind     string `json:"kind,omitempty"`
	KindFrom *Field `json:"kind_from,omitempty"` // says another kind than Kind, for a buyer
	Code     Field  `json:"code"`
	Name     Field  `json:"name"`
	// Master says how the partners' file calls the code and the rest; nil: only the lines are read.
	Master *PartnerColumns `json:"master,omitempty"`
	// Required refuses a code that the partners' file does not have.
	Required bool `json:"required,omitempty"`
}

// PartnerColumns are the columns of a partners' file.
type PartnerColumns struct {
	Code    Field `json:"code"`
	Name    Field `json:"name"`
	Address Field `json:"address"`
	City    Field `json:"city"`
	Kind    Field `json:"kind"`
}

// Product is how products are found: by code within their producer. The columns beside Code are those of the products' file
// where one is given, else of the lines.
type Product struct {
	Code         Field  `json:"code"` // in the lines
	MasterCode   Field  `json:"master_code"`
	Name         Field  `json:"name"`
	Unit         string `json:"unit"`      // base unit of products that the import makes, for instance bottle
	UnitFrom     Field  `json:"unit_from"` // says another one, in the products' file
	PackUnit     string `json:"pack_unit"` // for instance case
	PackUnitFrom Field  `json:"pack_unit_from"`
	Pack         Field  `json:"pack"` // units in a pack
	GTIN         Field  `json:"gtin"`
	Price        Field  `json:"price"` // list price of the seller, for each unit
	Producer     Field  `json:"producer"`
	ProducerName Field  `json:"producer_name"`
	Decimals     int    `json:"decimals,omitempty"` // that quantities may have, 0 to 3
}

// Supply says that the seller buys what it sells from the product's producer, at a cost for each unit: for each producer and
// day one order for what was sold and one return for what came back. Without it goods start with the seller.
type Supply struct {
	Cost    Field `json:"cost"`
	NetDays int   `json:"net_days,omitempty"`
}

var nameRule = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,14}$`)

// Shipped are the names of the mappings that come with the program.
func Shipped() []string {
	files, _ := shipped.ReadDir("maps")
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(f.Name(), ".json"))
	}
	return out
}

// Own are the shipped mappings for an organisation's own sales.
func Own() []string {
	return slices.DeleteFunc(Shipped(), func(name string) bool {
		m, err := ShippedMapping(name)
		return err != nil || !m.Seller.Own
	})
}

// LoadMapping finds a mapping by the name of one that ships, else reads the file of that name. Errors: Invalid
// "import.unknown_mapping", "import.map_…" on the field that is wrong.
func LoadMapping(nameOrFile string) (Mapping, error) {
	if slices.Contains(Shipped(), nameOrFile) {
		return ShippedMapping(nameOrFile)
	}
	f, err := os.Open(nameOrFile)
	if err != nil {
		return Mapping{}, errs.Wrap(errs.Invalid, "import.unknown_mapping", err, "map", filepath.Base(nameOrFile), "known", strings.Join(Shipped(), ", "))
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return Mapping{}, err
	}
	return ParseMapping(b)
}

// ShippedMapping is one of the mappings that come with the program: what an upload may name. It never reads a file.
func ShippedMapping(name string) (Mapping, error) {
	if !slices.Contains(Shipped(), name) {
		return Mapping{}, errs.New(errs.Invalid, "import.unknown_mapping", "map", name, "known", strings.Join(Shipped(), ", "))
	}
	b, err := shipped.ReadFile("maps/" + name + ".json")
	if err != nil {
		return Mapping{}, err
	}
	return ParseMapping(b)
}

// ParseMapping reads a mapping and checks it; a name that it does not know is refused, so that a typing error shows. Errors: Invalid
// "import.map_…", on the field that is wrong.
func ParseMapping(b []byte) (Mapping, error) {
	var m Mapping
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(b, bom)))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, unread(b, err)
	}
	if d.More() {
		return m, faulty("mapping", "import.map_more")
	}
	if f := m.check(); f != nil {
		return m, errs.OnFields(f.Code, *f)
	}
	return m, nil
}
