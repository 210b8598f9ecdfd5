package bridge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// player is a server made of a recording: it knows what the recorded one knew
// at the end of the step that is played, and tells what that one told.
type player struct {
	t      testing.TB
	server *httptest.Server

	mu       sync.Mutex // guards what follows
	now      time.Time
	me       document
	rooms    map[string]document
	messages map[string][]document // by room, the oldest first
	deleted  map[string][]document // by room
	visitors map[string]document
	conn     *websocket.Conn
	dials    int // connections that there were

	auto        bool                                        // chats are assigned
	departments map[string]string                           // ids by name
	refuse      func(stream, event string) (error document) // how a subscription is refused; nil means it is not
	subs        []string                                    // what was subscribed to
}

func newPlayer(t testing.TB) *player {
	p := &player{t: t, rooms: map[string]document{}, messages: map[string][]document{}, deleted: map[string][]document{}, visitors: map[string]document{}, departments: recordedDepartments}
	mux := http.NewServeMux()
	mux.HandleFunc("/websocket", p.websocket)
	for path, answer := range answers {
		mux.HandleFunc("/api/"+path, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			defer p.mu.Unlock()
			w.Header().Set("Date", p.now.UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Type", "application/json")
			body := answer(p, r.URL.Query())
			if body["success"] == false {
				w.WriteHeader(http.StatusBadRequest)
			}
			json.NewEncoder(w).Encode(body)
		})
	}
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	return p
}

// answers are the calls that the bridge makes.
var answers = map[string]func(*player, url.Values) document{
	"info":                    func(*player, url.Values) document { return document{"version": "3.11.1"} },
	"v1/me":                   func(p *player, _ url.Values) document { return p.me },
	"v1/livechat/users/agent": func(*player, url.Values) document { return document{"users": []any{}, "total": 0} },
	"v1/rooms.get":            func(*player, url.Values) document { return document{"update": []any{}, "remove": []any{}} },
	"v1/permissions.listAll": func(*player, url.Values) document {
		return document{"update": []any{document{"_id": "view-l-room", "roles": []any{"livechat-manager"}}}, "remove": []any{}}
	},
	"v1/livechat/rooms": (*player).list,
	"v1/method.call/livechat:getRoutingConfig": func(p *player, _ url.Values) document {
		return document{"success": true, "message": fmt.Sprintf(`{"msg":"result","id":"1","result":{"autoAssignAgent":%t}}`, p.auto)}
	},
	"v1/rooms.info":        (*player).room,
	"v1/chat.syncMessages": (*player).sync,
	"v1/livechat/visitors.info": func(p *player, q url.Values) document {
		if v := p.visitors[q.Get("visitorId")]; v != nil {
			return document{"visitor": v}
		}
		return document{"success": false, "error": "visitor-not-found"}
	},
	"v1/livechat/department": func(p *player, _ url.Values) document {
		all := []document{}
		for name, id := range p.departments {
			all = append(all, document{"_id": id, "name": name, "enabled": true})
		}
		return document{"departments": all, "total": len(all)}
	},
}

var recordedDepartments = map[string]string{"Sales": "LzpGpvhFZAP4z9Kxb", "Support": "EgZ2RKox2o2HNDvGR", "Empty": "fCaDvAWikFWodLFQJ"}

func (p *player) list(q url.Values) document {
	all := []document{}
	for _, r := range p.rooms {
		if (r["open"] == true) == (q.Get("open") == "true") {
			all = append(all, r)
		}
	}
	return document{"rooms": all, "total": len(all)}
}

func (p *player) room(q url.Values) document {
	if r := p.rooms[q.Get("roomId")]; r != nil {
		return document{"room": r}
	}
	return document{"success": false, "error": "no such room [error-room-not-found]", "errorType": "error-room-not-found"}
}

func (p *player) sync(q url.Values) document {
	since, err := time.Parse(time.RFC3339, q.Get("lastUpdate"))
	if err != nil {
		p.t.Errorf("lastUpdate: %v", err)
	}
	updated := []document{}
	for _, m := range slices.Backward(p.messages[q.Get("roomId")]) {
		if at := momentOf(m["_updatedAt"]); at.IsZero() || at.After(since) {
			updated = append(updated, m)
		}
	}
	return document{"result": document{"updated": updated, "deleted": slices.Clone(p.deleted[q.Get("roomId")])}}
}

// websocket speaks as much DDP as a client needs.
func (p *player) websocket(w http.ResponseWriter, r *http.Request) {
	ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer ws.Close()
	p.mu.Lock()
	p.conn = ws
	p.dials++
	p.mu.Unlock()
	for {
		var f document
		if ws.ReadJSON(&f) != nil {
			return
		}
		switch f["msg"] {
		case "connect":
			p.write(document{"msg": "connected", "session": "s"})
		case "ping":
			p.write(document{"msg": "pong"})
		case "sub":
			p.write(p.subscribe(f))
		case "method":
			p.write(document{"msg": "result", "id": f["id"], "result": document{"id": p.me["_id"], "token": "TOKEN"}})
		}
	}
}

// subscribe answers a subscription.
func (p *player) subscribe(f document) document {
	stream, event := fmt.Sprint(f["name"]), fmt.Sprint(f["params"].([]any)[0])
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subs = append(p.subs, stream+" "+event)
	if p.refuse != nil {
		if no := p.refuse(stream, event); no != nil {
			no["msg"], no["id"] = "nosub", f["id"]
			return no
		}
	}
	return document{"msg": "ready", "subs": []any{f["id"]}}
}

func (p *player) subscribed() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.subs)
}

// dialled is how many connections there were.
func (p *player) dialled() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

func (p *player) write(v any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn.WriteJSON(v) // a client that has gone reads nothing
}

// send tells what the recorded server told.
func (p *player) send(frames []json.RawMessage) {
	for _, f := range frames {
		p.write(f)
	}
}

// options make a bridge for it.
func (p *player) options() Options {
	return Options{
		URL: p.server.URL, UserID: p.me["_id"].(string), Token: "TOKEN", Reconcile: time.Hour,
		HTTP: &http.Client{Transport: &http.Transport{}}, Log: testLog(p.t),
	}
}

// sendRaw sends what need not be JSON.
func (p *player) sendRaw(frame string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn.WriteMessage(websocket.TextMessage, []byte(frame)) // a client that has gone reads nothing
}
