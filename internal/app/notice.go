package app

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/id"
	"saluran/internal/notice"
	"saluran/internal/partner"
	"saluran/internal/talk"
	"saluran/internal/trade"
)

// wireNotices makes what people hear of: the facts of trade, messages, links that wait for them, their jobs.
func (a *App) wireNotices() {
	a.Notices = notice.New(notice.Config{DB: a.DB, Clock: a.Config.Clock, Log: a.Log, Gate: a.Gate, Staff: a.Identity, Papers: noted{a.Trade}, Post: a.Mailer,
		Talks: a.Talk.Reads, Placed: a.tellPlaced, Changed: func(people ...id.ID) { a.Pulse.Touch(people...) }})
	a.Talk.Told = a.toldMessage
}

// noted tells notices who the parties of documents are.
type noted struct{ trade *trade.Service }

func (x noted) Papers(ctx context.Context, kind string, docs []id.ID) (map[id.ID]notice.Paper, error) {
	all, err := x.trade.Papers(ctx, kind, docs)
	out := make(map[id.ID]notice.Paper, len(all))
	for _, p := range all {
		out[p.ID] = notice.Paper{ID: p.ID, Number: p.Number, Status: p.Status, Parties: p.Parties()}
	}
	return out, err
}

// toldMessage tells of a message: those whom it mentions, and those who have written or were mentioned before.
func (a *App) toldMessage(ctx context.Context, n talk.News) error {
	parties := n.Parties
	if n.Internal {
		parties = map[id.ID]access.Rel{n.Org: n.Parties[n.Org]}
	}
	say := notice.News{Kind: n.Kind, Doc: n.ID, Number: n.Number, Parties: parties, ByOrg: n.Org, ByPerson: n.Author, Origin: "m:" + n.Message.String()}
	if len(n.Mentioned) > 0 {
		m := say
		m.Event, m.People = "mention", n.Mentioned
		if err := a.Notices.Tell(ctx, m); err != nil {
			return err
		}
	}
	say.Event, say.People = "message", n.Involved
	return a.Notices.Tell(ctx, say)
}

// tellAsked notes for those who answer for an organisation that a link waits for it.
func (a *App) tellAsked(ctx context.Context, org id.ID, link id.ID, number string, by id.ID) error {
	owners, err := a.Identity.Owners(ctx, org)
	if err != nil {
		return err
	}
	people := map[id.ID]id.ID{}
	for _, p := range owners {
		people[p.ID] = org
	}
	return a.Notices.Tell(ctx, notice.News{Event: "link.asked", Kind: "link", Doc: link, Number: number, Parties: map[id.ID]access.Rel{org: access.Own}, ByOrg: by, Origin: "k:" + link.String(), People: people})
}

// tellTerms notes for those who may answer for an organisation that terms were offered to it.
func (a *App) tellTerms(ctx context.Context, org id.ID, rel access.Rel, g partner.Agreement, by id.By) error {
	return a.Notices.Tell(ctx, notice.News{Event: "terms.offered", Kind: "link", Doc: g.Link, Parties: map[id.ID]access.Rel{org: rel}, ByOrg: by.Org, ByPerson: by.Person,
		Origin: "a:" + g.ID.String()})
}

// toldAnswer notes that what notices asked on a link is answered.
func (a *App) toldAnswer(ctx context.Context, link id.ID, asked string, orgs ...id.ID) error {
	return a.Notices.Answered(ctx, orgs, "link", link, asked)
}
