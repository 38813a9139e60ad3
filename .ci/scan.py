"""What .ci/scan does once the demonstration runs: signs in, lets wapiti crawl and sqlmap try, and counts what they found."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request

url, folder, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
EMAIL, PASSWORD = "owner@niagatimur.example", "kopi-nusantara-2026"


def api(method, path, body=None, token=""):
    req = urllib.request.Request(url + "/api/v1" + path, json.dumps(body).encode() if body is not None else None, method=method)
    req.add_header("Content-Type", "application/json")
    req.add_header("Idempotency-Key", "scan-%d" % time.time_ns())
    if token:
        req.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(req) as res:
        return json.load(res)


def session():
    """A session of the pages: its cookie."""
    jar = http.cookiejar.CookieJar()
    web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = web.open(url + "/sign-in").read().decode()
    csrf = re.search(r'name="_csrf" value="([^"]+)"', page).group(1)
    form = urllib.parse.urlencode({"_csrf": csrf, "email": EMAIL, "password": PASSWORD, "next": "/"}).encode()
    web.open(urllib.request.Request(url + "/sign-in", form, {"Origin": url, "Sec-Fetch-Site": "same-origin"})).read()
    return "; ".join(c.name + "=" + c.value for c in jar)


def run(name, args, seconds):
    """A tool and all that it starts, ended when its time is over."""
    with open(os.path.join(folder, name + ".log"), "ab") as log:
        p = subprocess.Popen(args, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, start_new_session=True)
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGINT)
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(p.pid, signal.SIGKILL)
                p.wait()


def wapiti(cookie):
    report = os.path.join(folder, "wapiti.json")
    run("wapiti", ["wapiti", "-u", url + "/", "--scope", "domain", "-H", "Cookie: " + cookie, "-m", "sql,xss,permanentxss,file,exec,redirect,crlf,csrf,cookieflags,csp,http_headers",
                   "-d", "4", "--max-links-per-page", "40", "--max-parameters", "30", "--max-scan-time", str(limit), "--max-attack-time", str(max(20, limit // 6)),
                   "-f", "json", "-o", report, "--flush-session", "--no-bugreport"], limit * 2 + 120)
    if not os.path.exists(report):
        return ["wapiti wrote no report"], 0
    with open(report) as f:
        r = json.load(f)
    found = []
    for part in ("vulnerabilities", "anomalies"):
        for kind, hits in r.get(part, {}).items():
            found += ["%s: %s %s: %s" % (kind, h.get("method"), h.get("path"), h.get("info")) for h in hits]
    return found, r.get("infos", {}).get("crawled_pages_nbr", 0)


def targets(token):
    """Real addresses with parameters, and bodies: what sqlmap tries."""
    first = lambda path: (api("GET", path, token=token).get("items") or [{}])[0]
    order, product = first("/orders").get("id", "1"), first("/products").get("id", "1")
    seller = api("GET", "/orders/" + order, token=token).get("seller", "1")
    cursor = "eyJ2IjoxLCJzIjoiYSIsImkiOjF9"
    out = [("GET", p, None) for p in (
        "/orders?side=buyer&status=placed&q=kopi&cursor=%s&size=10" % cursor, "/orders/%s*" % order, "/invoices?side=buyer&status=open&due_before=2026-12-31&cursor=%s" % cursor,
        "/payments?side=buyer&status=reported&cursor=%s" % cursor, "/products?q=kopi&cursor=%s" % cursor, "/partners?q=toko&kind=retailer&cursor=%s" % cursor,
        "/stock?by=holder&q=kopi&cursor=%s" % cursor, "/shipments?side=in&status=in_transit", "/people?cursor=%s" % cursor, "/audit?action=order.placed&from=2026-01-01&until=2027-01-01",
        "/access/matrix?role=owner&object=order", "/access/why?relation=own&object=order&action=list", "/offers?seller=%s&q=kopi" % seller)]
    if isinstance(seller, dict):
        seller = seller.get("id", "1")
    out += [("POST", "/orders", {"seller": seller, "reference": "PO*", "note": "n*", "lines": [{"product": product, "qty": "1"}]}),
            ("POST", "/places", {"name": "Gudang*", "address": "Jalan"}), ("POST", "/sessions", {"email": "a@b.example*", "password": "x*"})]
    return out


def sqlmap(token, cookie):
    all, end = targets(token), time.time() + limit
    pages = ["/orders?side=seller&status=placed&after=x", "/find?q=kopi", "/stock?by=holder&q=kopi", "/audit?action=x&from=2026-01-01", "/access?role=owner&object=order"]
    found, tried = [], 0
    base = ["sqlmap", "--batch", "--level", "3", "--risk", "2", "--technique", "BEUT", "--time-sec", "2", "--threads", "2", "--flush-session", "--disable-coloring",
            "--output-dir", os.path.join(folder, "sqlmap"), "--ignore-code", "*", "--dbms", "sqlite", "-v", "1"]
    jobs = [base + ["-u", url + "/api/v1" + p, "--method", m, "-H", "Authorization: Bearer " + token, "-H", "Content-Type: application/json", "-H", "Idempotency-Key: scan"] +
            (["--data", json.dumps(b)] if b else []) for m, p, b in all]
    jobs += [base + ["-u", url + p, "--cookie", cookie, "--skip", "Cookie,User-Agent,Referer"] for p in pages]
    for n, args in enumerate(jobs):
        left = end - time.time()
        if left < 3:
            break
        run("sqlmap", args, left / (len(jobs) - n) + 1)
        tried += 1
    with open(os.path.join(folder, "sqlmap.log"), errors="replace") as f:
        for line in f:
            if re.search(r"is vulnerable|appears to be '.*' injectable|identified the following injection|Payload:", line):
                found.append(line.strip())
    return found, tried, len(jobs)


begun = time.time()
token = api("POST", "/sessions", {"email": EMAIL, "password": PASSWORD})["token"]
cookie = session()
w, pages = wapiti(cookie)
s, tried, of = sqlmap(token, cookie)
with open(os.path.join(folder, "portal.log"), errors="replace") as f:
    broken = [l.strip()[:300] for l in f if re.search(r'"status":5\d\d|panic', l)]
for line in w + s + broken[:20]:
    print("scan:", line, file=sys.stderr)
print(json.dumps({"scan": url, "seconds": int(time.time() - begun), "wapiti_pages": pages, "wapiti_findings": len(w), "sqlmap_targets": tried, "sqlmap_of": of,
                  "sqlmap_findings": len(s), "answers_5xx": len(broken)}))
sys.exit(1 if w or s or broken else 0)
