"""The gate between a scanner and the portal. It lets requests pass to the portal and nowhere else, signs them with a session that it opens
anew when an attack ended it, gives each write a fresh key and the token of its session, so that probes come further than the door, and
counts what was asked and answered."""

import collections
import http.client
import http.server
import json
import re
import secrets
import threading
import time
import urllib.parse

EMAIL, PASSWORD = "owner@niagatimur.example", "kopi-nusantara-2026"
OUTSIDE = ("/sign-in", "/forgot", "/reset/", "/invite/", "/join/", "/application/", "/account/email/")  # pages of those who are not signed in
HOPS = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host", "content-length", "accept-encoding", "expect"}


def kind(path):
    """A path without its numbers."""
    return re.sub(r"/\d+(?=/|$)", "/:id", path.split("?")[0])


class Portal:
    """Sessions of one person at the portal."""

    def __init__(self, url):
        self.host = urllib.parse.urlparse(url).netloc
        self.lock, self.renewed = threading.Lock(), 0
        self.device = {}
        self.enter()

    def ask(self, method, path, body=None, headers={}, timeout=30):
        con = http.client.HTTPConnection(self.host, timeout=timeout)
        try:
            con.request(method, path, body, headers)
            res = con.getresponse()
            stream = "event-stream" in (res.getheader("Content-Type") or "")
            return res.status, res.getheaders(), b"" if stream else res.read()
        finally:
            con.close()

    def api(self, method, path, body=None):
        headers = {"Content-Type": "application/json", "Idempotency-Key": secrets.token_hex(16)}
        if getattr(self, "token", ""):
            headers["Authorization"] = "Bearer " + self.token
        status, _, text = self.ask(method, "/api/v1" + path, json.dumps(body) if body is not None else None, headers)
        try:
            return status, json.loads(text) if text else {}
        except ValueError:
            return status, {}

    def page(self, method, path, cookies, form=None):
        headers = {"Cookie": "; ".join(k + "=" + v for k, v in cookies.items())}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urllib.parse.urlencode(form), "application/x-www-form-urlencoded"
        status, got, text = self.ask(method, path, body, headers)
        for name, value in got:
            if name.lower() == "set-cookie":
                k, v = value.split(";")[0].split("=", 1)
                cookies[k] = v
        found = re.search(rb'name="_csrf" value="([^"]+)"', text)
        return status, found.group(1).decode() if found else ""

    def enter(self):
        """Opens a session of the API, one of the pages, and a visit of somebody who is not signed in."""
        self.token = ""
        status, body = self.api("POST", "/sessions", {"email": EMAIL, "password": PASSWORD})
        self.visit = {}
        _, self.visit_csrf = self.page("GET", "/sign-in", self.visit)
        cookies = dict(self.visit, **self.device)
        at, _ = self.page("POST", "/sign-in", cookies, {"_csrf": self.visit_csrf, "email": EMAIL, "password": PASSWORD, "next": "/"})
        if status != 201 or at != 303:
            raise RuntimeError("scan: the demonstration lets nobody in: %d, %d" % (status, at))
        self.token, self.cookies = body["token"], cookies
        self.device = {k: v for k, v in cookies.items() if k.endswith("device")}
        _, self.csrf = self.page("GET", "/", self.cookies)
        self.born = time.time()

    def lost(self, seen):
        """Opens new sessions, unless somebody else did so since seen."""
        with self.lock:
            if self.born <= seen:
                self.enter()
                self.renewed += 1


