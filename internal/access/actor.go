// Package access decides who may do what: the role that a person has in the acting organisation × the relation of that
// organisation to the object × the object × the action. Policies are text in policies/, casbin gives them their meaning, a
// compiled table answers. Who may see which rows is not decided here: every query names the viewer.
package access

import (
	"errors"

	"saluran/internal/errs"
	"saluran/internal/id"
)

// Actor is who asks: a person, signed in, acting for one organisation in one role.
type Actor struct {
	Person  id.ID
	Name    string // for greeting; never stored
	Org     id.ID
	OrgName string
	Kind    string // kind of the organisation: producer, distributor, …
	Role    string // owner, sales, purchasing, warehouse, finance, service, marketing, viewer, operator; OwnPrefix and a number
	Session id.ID
	Lang    string // id, en
	Zone    string // of the organisation: Asia/Jakarta, …
	Epoch   int64  // the master-data epoch under which the session was checked
	// Scopes narrow the role where the actor is a key of the API: then Session is the key's id. nil: a person at a session.
	Scopes *Scopes
	IP     string // where the request came from; "" for the program's own work
	// Own is what Role means where it is one of the organisation's own; nil for the roles that every organisation has.
	Own *OwnRole
	// Glass is the id of an operator's look into the organisation: nothing may be changed then. 0: the person belongs to it.
	Glass id.ID
	// Vouched says that the identity provider of Org vouches for the person, who has shown the portal nothing: what belongs to the
	// person, and the person's other organisations, are out of reach; see Oneself.
	Vouched bool
}

// MarshalJSON refuses: an actor is who asks now. What is written down names ids, and finds the actor again when it is read.
func (Actor) MarshalJSON() ([]byte, error) { return nil, errors.New("an actor is never written down") }

// Oneself is nil where the person itself is known to have come, and so may touch what belongs to it whatever the organisation: the
// ways to sign in, the address, the own data. Forbidden sso.own_means where only an organisation's provider vouches for it.
func (a Actor) Oneself() error {
	if a.Vouched {
		return errs.New(errs.Forbidden, "sso.own_means")
	}
	return nil
}

// By is the actor as the ledger and the audit name it.
func (a Actor) By() id.By {
	b := id.By{Person: a.Person, Org: a.Org, Session: a.Session, IP: a.IP}
	if a.Scopes != nil {
		b.APIKey = a.Session
	}
	return b
}

// Rel is how the acting organisation stands to the object.
type Rel string

// Relations. Own is an object of the organisation itself (its products, warehouses, people).
const (
	Own       Rel = "own"
	Seller    Rel = "seller"
	Buyer     Rel = "buyer"
	Agent     Rel = "agent"
	Upstream  Rel = "upstream"
	Financier Rel = "financier"
	None      Rel = "none"
)

// RelOf is how an organisation stands to a document of a seller, a buyer and perhaps an agent (0 for none).
func RelOf(org, seller, buyer, agent id.ID) Rel {
	switch {
	case org == 0:
		return None
	case org == seller:
		return Seller
	case org == buyer:
		return Buyer
	case org == agent:
		return Agent
	}
	return None
}
