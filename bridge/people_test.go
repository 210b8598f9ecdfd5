package bridge

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/bridge/lobby"
	"github.com/bellhop-chat/bellhop/sdk"
)

// answering has the server say something else.
func answering(status int, body string) deed {
	return func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
			Body: io.NopCloser(bytes.NewBufferString(body)),
		}, nil
	}
}

func TestContactIsThePersonBehindTheChat(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		g := d.guest("maya", "Sales")
		got, err := d.bridge.Contact(t.Context(), g.chat())
		keeps := d.floor.opt.As != "3.11"
		if err != nil || got.Name != "maya" || !slices.Equal(got.Emails, []string{"maya@visitor.example"}) || (got.ID != "") != keeps || got.Problem != "" {
			t.Errorf("contact %+v, %v", got, err)
		}
		if keeps && !slices.Equal(got.Channels, []string{"widget"}) {
			t.Errorf("came by %q", got.Channels)
		}
		if _, err := d.bridge.Contact(t.Context(), "nowhere"); err == nil || !strings.Contains(err.Error(), "the chat no longer exists") {
			t.Errorf("contact of no chat: %v", err)
		}
	})
}

// TestMergedContactIsToldWhole: of several visitors who became one, all channels,
// and what they disagree about.
func TestMergedContactIsToldWhole(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "8.3"})
	g := d.guest("maya", "Sales")
	asked := ""
	d.wire.on("omnichannel/contacts.get", func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
		asked = r.URL.Query().Get("contactId")
		return answering(200, `{"success": true, "contact": {"_id": "k1", "name": "Maya Jones", "emails": [{"address": "m@a.example"}, {"address": "m@b.example"}],
			"customFields": {"tier": "gold"}, "contactManager": "u1", "unknown": false, "createdAt": "2026-01-02T03:04:05.000Z", "lastChat": {"_id": "r9", "ts": "2026-02-03T04:05:06.000Z"},
			"channels": [{"name": "Web", "details": {"type": "widget"}}, {"name": "mail", "details": {"type": "email"}}, {"name": "Web 2", "details": {"type": "widget"}}],
			"conflictingFields": [{"field": "manager", "value": "u2"}, {"field": "customFields.tier", "value": "silver"}]}}`)(next, r)
	})
	got, err := d.bridge.Contact(t.Context(), g.chat())
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprint(got.ID, got.Name, got.Emails, got.Fields, got.Manager.ID, got.Channels, got.Conflicts, got.Since.Year(), got.LastChat.Month())
	if want := "k1Maya Jones[m@a.example m@b.example] map[tier:gold]u1[widget email] [manager tier] 2026 February"; said != want {
		t.Errorf("contact %s", said)
	}
	if room := d.roomOf(g.chat()); asked != room["contactId"] {
		t.Errorf("asked for %s, and the chat's contact is %v", asked, room["contactId"])
	}
}

// TestContactThatIsGoneIsTheVisitor: until it is known whom it became, the
// visitor's own data are true.
func TestContactThatIsGoneIsTheVisitor(t *testing.T) {
	d := openDesk(t, lobby.Options{As: "7.7.3"})
	g := d.guest("maya", "Sales")
	d.wire.on("omnichannel/contacts.get", answering(404, `{"success": false, "error": "Resource not found"}`))
	if got, err := d.bridge.Contact(t.Context(), g.chat()); err != nil || got.ID != "" || got.Name != "maya" {
		t.Errorf("contact %+v, %v", got, err)
	}
}