class Gate(http.server.ThreadingHTTPServer):
    """One scanner's way to the portal: a proxy on loopback."""

    daemon_threads, request_queue_size = True, 128

    def __init__(self, portal):
        super().__init__(("127.0.0.1", 0), Handler)
        self.portal, self.count = portal, threading.Lock()
        self.answers, self.broken, self.outside, self.samples = collections.Counter(), [], collections.Counter(), {}
        self.pages, self.kinds = set(), set()  # GET that were answered with a page
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a scanner that hangs up is no news

    def saw(self, method, path, body, ctype, status, page):
        with self.count:
            self.answers[status] += 1
            if status >= 500 and status != 503:
                self.broken.append("%s %s %r: %d" % (method, path[:300], (body or b"")[:300], status))
            if status < 400 and page and method == "GET":
                self.pages.add(path.split("?")[0])
                self.kinds.add(kind(path))
            names = [k for k, _ in urllib.parse.parse_qsl(urllib.parse.urlparse(path).query, keep_blank_values=True)]
            form = "urlencoded" in ctype
            if form:
                names += [k for k, _ in urllib.parse.parse_qsl((body or b"").decode(errors="replace"), keep_blank_values=True)]
            if status < 400 and names and (method == "GET" or form):
                self.samples.setdefault((method, kind(path), tuple(sorted(set(names)))), (path, body or b""))

    def tally(self):
        out = collections.Counter()
        for status, n in self.answers.items():
            out["%dxx" % (status // 100)] += n
        return dict(sorted(out.items()))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        self.server.outside[self.path] += 1
        self.reply(403, [], b"")
        self.close_connection = True

    def any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        if url.netloc != self.server.portal.host:
            self.server.outside[url.netloc or self.path] += 1
            return self.reply(403, [], b"")
        path = self.path.split(url.netloc, 1)[1] or "/"
        try:
            for last in (False, True):
                begun = time.time()
                sent, headers = self.signed(path, body)
                status, got, text = self.server.portal.ask(self.command, path, sent, headers)
                if last or not self.shut(path, status, dict((k.lower(), v) for k, v in got)):
                    break
                self.server.portal.lost(begun)
        except (OSError, http.client.HTTPException, ValueError) as e:  # what cannot be said in HTTP never gets to the portal
            return self.reply(502, [("X-Gate", type(e).__name__)], b"")
        html = any(k.lower() == "content-type" and "text/html" in v for k, v in got)
        self.server.saw(self.command, path, sent, self.headers.get("Content-Type") or "", status, html)
        self.reply(status, [(k, v) for k, v in got if k.lower() not in HOPS], text)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = any

    def shut(self, path, status, headers):
        """Whether the session is over: the portal sends us to the sign-in page, or knows nobody."""
        if path.startswith("/api/"):
            return status == 401 and not path.startswith("/api/v1/sessions")
        return status == 303 and headers.get("location", "").startswith("/sign-in") and not path.startswith(OUTSIDE)

    def signed(self, path, body):
        """The request as the portal gets it."""
        p = self.server.portal
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOPS}
        ctype = self.headers.get("Content-Type") or ""
        if path.startswith("/api/"):
            if path != "/api/v1/sessions":
                headers["Authorization"] = "Bearer " + p.token
            headers["Idempotency-Key"] = secrets.token_hex(16)
        else:
            out = path.startswith(OUTSIDE)
            ours = p.visit if out else p.cookies
            sent = [c for c in (headers.pop("Cookie", "")).split("; ") if c and c.split("=")[0] not in p.cookies and c.split("=")[0] not in p.visit]
            headers["Cookie"] = "; ".join(sent + [k + "=" + v for k, v in ours.items()])
            csrf = (p.visit_csrf if out else p.csrf).encode()
            if "urlencoded" in ctype:
                body = re.sub(rb"(^|&)_csrf=(?!wapiti(?:&|$))[^&]*", lambda m: m[1] + b"_csrf=" + urllib.parse.quote(csrf).encode(), body)
                body = re.sub(rb"(^|&)_key=[^&]*", lambda m: m[1] + b"_key=" + secrets.token_hex(16).encode(), body)
            elif "multipart" in ctype:
                body = re.sub(rb'(name="_csrf"\r\n\r\n)(?!wapiti\r\n)[^\r]*', lambda m: m[1] + csrf, body)
                body = re.sub(rb'(name="_key"\r\n\r\n)[^\r]*', lambda m: m[1] + secrets.token_hex(16).encode(), body)
        return body or None, headers

    def reply(self, status, headers, body):
        try:
            self.send_response_only(status)
            for k, v in headers:
                self.send_header(k, v)
            if not (100 <= status < 200 or status in (204, 304)):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            pass
