package site

import (
	"strings"

	"saluran/internal/partner"
	"saluran/web/kit"
)

func (s *Site) addLink(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.Partner.Channel(r.ctx, r.a, no); err != nil {
		return err
	}
	f := r.reader()
	n := partner.NewLink{Key: r.auditKey(), Channel: no, Seller: ref(f.needed("seller")), Buyer: ref(f.needed("buyer")), Agent: ref(f.text("agent"))}
	err = f.err()
	var l partner.Link
	if err == nil {
		l, _, err = s.Partner.CreateLink(r.ctx, r.a, n)
	}
	if err == nil {
		if l.Seller == r.a.Org {
			return r.to("/partners/"+l.ID.String(), "link.added")
		}
		return r.to("/channels/"+no.String()+"?view=links", "link.added_others")
	}
	back, ok := r.refused(err, same)
	if !ok {
		return err
	}
	return s.channelPage(r, no, back, "link")
}

// acceptLink agrees to a link that somebody else has proposed.
func (s *Site) acceptLink(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	if _, err := s.Partner.AcceptLink(r.ctx, r.a, r.auditKey(), no, r.reader().version()); err != nil {
		back, ok := r.refused(err, func(string) string { return "" })
		if !ok {
			return err
		}
		return s.partnerPage(r, no, alerted(back), kit.Form{})
	}
	return r.to("/partners/"+no.String(), "link.accepted")
}

// setLink ends a link, or takes it up again.
func (s *Site) setLink(r *request) error {
	no, err := r.id("id")
	if err != nil {
		return err
	}
	l, err := s.Partner.Link(r.ctx, r.a, no)
	if err != nil {
		return err
	}
	f := r.reader()
	active := strings.TrimSpace(f.text("active")) == "1"
	_, err = s.Partner.SetLink(r.ctx, r.a, partner.SetLink{Link: no, Version: f.version(), Agent: l.Agent, Active: active})
	if err == nil {
		done := "link.ended"
		if active {
			done = "link.reopened"
		}
		return r.to("/channels/"+l.Channel.String()+"?view=links", done)
	}
	back, ok := r.refused(err, func(string) string { return "" })
	if !ok {
		return err
	}
	return s.channelPage(r, l.Channel, back, "link")
}
