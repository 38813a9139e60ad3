package api

import (
	"context"

	"saluran/internal/access"
	"saluran/internal/errs"
	"saluran/internal/id"
	"saluran/internal/list"
	"saluran/internal/talk"
)

// TalkPerson is somebody in a conversation.
type TalkPerson struct {
	ID   id.ID  `json:"id"`
	Name string `json:"name"`
	Org  Party  `json:"org"`
}

// TalkMessage is what somebody said on a document.
type TalkMessage struct {
	ID           id.ID        `json:"id"`
	DocumentKind string       `json:"document_kind" enum:"order,shipment,invoice,payment"`
	Document     id.ID        `json:"document"`
	Author       TalkPerson   `json:"author"`
	Side         string       `json:"side" enum:"seller,buyer,agent" doc:"What the author's organisation is to the document"`
	Represents   string       `json:"represents,omitempty" doc:"The duty in which the author represents it towards the other side"`
	ByKey        bool         `json:"by_key" doc:"A program wrote it, with an API key of the author"`
	Internal     bool         `json:"internal" doc:"For the author's organisation alone"`
	Body         string       `json:"body" doc:"Plain text; empty where it was withdrawn"`
	Mentions     []TalkPerson `json:"mentions"`
	Files        []File       `json:"files"`
	SentAt       string       `json:"sent_at"`
	WithdrawnAt  string       `json:"withdrawn_at,omitempty"`
	Unread       bool         `json:"unread"`
}

// Conversation is what was said on a document, oldest first.
type Conversation struct {
	DocumentKind string        `json:"document_kind" enum:"order,shipment,invoice,payment"`
	Document     id.ID         `json:"document"`
	Number       string        `json:"number"`
	Parties      []Party       `json:"parties" doc:"Who reads what is not internal"`
	Messages     []TalkMessage `json:"messages"`
	Older        *id.ID        `json:"older,omitempty" doc:"Ask again with before= this for those before"`
	MayWrite     bool          `json:"may_write"`
	People       []TalkPerson  `json:"people" doc:"Whom you may mention"`
}

// Thread is a conversation in the inbox.
type Thread struct {
	DocumentKind string `json:"document_kind" enum:"order,shipment,invoice,payment"`
	Document     id.ID  `json:"document"`
	Number       string `json:"number"`
	With         string `json:"with"`
	Author       string `json:"author"`
	Org          string `json:"org"`
	Said         string `json:"said" doc:"How the latest message begins"`
	Withdrawn    bool   `json:"withdrawn"`
	Internal     bool   `json:"internal"`
	At           string `json:"at"`
	Unread       int64  `json:"unread"`
}

func talkPerson(p talk.Person) TalkPerson { return TalkPerson{p.ID, p.Name, Party{p.Org, p.OrgName}} }

func talkPeople(all []talk.Person) []TalkPerson {
	out := make([]TalkPerson, 0, len(all))
	for _, p := range all {
		out = append(out, talkPerson(p))
	}
	return out
}

func messageWire(m talk.Message) TalkMessage {
	w := TalkMessage{ID: m.ID, DocumentKind: m.Doc.Kind, Document: m.Doc.ID, Author: talkPerson(m.Author), Side: string(m.Rel), Represents: m.Duty, ByKey: m.ByKey, Internal: m.Internal,
		Body: m.Body, Mentions: talkPeople(m.Mentions), Files: []File{}, SentAt: instant(m.At), WithdrawnAt: instant(m.Withdrawn), Unread: m.New}
	for _, f := range m.Files {
		w.Files = append(w.Files, fileWire(f))
	}
	return w
}

// talkPaths are the documents on which people talk, by their addresses.
var talkPaths = map[string]string{"order": "/orders", "shipment": "/shipments", "invoice": "/invoices", "payment": "/payments"}

func (a *API) talk() {
	const tag = "Conversations"
	handle(a, get("conversations", "/conversations", tag, "Your conversations on documents, the latest first"), a.conversations)
	handle(a, get("message", "/messages/{id}", tag, "A message"), a.message)
	handle(a, post("withdraw-message", "/messages/{id}/withdraw", tag, "Take back what you said: it stays, and says that it was withdrawn"), a.withdrawMessage)
	for _, kind := range talk.Kinds {
		path := talkPaths[kind] + "/{id}/messages"
		handle(a, get(kind+"-messages", path, tag, "What was said on a document: its latest messages, oldest first"), a.conversation(kind))
		handle(a, made(post("say-on-"+kind, path, tag, "Say something on a document")), a.say(kind))
		handle(a, post("read-"+kind+"-messages", path+"/read", tag, "Note how far you have read"), a.readMessages(kind))
	}
}

