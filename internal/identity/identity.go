package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/mail"
	"strings"

	"saluran/internal/clock"
	"saluran/internal/errs"
	"saluran/internal/id"
)

// Person is somebody who can sign in.
type Person struct {
	ID      id.ID
	Email   string
	Name    string
	Lang    string // id, en
	Active  bool
	Version int64
}

// Membership is a person's role in an organisation.
type Membership struct {
	Person  id.ID
	Name    string
	Email   string
	Org     id.ID
	OrgName string
	OrgCode string
	OrgKind string
	Role    string
	// RoleName is how the organisation calls a role of its own; "" for the roles that every organisation has.
	RoleName string
	OrgLogo  int64 // changes with the logo of the organisation; 0: it has none
}

// Session is a signed-in person.
type Session struct {
	ID      id.ID
	Person  id.ID
	Org     id.ID
	Kind    string // web, api
	CSRF    string // what forms of this session carry
	Created clock.Instant
	Expires clock.Instant
	Pending string // no session yet: the first factor was right, and this stands for it
	Vouched bool   // opened by the identity provider of Org, see access.Actor
}

// Roles that a person may have in an organisation. operator is for the operator's own organisation.
var Roles = []string{"owner", "sales", "purchasing", "warehouse", "finance", "service", "marketing", "viewer"}

func validRole(r, kind string) bool {
	if kind == "operator" {
		return r == "operator"
	}
	for _, x := range Roles {
		if x == r {
			return true
		}
	}
	return false
}

// foldEmail is how addresses are stored and compared.
func foldEmail(s string) (string, error) {
	a, err := mail.ParseAddress(strings.TrimSpace(s))
	if err != nil || len(a.Address) > 200 || a.Address != strings.TrimSpace(s) {
		return "", errs.OnFields("invalid_fields", errs.F("email", "person.email"))
	}
	return strings.ToLower(a.Address), nil
}

// checkPassword holds ASVS 6.2: 8 to 128 characters, not one of the commonest, no rules of composition.
func checkPassword(p string) error {
	if n := len([]rune(p)); n < minPassword || n > maxPassword {
		return errs.OnFields("invalid_fields", errs.F("password", "person.password_length"))
	}
	if common(p) {
		return errs.OnFields("invalid_fields", errs.F("password", "person.password_common"))
	}
	return nil
}

// newToken is 256 random bits as text.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashToken(t string) []byte {
	h := sha256.Sum256([]byte(t))
	return h[:]
}
