package seal

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"saluran/internal/audit"
	"saluran/internal/clock"
	"saluran/internal/db"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/ledger"
)

// Config is what a Keeper needs.
type Config struct {
	DB       *db.DB
	Book     ledger.Poster
	Clock    clock.Clock
	Log      *slog.Logger
	Key      func() (Key, error) // asked once, when something is to be signed
	Concerns []ledger.Concern    // whom documents concern
	By       id.By               // the program itself
}

// Keeper signs audit rows, takes them into the chain, and makes seals. It is safe for concurrent use.
type Keeper struct {
	Config
	key     func() (Key, error)
	dirty   atomic.Bool
	ready   atomic.Bool
	wake    chan struct{}
	vouchMu sync.Mutex
	sealMu  sync.Mutex
	strange sync.Map // ids of rows that have no good mark: told once
}

// Every is how often all that has come since is sealed.
const Every = 15 * time.Minute

// lag is how long rows wait for others before they are taken into the chain together.
const lag = 200 * time.Millisecond

var keyT = ledger.Register(ledger.Table{Name: "seal_key", Key: 1, Columns: ledger.Cols(ledger.I("id"), ledger.T("public"))})

// New makes a keeper; the caller makes it the Witness of its database, and runs it.
func New(c Config) *Keeper {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Keeper{Config: c, key: sync.OnceValues(c.Key), wake: make(chan struct{}, 1)}
}

// Ready makes a key that ends with the program known to the chain before anything is signed with it: a program that is killed would
// else leave rows that nobody could tell from forged ones. A key that is kept is found again, and is made known with the first rows.
func (k *Keeper) Ready(ctx context.Context) error {
	if k.ready.Load() {
		return nil
	}
	k.vouchMu.Lock()
	defer k.vouchMu.Unlock()
	if k.ready.Load() {
		return nil
	}
	if key, err := k.key(); err == nil && key.From == "" { // without a key Mark says so
		k.Log.Warn("SALURAN_SEAL_KEY is not set, and there is no place for a key: the one that signs seals and audit rows ends with this program")
		if _, err := k.begun(ctx); err != nil {
			return err
		}
	}
	k.ready.Store(true)
	return nil
}

// Mark vouches for an audit row that is being written; nil where there is no key, and the row will be named by verify.
func (k *Keeper) Mark(row []byte) []byte {
	key, err := k.key()
	if err != nil {
		k.Log.Error("audit rows cannot be signed", "error", err.Error())
		return nil
	}
	return key.mark(row)
}

// Recorded is told that audit rows have been committed.
func (k *Keeper) Recorded() {
	k.dirty.Store(true)
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Run takes audit rows into the chain as they come, and seals, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	tell := func(what string, err error) {
		if err != nil && ctx.Err() == nil {
			k.Log.Error(what, "error", err.Error())
		}
	}
	tell("audit rows cannot be taken into the chain", k.Vouch(ctx))
	sweep, seals := time.NewTicker(10*time.Second), time.NewTicker(Every)
	defer sweep.Stop()
	defer seals.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
			select {
			case <-ctx.Done():
				return
			case <-time.After(lag):
			}
			tell("audit rows cannot be taken into the chain", k.Vouch(ctx))
		case <-sweep.C: // rows of other programs
			tell("audit rows cannot be taken into the chain", k.Vouch(ctx))
		case <-seals.C:
			tell("seals cannot be made", k.Pass(ctx))
		}
	}
}

// Finish takes what this program has written into the chain, before it ends.
func (k *Keeper) Finish(ctx context.Context) error {
	if !k.dirty.Load() {
		return nil
	}
	return k.Vouch(ctx)
}

// vouchAtOnce is how many rows one journal takes over.
const vouchAtOnce = 500

