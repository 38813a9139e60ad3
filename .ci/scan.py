"""What .ci/scan does once the demonstration runs: wapiti crawls and attacks the pages, sqlmap tries the API, its bodies and what was
crawled, both through a gate (scan_gate.py) that signs in for them and lets nothing out of this machine. Counts what they found."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

from scan_gate import Gate, Portal
from scan_targets import SECRETS, Maker, forms

url, folder, limit = sys.argv[1], sys.argv[2], int(sys.argv[3])
PAGES = 40  # fewer than so many pages crawled is no scan
# What needs an endpoint of wapiti's makers on the internet (ssrf, xxe) or a database from there (nikto, wapp) is left out.
MODULES = "sql,xss,permanentxss,file,exec,redirect,crlf,csrf,cookieflags,csp,http_headers"
# Findings that are none, with the reason.
EXPLAINED = [
    (r"X-XSS-Protection is not set", "browsers took that filter out; the content policy forbids inline scripts instead"),
]
confirmed = re.compile(r"is vulnerable|identified the following injection|Payload:")
suspected = re.compile(r"appears to be '.*' injectable|heuristic \(\w+\) test shows that .* might be (?!not)")


def run(args, seconds, log, gate):
    """A tool and all that it starts, ended when its time is over; whether it ended by itself. What it asks goes through the gate."""
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", no_proxy="", NO_PROXY="", **{k: gate.url for k in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")})
    with open(log, "ab") as out:
        p = subprocess.Popen(args, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder, start_new_session=True, env=env)
        try:
            p.wait(seconds)
            return True
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGINT)
        try:
            p.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
        return False


def wapiti(gate):
    """A third of the time is for the crawl, the rest for the modules."""
    report, config = os.path.join(folder, "wapiti.json"), os.path.join(folder, "wapiti")
    os.makedirs(config, exist_ok=True)
    with open(os.path.join(config, "apps.json"), "w") as f:
        f.write("{}")  # else it is fetched from the internet, whether its module runs or not
    each = max(5, limit * 2 // 3 // len(MODULES.split(",")))
    run(["wapiti", "-u", url + "/", "--scope", "domain", "-p", gate.url, "-m", MODULES, "-d", "5", "--max-parameters", "40", "--skip", "_csrf", "--skip", "_key", "-t", "15",
         "--max-scan-time", str(limit // 3), "--max-attack-time", str(each), "--store-config", config, "--store-session", config, "-f", "json", "-o", report,
         "--flush-session", "--no-bugreport", "-v", "1"], limit * 2 + 120, os.path.join(folder, "wapiti.log"), gate)
    if not os.path.exists(report):
        return ["wapiti wrote no report"]
    with open(report) as f:
        r = json.load(f)
    found = []
    for part in ("vulnerabilities", "anomalies"):
        for kind, hits in r.get(part, {}).items():
            found += ["wapiti: %s: %s %s: %s" % (kind, h.get("method"), h.get("path"), h.get("info")) for h in hits]
    return found


def jobs(portal, samples):
    """What sqlmap is given, and how many of the plain requests the portal takes."""
    m = Maker(portal)
    out, taken = [], 0
    bodies = list(m.bodies())
    for method, path, body, status in bodies:
        out.append(["-u", url + path, "--method", method, "-H", "Content-Type: application/json", "--data", json.dumps(body)])
        taken += status < 300
    reads = sorted(m.reads(), key=lambda x: -x[2])
    for path, ok, _ in reads:
        out.append(["-u", url + path])
        taken += ok
    for method, path, body in forms(samples):
        out.append(["-u", url + path, "--skip", SECRETS] + (["--data", body] if method == "POST" else []))
        taken += 1
    return out, taken


def sqlmap(gate, all):
    """Every target once at level 1, each within its share of the time; then, while there is time, at level 3. (findings, tried, ended)"""
    end, lock, found, count = time.time() + limit, threading.Lock(), [], {"tried": 0, "ended": 0, "deep": 0, "dismissed": 0}
    workers = max(1, os.cpu_count() or 1)
    todo = [(n, level, args) for level in (1, 3) for n, args in enumerate(all)]
    base = ["sqlmap", "--batch", "--ignore-stdin", "--dbms", "sqlite", "--skip-waf", "--flush-session", "--disable-coloring", "--ignore-code", "*", "--ignore-redirects", "--drop-set-cookie",
            "--retries", "0", "--timeout", "10", "--proxy", gate.url, "-v", "1"]
    how = {1: ["--level", "1", "--risk", "1", "--technique", "BEU"], 3: ["--level", "3", "--risk", "2", "--technique", "BEUST", "--time-sec", "2"]}

    def work():
        while True:
            with lock:
                left = end - time.time()
                if not todo or left < 2:
                    return
                n, level, args = todo.pop(0)
                rest = sum(1 for x in todo if x[1] == level) + 1
            log = os.path.join(folder, "sqlmap-%d-%d.log" % (level, n))
            whole = run(base + how[level] + ["--output-dir", os.path.join(folder, "sqlmap", str(n))] + args, max(3, left * workers / rest), log, gate)
            with open(log, errors="replace") as f:
                text = f.read()
            if suspected.search(text) and not confirmed.search(text) and not whole:  # it was cut short: until sqlmap itself is sure
                again = log + ".again"
                whole = run(base + how[level] + ["--output-dir", os.path.join(folder, "sqlmap", "again%d" % n)] + args, 120, again, gate)
                with open(again, errors="replace") as f:
                    text = f.read()
            with lock:
                if suspected.search(text) and not confirmed.search(text) and whole:
                    count["dismissed"] += 1
                elif not confirmed.search(text) and suspected.search(text):
                    found.append("sqlmap: %s: suspected, and not settled in time: %s" % (args[1], suspected.search(text).group(0)))
                count["tried"] += level == 1 and "testing for" in text
                count["ended"] += level == 1 and whole
                count["deep"] += level == 3 and "testing for" in text
                found.extend("sqlmap: %s: %s" % (args[1], x.strip()) for x in text.splitlines() if confirmed.search(x))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return found, count


begun = time.time()
portal = Portal(url)
crawler, prober = Gate(portal), Gate(portal)
found = wapiti(crawler)
targets, taken = jobs(portal, crawler.samples)
more, count = sqlmap(prober, targets)
found += more + ["answered 5xx: " + x for x in (crawler.broken + prober.broken)[:40]]
with open(os.path.join(folder, "portal.log"), errors="replace") as f:
    found += ["the portal's log: " + x.strip()[:300] for x in f if re.search(r'"status":500|panic', x)][:20]
if len(crawler.pages) < PAGES:
    found.append("wapiti: no more than %d pages were crawled, %d are wanted" % (len(crawler.pages), PAGES))
for where, n in (crawler.outside + prober.outside).items():
    print("scan: not let out to %s: %d" % (where, n), file=sys.stderr)
explained = []
for line in list(found):
    for pattern, reason in EXPLAINED:
        if re.search(pattern, line):
            found.remove(line)
            explained.append("%s (%s)" % (line, reason))
            break
for line in explained:
    print("scan: explained:", line, file=sys.stderr)
for line in found:
    print("scan:", line, file=sys.stderr)
print(json.dumps({"scan": url, "seconds": int(time.time() - begun), "pages_crawled": len(crawler.pages), "kinds_of_pages": len(crawler.kinds), "wapiti_answers": crawler.tally(),
                  "sqlmap_targets": len(targets), "plain_requests_taken": taken, "sqlmap_tried": count["tried"], "sqlmap_ended": count["ended"], "sqlmap_again_at_level_3": count["deep"], "sqlmap_suspected_and_dismissed": count["dismissed"],
                  "sqlmap_answers": prober.tally(), "sessions_reopened": portal.renewed, "asked_outside": sum((crawler.outside + prober.outside).values()),
                  "explained": len(explained), "findings": len(found)}))
sys.exit(1 if found else 0)
