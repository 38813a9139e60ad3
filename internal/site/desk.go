package site

import "saluran/internal/desk"

// choices are what the person has chosen; asked for once in a request.
func (r *request) choices() (desk.Choices, error) {
	if r.chosen == nil {
		c, err := r.s.Desk.Choices(r.ctx, r.a)
		if err != nil {
			return c, err
		}
		r.chosen = &c
	}
	return *r.chosen, nil
}