// Vouch takes the audit rows that have no journal yet, and a good mark, into the chain.
func (k *Keeper) Vouch(ctx context.Context) error {
	k.vouchMu.Lock()
	defer k.vouchMu.Unlock()
	k.dirty.Store(false)
	var waits []id.ID
	if err := k.DB.R(ctx).Raw("SELECT id FROM audit WHERE seq IS NULL LIMIT 1").Scan(&waits).Error; err != nil || len(waits) == 0 {
		return err
	}
	known, err := k.begun(ctx)
	if err != nil {
		return err
	}
	var after id.ID
	for {
		var rows []audit.Line
		if err := k.DB.R(ctx).Where("seq IS NULL AND id > ?", after).Order("id").Limit(vouchAtOnce).Find(&rows).Error; err != nil {
			return fmt.Errorf("read audit rows: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].ID
		good := rows[:0]
		for _, r := range rows {
			if known.vouches(r.Mark, r.Canonical()) {
				good = append(good, r)
			} else if _, told := k.strange.LoadOrStore(r.ID, true); !told {
				k.Log.Error("an audit row was not written by the portal: it is left outside the chain", "row", r.ID)
			}
		}
		if len(good) == 0 {
			continue
		}
		p := ledger.Draft("audit.vouched", "audit/"+good[0].ID.String(), k.By, good[0].ID, k.Clock.Now()).Vouch(good...)
		if _, err := k.Book.Post(ctx, p); errs.CodeOf(err) == "changed" {
			after = 0 // another program was quicker with some of them
		} else if err != nil {
			return fmt.Errorf("take audit rows into the chain: %w", err)
		}
	}
}

const beginning = "audit/begin"

// begun makes sure that the chain knows this program's key, and answers the keys that it knows. The first time, what the table held
// before there were marks is taken as it stands.
func (k *Keeper) begun(ctx context.Context) (keys, error) {
	key, err := k.key()
	if err != nil {
		return nil, err
	}
	known, err := k.known(ctx)
	if err != nil || known[key.ID] != nil {
		return known, err
	}
	var n int64
	if err := k.DB.R(ctx).Raw("SELECT COUNT(*) FROM journal WHERE event_key = ?", beginning).Scan(&n).Error; err != nil {
		return nil, err
	}
	p := ledger.Draft("seal.key", "seal/key/"+key.ID.String(), k.By, key.ID, k.Clock.Now())
	if n == 0 {
		p = ledger.Draft("audit.begun", beginning, k.By, key.ID, k.Clock.Now())
		var rows []audit.Line
		if err := k.DB.R(ctx).Where("seq IS NULL AND mark IS NULL").Order("id").Find(&rows).Error; err != nil {
			return nil, err
		}
		p.Vouch(rows...)
	}
	_, err = k.Book.Post(ctx, p.File(keyT.Row(key.ID, key.Public())))
	if code := errs.CodeOf(err); err != nil && code != "changed" && code != "ledger.event_taken" && code != "ledger.duplicate" {
		return nil, fmt.Errorf("make the key known: %w", err)
	}
	if known, err = k.known(ctx); err == nil && known[key.ID] == nil {
		return k.begun(ctx) // another program began at this moment with a key of its own
	}
	return known, err
}

func (k *Keeper) known(ctx context.Context) (keys, error) {
	var rows []KeyRow
	if err := k.DB.R(ctx).Raw("SELECT id, public FROM seal_key").Scan(&rows).Error; err != nil {
		return nil, err
	}
	return publics(rows), nil
}

// KeyRow is a public key that the chain knows.
type KeyRow struct {
	ID     id.ID
	Public string
	At     clock.Instant // since when
}

// publics leaves out what is no key, or not the one that it is named after.
func publics(rows []KeyRow) keys {
	out := keys{}
	for _, r := range rows {
		if p, err := ParsePublic(r.Public); err == nil && KeyID(p) == r.ID {
			out[r.ID] = p
		}
	}
	return out
}

// Keys are the public keys of the installation, the oldest first: what seals are checked with.
func (k *Keeper) Keys(ctx context.Context) ([]KeyRow, error) {
	var rows []KeyRow
	err := k.DB.R(ctx).Raw("SELECT k.id, k.public, j.recorded_us AS at FROM seal_key k JOIN journal j ON j.seq = k.seq ORDER BY k.seq").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the seal keys: %w", err)
	}
	return rows, nil
}
