package view

import "saluran/web/kit"

// Account is what somebody sees of the own account.
type Account struct {
	Name, Email string
	Form        kit.Form // of the change of password
	Org         string
	CanLeave    bool
	Heirs       []kit.Option
	Conflict    string // why one cannot leave
	Vouched     bool   // came by the organisation's provider: what is the person's own is not shown
}
