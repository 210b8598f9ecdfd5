package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"sync"
)

// api is the workspace as its clients know it.
type api struct {
	dial func(context.Context) (net.Conn, error)
	http *http.Client

	once sync.Once
	as   release
}

// who makes a call: a user, a guest, or with neither anybody.
type who struct {
	id, token string // a user's
	visitor   string // a guest's token
}

// errSignedOut is the workspace's answer to a token that is no more.
var errSignedOut = errors.New("signed out by the workspace: sign in again")

// do makes a REST call and reads its answer into into, which may be nil.
func (a *api) do(ctx context.Context, w who, verb, path string, query url.Values, body, into any) error {
	var content io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case *multipartBody:
		content, kind = &b.buf, b.kind
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return fmt.Errorf("call %s: %w", path, err)
		}
		content, kind = bytes.NewReader(data), "application/json"
	}
	link := "http://workspace/api/v1/" + path
	if len(query) > 0 {
		link += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, verb, link, content)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	w.sign(req)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	defer res.Body.Close()
	return readAnswer(res, path, into)
}

func (w who) sign(req *http.Request) {
	if w.token != "" {
		req.Header.Set("X-User-Id", w.id)
		req.Header.Set("X-Auth-Token", w.token)
	}
	if w.visitor != "" {
		req.Header.Set("X-Visitor-Token", w.visitor)
	}
}

func readAnswer(res *http.Response, path string, into any) error {
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return errSignedOut
	case res.StatusCode != http.StatusOK:
		return refused(data, res.StatusCode)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("call %s: read answer: %w", path, err)
	}
	return nil
}

// refused reads a failure, of which the API has several shapes.
func refused(data []byte, status int) error {
	var body struct {
		Error     any    `json:"error"`
		ErrorType string `json:"errorType"`
		Message   string `json:"message"`
		Reason    string `json:"reason"`
	}
	json.Unmarshal(data, &body) // what is no JSON says nothing
	var inner frame
	if json.Unmarshal([]byte(body.Message), &inner) == nil && inner.Error != nil { // of a method that was called by REST
		return inner.Error.err()
	}
	r := &refusal{code: body.ErrorType, text: body.Reason}
	if text, ok := body.Error.(string); ok && r.text == "" {
		r.text = text
	}
	if r.text == "" {
		r.text = body.Message
	}
	if r.code == "" {
		r.code = r.text
	}
	if r.text == "" {
		r.text = http.StatusText(status)
	}
	return r
}

// get is a call that only reads.
func (a *api) get(ctx context.Context, w who, path string, query url.Values, into any) error {
	return a.do(ctx, w, http.MethodGet, path, query, nil, into)
}

// post is a call that changes something.
func (a *api) post(ctx context.Context, w who, path string, body, into any) error {
	return a.do(ctx, w, http.MethodPost, path, nil, body, into)
}

// method calls a realtime method by REST.
func (a *api) method(ctx context.Context, w who, name string, into any, params ...any) error {
	if params == nil {
		params = []any{}
	}
	message, err := json.Marshal(map[string]any{"msg": "method", "id": "1", "method": name, "params": params})
	if err != nil {
		return err
	}
	var answer struct{ Message string }
	if err := a.post(ctx, w, "method.call/"+url.PathEscape(name), map[string]any{"message": string(message)}, &answer); err != nil {
		return err
	}
	var f frame
	if err := json.Unmarshal([]byte(answer.Message), &f); err != nil {
		return fmt.Errorf("call %s: read answer: %w", name, err)
	}
	switch {
	case f.Error != nil:
		return f.Error.err()
	case into == nil || len(f.Result) == 0:
		return nil
	}
	return json.Unmarshal(f.Result, into)
}

// multipartBody is a file with fields.
type multipartBody struct {
	buf  bytes.Buffer
	kind string
}

func fileBody(name, kind string, data []byte) (*multipartBody, error) {
	b := &multipartBody{}
	form := multipart.NewWriter(&b.buf)
	b.kind = form.FormDataContentType()
	head := textproto.MIMEHeader{}
	head.Set("Content-Disposition", multipart.FileContentDisposition("file", name))
	head.Set("Content-Type", kind)
	part, err := form.CreatePart(head)
	if err != nil {
		return nil, err
	}
	_, err = part.Write(data)
	return b, errors.Join(err, form.Close())
}

// file fetches an upload.
func (a *api) file(ctx context.Context, w who, rid, path string) (*http.Response, error) {
	link := "http://workspace" + path
	if w.visitor != "" {
		link += "?" + url.Values{"rc_room_type": {"l"}, "rc_rid": {rid}, "rc_token": {w.visitor}}.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	w.sign(req)
	return a.http.Do(req)
}
