package demo

import "strings"

// Password is that of every sign-in of the demonstration.
const Password = "kopi-nusantara-2026"

// SignIn is somebody who can sign in to the demonstration.
type SignIn struct {
	Email, Password string
	Name, Role      string
	Org, Kind       string // of the organisation in which the person first stands
}

// member is a person's role in an organisation of the cast.
type member struct {
	email, name, role string
	code              string
	signsIn           bool
}

// everybody who works in the demonstration, organisation by organisation. A person may come twice, with one e-mail.
func everybody() []member {
	var all []member
	add := func(p part) {
		domain := p.mail
		if domain == "" {
			domain = strings.ToLower(p.code) + ".example"
		}
		role := "owner"
		if p.kind == "operator" {
			role = "operator"
		}
		all = append(all, member{role + "@" + domain, p.owner, role, p.code, p.mail != ""})
		for i, name := range given[p.code] {
			if name != "" {
				all = append(all, member{roles[i+1] + "@" + domain, name, roles[i+1], p.code, true})
			}
		}
	}
	for _, p := range cast {
		add(p)
	}
	for i, s := range shops {
		p := part{code: s.code, kind: "retailer", name: s.name, owner: owners[i%len(owners)]}
		if s.code == staffed {
			p.mail = staffedMail
		}
		add(p)
	}
	for _, p := range consumers {
		add(p)
	}
	// Who works for two: the accountant of the wholesaler keeps the books of a shop, too.
	return append(all, member{"finance@grosirterong.example", "Jumriah", "finance", "T04", true})
}

// SignIns is the address book: who can sign in, the first organisation of each.
func SignIns() []SignIn {
	name, kind := map[string]string{}, map[string]string{}
	for _, p := range append(append([]part(nil), cast...), consumers...) {
		name[p.code], kind[p.code] = p.name, p.kind
	}
	for _, s := range shops {
		name[s.code], kind[s.code] = s.name, "retailer"
	}
	var out []SignIn
	seen := map[string]bool{}
	for _, m := range everybody() {
		if m.signsIn && !seen[m.email] {
			seen[m.email] = true
			out = append(out, SignIn{Email: m.email, Password: Password, Name: m.name, Role: m.role, Org: name[m.code], Kind: kind[m.code]})
		}
	}
	return out
}
