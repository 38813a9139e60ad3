package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"saluran/internal/access"
	"saluran/internal/audit"
	"saluran/internal/hook"
	"saluran/internal/httpx"
	"saluran/internal/id"
)

// Webhook is an endpoint as the API shows it.
type Webhook struct {
	ID        id.ID    `json:"id"`
	URL       string   `json:"url"`
	Topics    []string `json:"topics"`
	Status    string   `json:"status" enum:"active,paused,disabled" doc:"disabled by us, after three days of nothing but failures or an answer 410: change it to have it tried anew"`
	Reason    string   `json:"reason,omitempty" enum:"failing,gone,left"`
	OldUntil  string   `json:"old_until,omitempty" doc:"Until when messages are signed with the secret before, too"`
	Fails     int64    `json:"fails" doc:"Failures in a row"`
	FailingAt string   `json:"failing_since,omitempty"`
	Replays   bool     `json:"replaying" doc:"A replay is under way"`
	CreatedAt string   `json:"created_at"`
	Version   int64    `json:"version"`
	Secret    string   `json:"secret,omitempty" doc:"What messages are signed with (Standard Webhooks, v1). Shown once"`
}

func webhookWire(e hook.Endpoint) Webhook {
	return Webhook{ID: e.ID, URL: e.URL, Topics: e.Topics, Status: e.Status, Reason: e.Reason, OldUntil: instant(e.OldUntil), Fails: e.Fails, FailingAt: instant(e.Failing),
		Replays: e.Replays, CreatedAt: instant(e.Created), Version: e.Version}
}

// WebhookDelivery is one message to one endpoint.
type WebhookDelivery struct {
	ID        id.ID            `json:"id"`
	Message   string           `json:"message" doc:"The webhook-id, the same through all tries and replays"`
	Topic     string           `json:"topic"`
	Document  id.ID            `json:"document,omitempty"`
	Status    string           `json:"status" enum:"queued,delivered,failed"`
	Attempts  int64            `json:"attempts"`
	NextAt    string           `json:"next_at,omitempty"`
	Code      int64            `json:"code,omitempty" doc:"HTTP status of the last answer"`
	Problem   string           `json:"problem,omitempty" enum:"address,connect,tls,timeout,redirect,answer,broken"`
	CreatedAt string           `json:"created_at"`
	EndedAt   string           `json:"ended_at,omitempty"`
	Body      json.RawMessage  `json:"body,omitempty" doc:"What is sent"`
	Tries     []WebhookAttempt `json:"tries,omitempty"`
}

// WebhookAttempt is one try.
type WebhookAttempt struct {
	N       int64  `json:"n"`
	At      string `json:"at"`
	TookMS  int64  `json:"took_ms"`
	Code    int64  `json:"code,omitempty"`
	Problem string `json:"problem,omitempty"`
	Excerpt string `json:"excerpt,omitempty" doc:"The beginning of the answer"`
}

func deliveryWire(d hook.Delivery) WebhookDelivery {
	return WebhookDelivery{ID: d.ID, Message: d.Message, Topic: d.Topic, Document: d.Doc, Status: d.Status, Attempts: d.Attempts, NextAt: instant(d.Next), Code: d.Code,
		Problem: d.Problem, CreatedAt: instant(d.Created), EndedAt: instant(d.Ended)}
}

func (a *API) webhooks() {
	const tag = "Webhooks"
	handle(a, made(post("add-webhook", "/webhooks", tag, "Add an endpoint: it hears of what happens from now on, at least once and in no order")), a.addWebhook)
	handle(a, get("list-webhooks", "/webhooks", tag, "The endpoints of your organisation"), a.listWebhooks)
	handle(a, get("webhook", "/webhooks/{id}", tag, "An endpoint"), a.webhook)
	handle(a, change("change-webhook", "/webhooks/{id}", tag, "Change an endpoint, pause it or have it tried anew"), a.changeWebhook)
	handle(a, del("remove-webhook", "/webhooks/{id}", tag, "Remove an endpoint"), a.removeWebhook)
	handle(a, step("rotate-webhook", "/webhooks/{id}/rotate", tag, "Give an endpoint a new secret; messages are signed under both for a while"), a.rotateWebhook)
	test := made(post("test-webhook", "/webhooks/{id}/test", tag, "Send a test message, once"))
	handle(a, test, a.testWebhook)
	again := post("replay-webhook", "/webhooks/{id}/replay", tag, "Send everything since a time again, what was missed included")
	again.DefaultStatus = http.StatusAccepted
	handle(a, again, a.replayWebhook)
	handle(a, get("list-webhook-deliveries", "/webhooks/{id}/deliveries", tag, "What was sent to an endpoint, kept for 30 days"), a.listDeliveries)
	handle(a, get("webhook-delivery", "/webhooks/{id}/deliveries/{delivery}", tag, "One message with all its tries"), a.delivery)
	handle(a, post("replay-webhook-delivery", "/webhooks/{id}/deliveries/{delivery}/replay", tag, "Send one message again, under the same webhook-id"), a.replayDelivery)
}

