"""What sqlmap tries: every GET of the API with filters, cursors and ids that the portal takes, bodies that it takes, and the pages' own
links and forms as the crawl met them."""

import datetime
import json
import re
import urllib.parse

SECRETS = "_csrf,_key,_step_ceremony,_step_answer,enrolment"


def day(n):
    return (datetime.date.today() + datetime.timedelta(n)).isoformat()


class Maker:
    def __init__(self, portal):
        self.portal = portal
        _, _, text = portal.ask("GET", "/api/openapi.json")
        self.spec = json.loads(text)["paths"]
        self.me = portal.api("GET", "/me")[1]
        self.ids = {}
        for path, ops in self.spec.items():
            if "get" in ops and "{" not in path:
                self.first(path)
        order = self.items("/orders?side=selling&size=1")[0]
        self.order, self.number = order["id"], order["number"]
        self.partner = next((o["id"] for o in self.items("/orgs?size=20") if o["id"] != self.me["org"]), self.me["org"])

    def items(self, path):
        got = self.portal.api("GET", path)[1]
        return got.get("items") or [] if isinstance(got, dict) else []

    def first(self, path):
        for x in self.items(path):
            if isinstance(x, dict) and x.get("id"):
                return self.ids.setdefault(path, str(x["id"]))

    def of(self, path):
        return self.ids.get(path, "1")

    def values(self, name, schema):
        """What a filter may say, best first."""
        if "enum" in schema:
            return schema["enum"]
        if schema.get("type") == "boolean":
            return ["true"]
        org = [self.partner, self.me["org"]]
        return {
            "size": ["2"], "sort": ["-created", "created", "-id", "id", "number", "-number", "name", "code", "at", "-at"], "q": ["a"], "from": [day(-400)], "to": [day(1)],
            "due_before": [day(60)], "asof": [day(0)], "at": [day(0) + "T00:00:00Z", day(0)], "partner": org, "seller": org[::-1], "buyer": org, "on_behalf": org[::-1], "organisation": org,
            "product": [self.of("/products")], "order": [self.order], "document": [self.order], "lot": [self.of("/lots/expiring")], "place": [self.of("/places")],
            "link": [self.of("/links")], "person": [self.of("/people")], "currency": ["IDR"], "number": [self.number], "days": ["900"], "method": ["transfer"], "topic": ["order.placed"],
            "status": ["closed", "paid", "delivered", "placed"], "action": ["order.placed", "order.place", "list"], "role": ["sales"], "object": ["order"], "relation": ["own"], "code": ["A"],
            "kind": ["retailer", "export", "demo"], "region": ["a"], "shop": ["a"],
        }.get(name, [])

    def call(self, path, query):
        status, got = self.portal.api("GET", path + "?" + urllib.parse.urlencode(query))
        return status, got if isinstance(got, dict) else {}

    def reads(self):
        """(address with marks, whether the plain request is answered, how many places are tried)"""
        for path, ops in sorted(self.spec.items()):
            if "get" not in ops:
                continue
            at, marked = path, path
            if "{" in path:
                base = path.split("/{")[0]
                base = {"/shared": "/sharing", "/exports": "/jobs", "/imports": "/jobs"}.get(base, base)
                at, marked = path.replace("{id}", self.of(base)).replace("{delivery}", "1"), path.replace("{id}", self.of(base) + "*").replace("{delivery}", "1*")
            query = {}
            status, got = self.call(at, query)
            for p in ops["get"].get("parameters", []):
                if p["in"] != "query" or p["name"] == "cursor":
                    continue
                for v in self.values(p["name"], p["schema"]):
                    s, g = self.call(at, dict(query, **{p["name"]: v}))
                    if s < 300 and (g.get("items") or not got.get("items")) or p.get("required") and status >= 300:
                        query[p["name"]], status, got = v, s, g
                        break
            if got.get("next"):
                s, g = self.call(at, dict(query, cursor=got["next"]))
                if s < 300:
                    query["cursor"], status = got["next"], s
            if query or "*" in marked:
                line = marked + ("?" + "&".join(k + "=" + urllib.parse.quote(str(v), safe="") + "*" for k, v in query.items()) if query else "")
                yield "/api/v1" + line, status < 300, len(query) + marked.count("*")

    def bodies(self):
        """(path, body, whether the plain request is taken)"""
        product, place, other, me = self.of("/products"), self.of("/places"), self.partner, self.me["org"]
        order = next((o["id"] for o in self.items("/orders?side=selling&status=placed")), self.order)
        invoice = next((o["id"] for o in self.items("/invoices?side=seller&status=unpaid")), self.of("/invoices"))
        line = [{"product": product, "qty": "1"}]
        for path, body in (
            ("/places", {"name": "Gudang Uji", "address": "Jalan Uji 1"}), ("/products", {"name": "Kopi Uji", "sku": "UJI-1", "base_unit": "pcs"}),
            ("/price-lists", {"name": "Uji", "currency": "IDR"}), ("/price-lists/%s/prices" % self.of("/price-lists"), {"prices": [{"product": product, "from": day(400), "price": "1000"}]}),
            ("/channels", {"name": "Uji", "shape": "retail"}), ("/channels/%s/members" % self.of("/channels"), {"org": other, "tier": 1}),
            ("/links", {"channel": self.of("/channels"), "seller": me, "buyer": other, "place": True}),
            ("/agreements", {"link": self.of("/links"), "from": day(400), "price_list": self.of("/price-lists"), "currency": "IDR", "net_days": 30, "title_on": "delivery", "risk_on": "delivery"}),
            ("/orders", {"buyer": other, "reference": "PO", "note": "uji", "lines": line}), ("/orders/%s/cancel" % order, {"reason": "uji"}), ("/orders/%s/amend" % order, {"lines": line, "reason": "uji"}),
            ("/invoices", {"order": order, "on": day(0)}), ("/invoices/%s/credit-notes" % invoice, {"reason": "uji", "on": day(0)}),
            ("/payments", {"payee": me, "payer": other, "currency": "IDR", "amount": "1000", "method": "transfer", "reference": "TRX", "value_on": day(0)}),
            ("/lots", {"product": product, "code": "L-UJI", "qty": "10", "expires_on": day(400)}), ("/stock/uses", {"product": product, "from": place, "qty": "1"}),
            ("/stock/transfers", {"product": product, "from": place, "to": place, "qty": "1"}), ("/exports", {"report": "stock", "from": day(-30), "to": day(0), "lang": "id"}),
            ("/roles", {"name": "Uji", "from": "sales"}), ("/invitations", {"email": "uji@uji.example", "role": "sales", "lang": "id"}), ("/orgs", {"code": "UJI", "kind": "retailer", "name": "Uji"}),
            ("/orgs/%s/representatives" % other, {"duty": "sales", "person": self.of("/people")}), ("/appointments", {"agent": other, "commission_bps": 100, "commission_on": "payment", "from": day(0), "area": "Uji"}),
            ("/keys", {"name": "Uji", "scopes": ["order:read"], "days": 30}), ("/webhooks", {"url": "https://uji.example/hook", "topics": ["order.placed"]}),
            ("/files/1/attach", {"document_kind": "order", "document": self.order}), ("/sessions", {"email": "uji@uji.example", "password": "kata sandi uji"}),
            ("/join/invitation", {"token": "x" * 43}), ("/glass", {"org": "GROSIR", "reason": "pemeriksaan uji", "minutes": 30}),
        ):
            method = "POST" if "post" in self.spec.get(re.sub(r"/\d+", "/{id}", path), {}) else "PUT"
            status, got = self.portal.api(method, path, body)
            if status < 300 and isinstance(got, dict) and got.get("id"):
                self.ids.setdefault(path, str(got["id"]))
            yield method, "/api/v1" + path, body, status


def forms(samples):
    """The pages' links and forms that the crawl met and that were answered: (method, path, body)."""
    for (method, at, names), (path, body) in sorted(samples.items()):
        if not set(names) - set(SECRETS.split(",")) - {"version", "done", "v"} or path.startswith(("/assets", "/static", "/sign-out")):
            continue
        yield method, path, body.decode(errors="replace")
