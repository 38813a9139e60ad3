package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"saluran/internal/access"
	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// Purchases follow from a whole set of documents: those of a set of which half is sold are for the other half. So where a mapping has
// purchases its imports take turns: each says in the books that it begins and that it is whole, and another set of documents waits
// until then. It would buy once more for what the first has bought and not sold.

// turn is the last import of a mapping and a seller.
type turn struct {
	n     int64 // counts from 1; 0 for none
	run   string
	open  bool // it has begun, and is not known to be whole
	at    clock.Instant
	files string
}

const (
	turnBegun = "import.begun"
	turnEnded = "import.ended"
	turnGiven = "import.given_up"
)

// turns is how the events of the turns begin: one counter for each mapping and seller; one for all sellers where the operator imports
// those that a column names.
func (p *plan) turns(a access.Actor) string {
	who := ""
	switch {
	case p.own != nil:
		who = "@" + p.own.id.String()
	case p.seller >= 0:
		who = p.ms.partners[p.seller].code
	case a.Kind != "operator":
		who = "@" + a.Org.String()
	}
	h := sha256.Sum256([]byte(p.m.Name + "\x00" + who))
	return "import-run/" + hex.EncodeToString(h[:8]) + "/"
}

func (p *plan) lastTurn(a access.Actor) (t turn, err error) {
	from := p.turns(a)
	var rows []struct {
		Seq        int64
		Org        id.ID
		EventKey   string
		ClientKey  *string
		Kind       string
		RecordedUs clock.Instant
	}
	err = p.d.R(p.ctx).Raw("SELECT seq, org, event_key, client_key, kind, recorded_us FROM journal WHERE event_key > ? AND event_key < ? ORDER BY event_key DESC LIMIT 1",
		from, strings.TrimSuffix(from, "/")+"0").Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return t, err
	}
	r := rows[0]
	number, _, _ := strings.Cut(r.EventKey[len(from):], "/")
	if t.n, err = strconv.ParseInt(number, 10, 64); err != nil {
		return t, fmt.Errorf("journal %d: %w", r.Seq, err)
	}
	t.open, t.at = r.Kind == turnBegun, r.RecordedUs
	if r.ClientKey != nil {
		t.run = runOf(*r.ClientKey)
	}
	if t.open {
		t.files, err = turnFiles(p.d.R(p.ctx), r.Org, r.Seq)
	}
	return t, err
}

func turnFiles(d *gorm.DB, org id.ID, seq int64) (string, error) {
	var changes []string
	err := d.Raw("SELECT changes FROM audit WHERE org = ? AND seq = ? AND action = ? AND changes IS NOT NULL", org, seq, turnBegun).Scan(&changes).Error
	if err != nil || len(changes) == 0 {
		return "", err
	}
	var said []struct { // as Post.Because writes it
		Sets [][3]any `json:"c"`
	}
	if err := json.Unmarshal([]byte(changes[0]), &said); err != nil || len(said) == 0 || len(said[0].Sets) == 0 {
		return "", err
	}
	names, _ := said[0].Sets[0][2].(string)
	return names, nil
}

// othersTurn refuses while another set of documents is not whole.
func (p *plan) othersTurn(a access.Actor) error {
	if p.m.Supply == nil || p.sum.New == 0 {
		return nil // nothing would be bought
	}
	t, err := p.lastTurn(a)
	if err != nil || !t.open || t.run == p.run || t.run == p.job.GiveUp {
		return err
	}
	return t.refusal()
}

func (t turn) refusal() error {
	return errs.New(errs.Conflict, "import.unfinished", "files", t.files, "at", t.at.Time().Format("2006-01-02 15:04 UTC"), "run", t.run)
}

// begin takes the turn, or takes up the one that this set of documents has already.
func (p *plan) begin(a access.Actor, book ledger.Poster) error {
	if p.m.Supply == nil {
		return nil
	}
	for {
		t, err := p.lastTurn(a)
		if err != nil {
			return err
		}
		if t.open && t.run == p.run {
			return nil
		}
		if t.open {
			if t.run != p.job.GiveUp {
				return t.refusal()
			}
			err = p.say(a, book, t.n, turnGiven)
		} else {
			err = p.say(a, book, t.n+1, turnBegun)
		}
		if err != nil && errs.CodeOf(err) != "ledger.event_taken" { // another import was quicker: look again
			return err
		}
	}
}

// end says that this set of documents is whole.
func (p *plan) end(a access.Actor, book ledger.Poster) error {
	if p.m.Supply == nil {
		return nil
	}
	t, err := p.lastTurn(a)
	if err != nil || !t.open || t.run != p.run {
		return err
	}
	return p.say(a, book, t.n, turnEnded)
}

// say puts a step of a turn into the books, unique for ever.
func (p *plan) say(a access.Actor, book ledger.Poster, n int64, kind string) error {
	step := "1"
	if kind != turnBegun {
		step = "2"
	}
	event := fmt.Sprintf("%s%010d/%s", p.turns(a), n, step)
	by := a.By()
	_, err := book.Post(p.ctx, ledger.Draft(kind, event, by, p.d.IDs.Next(), p.now).Client(p.clientKey(event), sha256.Sum256([]byte(kind))).Because(p.fileNames()))
	return err
}

// fileNames are the names of the files of lines, as far as a sentence holds them.
func (p *plan) fileNames() string {
	var names []string
	for _, l := range p.job.Lines {
		names = append(names, l.Name)
	}
	return clip(strings.ToValidUTF8(strings.Join(names, ", "), "?"), 200)
}