func TestPastChatsAreThoseThatHaveEndedOverAllDepartments(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		other := d.guest("ben", "Sales")
		d.alice.take(other.rid)
		d.alice.close(other.rid, "not hers")
		var past []sdk.ChatID
		for n, department := range []string{"Sales", "Billing"} {
			g := d.guest("maya", department)
			g.say("hello")
			d.as("carol").take(g.rid)
			d.as("carol").close(g.rid, fmt.Sprint("solved ", n), "vip")
			past = append(past, g.chat())
		}
		g := d.guest("maya", "Sales")
		got, err := d.bridge.PastChats(t.Context(), g.chat())
		if err != nil || len(got) != 2 {
			t.Fatalf("%d past chats, %v: %+v", len(got), err, got)
		}
		for n, p := range got {
			if want := fmt.Sprint("solved ", 1-n); p.ID != past[1-n] || p.Closing.Comment != want || p.Closing.By.Username != "carol" || p.Agent.Username != "carol" ||
				!slices.Equal(p.Tags, []string{"vip"}) || p.OpenedAt.IsZero() || p.ClosedAt.IsZero() || p.Messages == 0 || p.Visitor != "maya" {
				t.Errorf("past chat %d: %+v", n, p)
			}
		}
		if got, err := d.bridge.PastChats(t.Context(), past[1]); err != nil || len(got) != 1 || got[0].ID != past[0] {
			t.Errorf("of one that has ended itself: %+v, %v", got, err)
		}
	})
}

func TestContactsAreFoundByNameAddressAndNumber(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		d.guest("maya", "Sales")
		d.guest("mayor", "Sales")
		d.guest("ben", "Sales")
		for text, want := range map[string]string{"MAY": "maya mayor", "maya@visitor": "maya", "nobody": ""} {
			got, err := d.bridge.SearchContacts(t.Context(), text)
			var names []string
			for _, k := range got {
				names = append(names, k.Name)
			}
			if err != nil || strings.Join(names, " ") != want {
				t.Errorf("%s: found %q, %v", text, names, err)
			}
		}
	})
}

// TestPageIsWhereTheGuestIs: pages are kept whether or not agents see them, and
// those from before the chat are the chat's.
func TestPageIsWhereTheGuestIs(t *testing.T) {
	eachVersion(t, lobby.Options{}, func(d *desk) {
		visits := func(token, rid, title string, location any) {
			(&caller{f: d.floor}).post("livechat/page.visited", map[string]any{"token": token, "rid": rid, "pageInfo": map[string]any{"change": "url", "title": title, "location": location}})
		}
		is := func(chat sdk.ChatID, title, address string) {
			t.Helper()
			if got, err := d.bridge.Page(t.Context(), chat); err != nil || got.Title != title || got.URL != address || got.At.IsZero() != (address == "") {
				t.Errorf("page %.200v, %v; want %.100s", got, err, address)
			}
		}
		stranger := d.guest("noor", "Sales")
		is(stranger.chat(), "", "")
		(&caller{f: d.floor}).post("livechat/page.visited", map[string]any{"token": "token-maya", "pageInfo": map[string]any{
			"change": "url", "title": "Prices", "location": map[string]any{"href": "https://shop.example.com/pricing"},
		}})
		g := d.guest("maya", "Sales")
		is(g.chat(), "Prices", "https://shop.example.com/pricing")
		visits(g.gtoken, g.rid, "Cart\x1b[31m\n<script>", map[string]any{"href": "https://shop.example.com/cart?<script>alert(1)</script>"})
		is(g.chat(), "Cart[31m <script>", "https://shop.example.com/cart?<script>alert(1)</script>")
		long := "https://shop.example.com/" + strings.Repeat("x", 10000)
		visits(g.gtoken, g.rid, strings.Repeat("y", 10000), map[string]any{"href": long})
		if got, err := d.bridge.Page(t.Context(), g.chat()); err != nil || got.URL != long[:2048] || len(got.Title) != 2048 {
			t.Errorf("long page: %.50s of %d bytes, title of %d, %v", got.URL, len(got.URL), len(got.Title), err)
		}
		visits(g.gtoken, g.rid, "", map[string]any{"href": 7})
		if got, err := d.bridge.Page(t.Context(), g.chat()); err != nil || got.URL != "" {
			t.Errorf("page that is none: %v, %v", got, err)
		}
		is(stranger.chat(), "", "")
		if _, err := d.bridge.Page(t.Context(), "nowhere"); err == nil || !strings.Contains(err.Error(), "read the guest's page") {
			t.Errorf("page of no chat: %v", err)
		}
	})
}
