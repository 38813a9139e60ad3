package hook

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"saluran/internal/clock"
	"saluran/internal/egress"
	"saluran/internal/outward"
)

// Timing and size of one try: a receiver that is slow in whatever way is given up.
const (
	dialFor    = 5 * time.Second
	answerIn   = 10 * time.Second
	sendFor    = 15 * time.Second
	headerMax  = 16 << 10
	excerptMax = 1000
	retryMax   = 24 * time.Hour // that a Retry-After may ask for
)

// newSecret is 256 random bits as Standard Webhooks write them.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

// sign is the webhook-signature: for each secret that is not "", v1 and the HMAC-SHA256 of id.timestamp.body.
func sign(message string, at int64, body string, secrets ...string) string {
	var out []string
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if s == "" || err != nil {
			continue
		}
		h := hmac.New(sha256.New, key)
		io.WriteString(h, message+"."+strconv.FormatInt(at, 10)+"."+body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// sender makes the requests.
type sender struct{ client *http.Client }

func newSender(c outward.Config) *sender {
	c.Timeout, c.Dial, c.Header, c.MaxHeader, c.MaxBody = sendFor, dialFor, answerIn, headerMax, 64<<10
	return &sender{outward.Client(c)}
}

// answer is what became of a try.
type answer struct {
	code    int64
	problem string // "" is success
	excerpt string
	after   time.Duration // that the receiver asks to wait
}

func (s *sender) send(ctx context.Context, url, message, body string, at clock.Instant, secrets ...string) answer {
	ctx, cancel := context.WithTimeout(ctx, sendFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return answer{problem: ProblemAddress}
	}
	egress.Out(egress.Webhook, url, []byte(body))
	stamp := at.Time().Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Saluran-Webhooks")
	req.Header.Set("webhook-id", message)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(stamp, 10))
	req.Header.Set("webhook-signature", sign(message, stamp, body, secrets...))
	res, err := s.client.Do(req)
	if err != nil {
		return answer{problem: problemOf(err)}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, excerptMax)) // the rest is not read: the connection is closed over it
	out := answer{code: int64(res.StatusCode), excerpt: clean(text)}
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300 && err == nil:
	case err != nil:
		out.problem = problemOf(err)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		out.problem = ProblemRedirect
	default:
		out.problem = ProblemAnswer
		if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n > 0 {
			out.after = min(time.Duration(min(n, 1<<20))*time.Second, retryMax)
		}
	}
	return out
}

// problemOf names what went wrong without saying what was found inside: a name that leads nowhere and one that leads to an
// internal address are told alike.
func problemOf(err error) string {
	var dns *net.DNSError
	var t net.Error
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, outward.ErrForbidden), errors.As(err, &dns):
		return ProblemAddress
	case errors.As(err, &cert), errors.As(err, &record), errors.As(err, &alert):
		return ProblemTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &t) && t.Timeout():
		return ProblemTimeout
	case errors.As(err, &op) && op.Op == "dial":
		return ProblemConnect
	}
	return ProblemBroken
}

// clean is an answer as a log may show it: text without control characters.
func clean(b []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) || r > 0xffff {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "")))
}