type conversationsIn struct {
	Paging
	Unread bool `query:"unread" doc:"Those alone in which something is new"`
}

func (a *API) conversations(ctx context.Context, who access.Actor, in *conversationsIn) (*page[Thread], error) {
	unread := ""
	if in.Unread {
		unread = "1"
	}
	p, err := a.Talk.Inbox(ctx, who, in.query("unread", unread))
	return pageOf(p, err, func(t talk.Thread) Thread {
		return Thread{t.Doc.Kind, t.Doc.ID, t.Number, t.With, t.Author, t.Org, t.Said, t.Gone, t.Within, instant(t.At), t.Unread}
	})
}

type conversationIn struct {
	ByID
	Before string `query:"before" doc:"The id of a message: those before it"`
}

func (a *API) conversation(kind string) func(context.Context, access.Actor, *conversationIn) (*struct{ Body Conversation }, error) {
	return func(ctx context.Context, who access.Actor, in *conversationIn) (*struct{ Body Conversation }, error) {
		var before id.ID
		if in.Before != "" {
			no, err := id.Parse(in.Before)
			if err != nil {
				return nil, errs.OnFields("request.fields", errs.F("before", "field.id"))
			}
			before = no
		}
		c, err := a.Talk.Of(ctx, who, talk.Doc{Kind: kind, ID: in.ID.ID}, before)
		if err != nil {
			return nil, err
		}
		w := Conversation{DocumentKind: kind, Document: c.Doc.ID, Number: c.Number, Parties: []Party{}, MayWrite: c.MayWrite, People: talkPeople(c.People)}
		for _, p := range c.Parties {
			w.Parties = append(w.Parties, Party{p.Org, p.Name})
		}
		w.Messages = listed(list.Page[talk.Message]{Items: c.Messages}, messageWire).Body.Items
		if c.Older != 0 {
			w.Older = &c.Older
		}
		return &struct{ Body Conversation }{w}, nil
	}
}

type sayIn struct {
	ByID
	Body struct {
		Body     string  `json:"body,omitempty" maxLength:"4000" doc:"Plain text; may be left out where files say it"`
		Internal bool    `json:"internal,omitempty" doc:"For your own organisation alone"`
		Mentions []id.ID `json:"mentions,omitempty" maxItems:"20" doc:"People: see people of the conversation"`
		Files    []id.ID `json:"files,omitempty" maxItems:"10" doc:"That you have sent (see /files) and attached to nothing yet"`
	}
}

type messageOut struct{ Body TalkMessage }

func oneMessage(m talk.Message, err error) (*messageOut, error) {
	if err != nil {
		return nil, err
	}
	return &messageOut{messageWire(m)}, nil
}

func (a *API) say(kind string) func(context.Context, access.Actor, *sayIn) (*messageOut, error) {
	return func(ctx context.Context, who access.Actor, in *sayIn) (*messageOut, error) {
		b := in.Body
		return oneMessage(a.Talk.Say(ctx, who, talk.Say{Key: key(ctx), Doc: talk.Doc{Kind: kind, ID: in.ID.ID}, Body: b.Body, Internal: b.Internal, Mentions: b.Mentions, Files: b.Files}))
	}
}

func (a *API) message(ctx context.Context, who access.Actor, in *ByID) (*messageOut, error) {
	return oneMessage(a.Talk.Message(ctx, who, in.ID.ID))
}

func (a *API) withdrawMessage(ctx context.Context, who access.Actor, in *ByID) (*messageOut, error) {
	return oneMessage(a.Talk.Withdraw(ctx, who, key(ctx), in.ID.ID))
}

type readIn struct {
	ByID
	Body struct {
		Upto id.ID `json:"upto" doc:"The id of the latest message that you have read"`
	}
}

func (a *API) readMessages(kind string) func(context.Context, access.Actor, *readIn) (*struct{}, error) {
	return func(ctx context.Context, who access.Actor, in *readIn) (*struct{}, error) {
		return nil, a.Talk.Read(ctx, who, talk.Doc{Kind: kind, ID: in.ID.ID}, in.Body.Upto)
	}
}
