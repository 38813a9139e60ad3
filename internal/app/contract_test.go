package app_test

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// contract is the document of the API, against which every exchange of the tests is held.
var contract = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromFile("../api/openapi.golden.json")
	if err != nil {
		panic(err)
	}
	return doc
})

// operation is that of a request; a path without a parameter goes before one with a parameter in the same place.
func operation(method, path string) (op *openapi3.Operation, template string) {
	path, _, _ = strings.Cut(path, "?")
	asked, best := strings.Split(path, "/"), -1
	for p, item := range contract().Paths.Map() {
		known, plain := strings.Split(p, "/"), 0
		fits := len(known) == len(asked)
		for i := range known {
			if !fits {
				break
			}
			if strings.HasPrefix(known[i], "{") {
				continue
			}
			plain++
			fits = known[i] == asked[i]
		}
		if o := item.GetOperation(method); fits && o != nil && plain > best {
			op, template, best = o, p, plain
		}
	}
	return op, template
}

// keepsToContract holds an exchange against the document: an answer that it declares, of the type and with the body that it
// declares; and of what was carried out, a request that it allows.
func keepsToContract(t testing.TB, req *http.Request, sent []byte, status int, header http.Header, got []byte) {
	t.Helper()
	path := strings.TrimPrefix(req.URL.Path, "/api/v1")
	op, name := operation(req.Method, path)
	if op == nil {
		require.Contains(t, []int{404, 405}, status, "%s %s is not in the contract", req.Method, path)
		return
	}
	where := fmt.Sprintf("%s %s (%s) answered %d", req.Method, name, op.OperationID, status)
	declared := op.Responses.Status(status)
	require.NotNil(t, declared, "%s: the contract does not know that answer: %s", where, got)
	if len(got) == 0 {
		require.Empty(t, declared.Value.Content, "%s without a body", where)
	} else {
		kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
		require.NoError(t, err, where)
		media := declared.Value.Content[kind]
		require.NotNil(t, media, "%s as %s: the contract does not know that type", where, kind)
		fits(t, where, kind, media, got)
	}
	if status >= 300 {
		return
	}
	for _, p := range op.Parameters {
		if p.Value.In == "header" && p.Value.Required {
			require.NotEmpty(t, req.Header.Get(p.Value.Name), "%s without %s", where, p.Value.Name)
		}
	}
	for q := range req.URL.Query() {
		require.NotNil(t, op.Parameters.GetByInAndName("query", q), "%s: %s is no parameter of it", where, q)
	}
	if op.RequestBody == nil {
		require.Empty(t, sent, "%s to a body that the contract does not know", where)
		return
	}
	if len(sent) == 0 {
		require.False(t, op.RequestBody.Value.Required, "%s to nothing", where)
		return
	}
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	media := op.RequestBody.Value.Content[kind]
	require.NotNil(t, media, "%s to %s", where, kind)
	fits(t, where, kind, media, sent)
}

func fits(t testing.TB, where, kind string, media *openapi3.MediaType, body []byte) {
	t.Helper()
	if media.Schema == nil || !strings.HasSuffix(kind, "json") {
		return
	}
	var v any
	require.NoError(t, json.Unmarshal(body, &v), where)
	err := contract().ValidateSchemaJSON(media.Schema.Value, v, openapi3.MultiErrors(), openapi3.EnableFormatValidation())
	require.NoError(t, err, "%s: %s", where, body)
}