// Endpoint is what an endpoint is made of.
type Endpoint struct {
	URL    string   `json:"url" doc:"https, at port 443 or 8443 of a public address" example:"https://erp.example.com/saluran"`
	Topics []string `json:"topics" maxItems:"50" enum:"order.placed,order.amended,order.confirmed,order.rejected,order.cancelled,order.sold_at_counter,order.dispatched,shipment.received,order.returned,invoice.issued,invoice.credited,payment.reported,payment.confirmed,payment.rejected,payment.bounced"`
	Paused bool     `json:"paused,omitempty"`
}

func (e Endpoint) wanted() hook.Wanted {
	return hook.Wanted{URL: e.URL, Topics: e.Topics, Paused: e.Paused}
}

func oneWebhook(e hook.Endpoint, secret string, err error) (*one[Webhook], error) {
	if err != nil {
		return nil, err
	}
	w := webhookWire(e)
	w.Secret = secret
	return &one[Webhook]{httpx.ETag(e.Version), w}, nil
}

func keyOf(ctx context.Context) audit.Key { return audit.Key(httpx.Of(ctx).Key) }

type webhookIn struct{ Body Endpoint }

func (a *API) addWebhook(ctx context.Context, who access.Actor, in *webhookIn) (*one[Webhook], error) {
	return oneWebhook(a.Hooks.Add(ctx, who, keyOf(ctx), in.Body.wanted()))
}

func (a *API) listWebhooks(ctx context.Context, who access.Actor, _ *struct{}) (*page[Webhook], error) {
	all, err := a.Hooks.Endpoints(ctx, who)
	if err != nil {
		return nil, err
	}
	return whole(all, webhookWire), nil
}

func (a *API) webhook(ctx context.Context, who access.Actor, in *ByID) (*one[Webhook], error) {
	e, err := a.Hooks.Endpoint(ctx, who, in.ID.ID)
	return oneWebhook(e, "", err)
}

type changeWebhookIn struct {
	ByID
	Body Endpoint
}

func (a *API) changeWebhook(ctx context.Context, who access.Actor, in *changeWebhookIn) (*one[Webhook], error) {
	e, err := a.Hooks.Change(ctx, who, keyOf(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, in.Body.wanted())
	return oneWebhook(e, "", err)
}

func (a *API) removeWebhook(ctx context.Context, who access.Actor, in *ByID) (*struct{}, error) {
	return nil, a.Hooks.Remove(ctx, who, keyOf(ctx), in.ID.ID)
}

func (a *API) rotateWebhook(ctx context.Context, who access.Actor, in *rotateKeyIn) (*one[Webhook], error) {
	overlap := 24 * time.Hour
	if h := in.Body.OverlapHours; h != nil {
		overlap = time.Duration(*h) * time.Hour
	}
	return oneWebhook(a.Hooks.Rotate(ctx, who, keyOf(ctx), in.ID.ID, httpx.Of(ctx).IfMatch, overlap))
}

func oneDelivery(d hook.Delivery, err error) (*struct{ Body WebhookDelivery }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body WebhookDelivery }{deliveryWire(d)}, nil
}

func (a *API) testWebhook(ctx context.Context, who access.Actor, in *ByID) (*struct{ Body WebhookDelivery }, error) {
	return oneDelivery(a.Hooks.Test(ctx, who, keyOf(ctx), in.ID.ID))
}

type replayIn struct {
	ByID
	Body struct {
		Since string `json:"since" doc:"At most 30 days ago" example:"2026-11-20T08:00:00Z"`
	}
}

func (a *API) replayWebhook(ctx context.Context, who access.Actor, in *replayIn) (*one[Webhook], error) {
	var r reader
	since := r.instant("since", in.Body.Since)
	if err := r.err(); err != nil {
		return nil, err
	}
	e, err := a.Hooks.ReplaySince(ctx, who, keyOf(ctx), in.ID.ID, since)
	return oneWebhook(e, "", err)
}

type deliveriesIn struct {
	ByID
	Paging
	Status string `query:"status" enum:"queued,delivered,failed"`
	Topic  string `query:"topic"`
}

func (a *API) listDeliveries(ctx context.Context, who access.Actor, in *deliveriesIn) (*page[WebhookDelivery], error) {
	p, err := a.Hooks.Deliveries(ctx, who, in.ID.ID, in.query("status", in.Status, "topic", in.Topic))
	return pageOf(p, err, deliveryWire)
}

type deliveryIn struct {
	ByID
	Delivery ref `path:"delivery" doc:"The delivery's id"`
}

func (a *API) delivery(ctx context.Context, who access.Actor, in *deliveryIn) (*struct{ Body WebhookDelivery }, error) {
	d, tries, err := a.Hooks.Delivery(ctx, who, in.ID.ID, in.Delivery.ID)
	if err != nil {
		return nil, err
	}
	w := deliveryWire(d)
	w.Body = json.RawMessage(d.Body)
	for _, t := range tries {
		w.Tries = append(w.Tries, WebhookAttempt{t.N, instant(t.At), t.TookMS, t.Code, t.Problem, t.Excerpt})
	}
	return &struct{ Body WebhookDelivery }{w}, nil
}

func (a *API) replayDelivery(ctx context.Context, who access.Actor, in *deliveryIn) (*struct{ Body WebhookDelivery }, error) {
	return oneDelivery(a.Hooks.Replay(ctx, who, keyOf(ctx), in.ID.ID, in.Delivery.ID))
}
