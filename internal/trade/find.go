package trade

import (
	"context"
	"fmt"
	"strings"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/list"
)

// findable is how far a search by a part of a number looks back on each side of a kind of document; whole numbers are found
// whatever their age.
const findable = 5000

// found is how many documents one search finds at most.
const found = 20

// papers says how documents of a table are searched for: the columns that name a party, and those that hold a number.
type papers struct {
	table   string
	issuer  string // whose numbers are unique; "" where no index holds them
	parties []string
	numbers []string
	latest  string // the order of the index of a party, the latest first
}

var (
	orderPapers    = papers{"orders", "seller", []string{"seller", "buyer", "agent"}, []string{"number", "reference"}, "id DESC"}
	shipmentPapers = papers{"shipment", "", []string{"seller", "buyer"}, []string{"number", "tracking"}, "id DESC"}
	invoicePapers  = papers{"invoice", "seller", []string{"seller", "buyer"}, []string{"number"}, "issued_on DESC, id DESC"}
	paymentPapers  = papers{"payment", "payee", []string{"payee", "payer", "agent"}, []string{"number", "reference"}, "id DESC"}
)

// numbered finds the documents of an organisation that bear a number: the very number, or a part of it among its last ones. The
// caller adds its own conditions to what is found: whom they are shown, and what of them.
func (s *Service) numbered(ctx context.Context, p papers, org id.ID, want string) (out []id.ID, err error) {
	want = strings.TrimSpace(want)
	if want == "" {
		return nil, nil
	}
	like := strings.ReplaceAll(list.Like("x"), "x", strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(want))
	var parts []string
	var args []any
	if p.issuer != "" {
		parts, args = append(parts, "SELECT id FROM "+p.table+" WHERE "+p.issuer+" = ? AND number IN ?"), append(args, org, []string{want, strings.ToUpper(want)})
	}
	if no := trailing(want); no != 0 { // numbers that we gave end in the id
		parts = append(parts, "SELECT id FROM "+p.table+" WHERE id = ? AND number LIKE ? AND ("+strings.Join(p.parties, " = ? OR ")+" = ?)")
		args = append(args, no, "%-"+no.String())
		for range p.parties {
			args = append(args, org)
		}
	}
	for _, side := range p.parties {
		cond := make([]string, len(p.numbers))
		args = append(args, org, findable)
		for i, col := range p.numbers {
			cond[i] = "UPPER(" + col + ") LIKE ? ESCAPE '!'"
			args = append(args, strings.ToUpper(like))
		}
		parts = append(parts, fmt.Sprintf("SELECT id FROM (SELECT id, %s FROM %s WHERE %s = ? ORDER BY %s LIMIT ?) %s_side WHERE %s",
			strings.Join(p.numbers, ", "), p.table, side, p.latest, side, strings.Join(cond, " OR ")))
	}
	args = append(args, found)
	err = s.DB.R(ctx).Raw("SELECT DISTINCT id FROM ("+strings.Join(parts, " UNION ALL ")+") f ORDER BY id DESC LIMIT ?", args...).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("find %s by number: %w", p.table, err)
	}
	return out, nil
}

// trailing is the id in which a number ends; 0 where it ends in none.
func trailing(s string) id.ID {
	cut := strings.LastIndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	no, err := id.Parse(s[cut+1:])
	if err != nil {
		return 0
	}
	return no
}

// byNumber is the condition that a document of a list is one of those that a search finds.
func (s *Service) byNumber(ctx context.Context, p papers, a access.Actor, want, alias string) (cond string, args []any, err error) {
	ids, err := s.numbered(ctx, p, a.Org, want)
	if err != nil || len(ids) == 0 {
		return "1 = 0", nil, err
	}
	return alias + ".id IN ?", []any{ids}, nil
}
