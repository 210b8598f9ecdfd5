package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// release is the workspace's version: major and minor.
type release [2]int

func (r release) since(major, minor int) bool {
	return r[0] > major || r[0] == major && r[1] >= minor
}

// release asks which version the workspace is, once.
func (a *api) release(ctx context.Context) release {
	a.once.Do(func() {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://workspace/api/info", nil)
		if err != nil {
			return
		}
		res, err := a.http.Do(req)
		if err != nil {
			return
		}
		defer res.Body.Close()
		var info struct {
			Version string
			Info    struct{ Version string }
		}
		data, _ := io.ReadAll(res.Body)
		json.Unmarshal(data, &info) // an unknown version is taken for the oldest
		if info.Version == "" {
			info.Version = info.Info.Version
		}
		fmt.Sscanf(info.Version, "%d.%d", &a.as[0], &a.as[1])
	})
	return a.as
}

// The calls that differ between versions, each with the version since which the
// REST call is there; before it the realtime method is used.

// take makes the caller serve what waits.
func (a *api) take(ctx context.Context, w who, inquiry string) error {
	return a.post(ctx, w, "livechat/inquiries.take", map[string]any{"inquiryId": inquiry}, nil)
}

// setStatus makes the caller available for chats, or not.
func (a *api) setStatus(ctx context.Context, w who, status string) error {
	if a.release(ctx).since(5, 4) {
		return a.post(ctx, w, "livechat/agent.status", map[string]any{"status": status}, nil)
	}
	return a.method(ctx, w, "livechat:changeLivechatStatus", nil, map[string]any{"status": status, "agentId": w.id})
}

// closing is how an agent ends a chat.
type closing struct {
	comment string
	tags    []string
	email   string // gets the transcript; "" means nobody
	subject string
	pdf     bool // since 6.0, in workspaces that have it
}

// closeChat ends a chat.
func (a *api) closeChat(ctx context.Context, w who, rid string, c closing) error {
	if !a.release(ctx).since(6, 0) {
		if c.email != "" {
			if err := a.askTranscript(ctx, w, rid, c.email, c.subject); err != nil {
				return err
			}
		}
		return a.method(ctx, w, "livechat:closeRoom", nil, rid, c.comment, map[string]any{"clientAction": true, "tags": c.tags})
	}
	body := map[string]any{"rid": rid, "comment": c.comment, "tags": c.tags, "generateTranscriptPdf": c.pdf}
	if c.email != "" {
		body["transcriptEmail"] = map[string]any{"sendToVisitor": true, "requestData": map[string]any{"email": c.email, "subject": c.subject}}
	}
	return a.post(ctx, w, "livechat/room.closeByUser", body, nil)
}

// askTranscript has the conversation mailed when it ends.
func (a *api) askTranscript(ctx context.Context, w who, rid, email, subject string) error {
	if a.release(ctx).since(6, 4) {
		return a.post(ctx, w, "livechat/transcript/"+url.PathEscape(rid), map[string]any{"email": email, "subject": subject}, nil)
	}
	return a.method(ctx, w, "livechat:requestTranscript", nil, rid, email, subject)
}

// discardTranscript takes that back.
func (a *api) discardTranscript(ctx context.Context, w who, rid string) error {
	if a.release(ctx).since(6, 4) {
		return a.do(ctx, w, http.MethodDelete, "livechat/transcript/"+url.PathEscape(rid), nil, nil, nil)
	}
	return a.method(ctx, w, "livechat:discardTranscript", nil, rid)
}

// upload sends a file into a chat.
func (a *api) upload(ctx context.Context, w who, rid, name, kind string, data []byte) error {
	body, err := fileBody(name, kind, data)
	if err != nil {
		return fmt.Errorf("send file: %w", err)
	}
	if !a.release(ctx).since(6, 10) {
		return a.post(ctx, w, "rooms.upload/"+url.PathEscape(rid), body, nil)
	}
	var stored struct {
		File struct {
			ID string `json:"_id"`
		}
	}
	if err := a.post(ctx, w, "rooms.media/"+url.PathEscape(rid), body, &stored); err != nil {
		return err
	}
	return a.post(ctx, w, "rooms.mediaConfirm/"+url.PathEscape(rid)+"/"+url.PathEscape(stored.File.ID), map[string]any{"msg": ""}, nil)
}

// queue are the chats that the caller may take, the oldest first.
func (a *api) queue(ctx context.Context, w who) (list []inquiry, total int, err error) {
	path := "livechat/inquiries.queued"
	if a.release(ctx).since(4, 6) {
		path = "livechat/inquiries.queuedForUser"
	}
	var answer struct {
		Inquiries []inquiry
		Total     int
	}
	err = a.get(ctx, w, path, url.Values{"sort": {`{"ts":1}`}, "count": {"50"}}, &answer)
	return answer.Inquiries, answer.Total, err
}

// typingEvent is the event that says who writes in a room.
func (a *api) typingEvent(ctx context.Context, rid string) string {
	if a.release(ctx).since(6, 0) {
		return rid + "/user-activity"
	}
	return rid + "/typing"
}

// typingParams say that somebody writes, or no longer does.
func (a *api) typingParams(ctx context.Context, rid, name string, on bool, more map[string]any) []any {
	params := []any{a.typingEvent(ctx, rid), name, on}
	if a.release(ctx).since(6, 0) {
		activity := []string{}
		if on {
			activity = []string{"user-typing"}
		}
		params[2] = activity
	}
	if more != nil {
		params = append(params, more)
	}
	return params
}

// readTyping reads such an event.
func readTyping(args []json.RawMessage) (name string, on bool) {
	if len(args) < 2 {
		return "", false
	}
	json.Unmarshal(args[0], &name)
	if json.Unmarshal(args[1], &on) == nil {
		return name, on
	}
	var activity []string
	json.Unmarshal(args[1], &activity)
	return name, len(activity) > 0
}
