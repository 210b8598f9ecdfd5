package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge/ddp"
	"github.com/bellhop-chat/bellhop/bridge/rest"
)

// Verdict says how something that was looked at is.
type Verdict string

// The verdicts.
const (
	Right    Verdict = "right"
	Missing  Verdict = "missing"  // Bellhop can't work without it
	Doubtful Verdict = "doubtful" // Bellhop works, and something may not
	Unknown  Verdict = "unknown"  // the server does not let the account see it
)

// Finding is one thing in the workspace that was looked at.
type Finding struct {
	What    string  `json:"what"` // such as "permission transfer-livechat-guest"
	Verdict Verdict `json:"verdict"`
	Is      string  `json:"is"`              // what is there
	Stops   string  `json:"stops,omitempty"` // what does not work without it
	Do      string  `json:"do,omitempty"`    // what to change, and where
	Who     string  `json:"who,omitempty"`   // who needs it
}

// maxSkew is how far our clock may be from the server's before people should
// set it.
const maxSkew = time.Minute

// examination is one look at the workspace.
type examination struct {
	*Bridge
	is       rest.Info // the server
	who      rest.User // the account
	uses     Uses
	findings []Finding
}

// Uses names who may ask for effects and reads, by their kinds: what these need
// is missing where it is not there, and what nobody needs is only doubtful.
type Uses map[string][]string

// of are those who may ask for one of the kinds.
func (u Uses) of(kinds []string) []string {
	var all []string
	for _, k := range kinds {
		all = append(all, u[k]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Examine looks at all that Bellhop, and who uses it, needs of the workspace, and
// changes nothing. It stops at what hides everything else, such as a wrong token.
func (b *Bridge) Examine(ctx context.Context, uses Uses) []Finding {
	x := &examination{Bridge: b, uses: uses}
	for _, look := range []func(context.Context) (goOn bool){
		x.server, x.account, x.release, x.clockSkew, x.permissions, x.websocket, x.settings, x.departments, x.edition,
	} {
		if !look(ctx) {
			break
		}
	}
	return x.findings
}

// lost is for what nothing works without.
func (x *examination) lost(what string, err error) {
	is, do := rest.Advice(err)
	x.found(Finding{What: what, Verdict: Missing, Is: is, Stops: "everything", Do: do})
}

func (x *examination) found(f Finding) { x.findings = append(x.findings, f) }

func (x *examination) right(what, is string) { x.found(Finding{What: what, Verdict: Right, Is: is}) }

func (x *examination) doubt(what, is, stops, do string) {
	x.found(Finding{What: what, Verdict: Doubtful, Is: is, Stops: stops, Do: do})
}

func (x *examination) server(ctx context.Context) bool {
	info, err := x.rest.Info(ctx)
	if err != nil {
		x.lost("server", err)
		return false
	}
	x.is = info
	f := version(info)
	f.Is = "Rocket.Chat " + info.Version + " at " + x.rest.URL() + f.Is
	x.found(f)
	return f.Verdict != Missing
}

// version says what is known of the server's version: see the package comment.
func version(i rest.Info) Finding {
	f := Finding{What: "server", Verdict: Right}
	switch {
	case !i.AtLeast(3, 0):
		f.Verdict, f.Stops, f.Do = Missing, "everything: its calls are others", "upgrade the server to 3.11 or newer"
	case i.AtLeast(3, 11) && !i.AtLeast(3, 12):
	case i.AtLeast(7, 7) && !i.AtLeast(8, 4):
		f.Is = ", whose calls and rules Bellhop is tested with, but not yet with a server of that version"
	default:
		f.Verdict, f.Stops, f.Do = Doubtful, "what differs from 3.11 and from 7.7 to 8.3, with which Bellhop is tested", "let instances run in shadow first, and read what they would have done"
	}
	return f
}

func (x *examination) clockSkew(context.Context) bool {
	skew := time.Since(x.clock.now()).Round(10 * time.Second) // the server tells whole seconds
	if skew.Abs() <= maxSkew {
		x.right("clock", "this machine's and the server's agree")
		return true
	}
	is := fmt.Sprintf("this machine is about %s ahead of the server", skew)
	if skew < 0 {
		is = fmt.Sprintf("this machine is about %s behind the server", -skew)
	}
	x.doubt("clock", is, "nothing: Bellhop goes by the server's clock; but what people read in logs is of another time", "set the clock that is wrong, for instance by NTP: this machine says "+x.clock.now().Add(skew).UTC().Format(time.RFC3339))
	return true
}

func (x *examination) websocket(ctx context.Context) bool {
	config, proxy := x.way()
	conn, err := ddp.Dial(ctx, ddp.Options{URL: x.rest.URL(), TLS: config, Proxy: proxy, Log: x.log})
	if err == nil {
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn.Run(run)
		}()
		_, err = conn.LoginToken(ctx, x.me.Load().Token)
		stop()
		<-ended
	}
	if err != nil {
		x.found(Finding{What: "realtime API", Verdict: Missing, Is: err.Error(), Stops: "hearing of anything at once", Do: "let websockets through to /websocket, also in the proxy before the server"})
		return true
	}
	x.right("realtime API", "a websocket connects and takes the login")
	return true
}

func (x *examination) edition(ctx context.Context) bool {
	paid, err := x.rest.Enterprise(ctx)
	switch {
	case err != nil:
		x.unknown("edition", err)
	case paid:
		x.right("edition", "with the paid omnichannel features")
	default:
		x.right("edition", "without the paid omnichannel features: no holding of chats, no priorities, no PDF transcripts made by the server; all else works")
	}
	return true
}

func (x *examination) unknown(what string, err error) {
	is, do := rest.Advice(err)
	x.found(Finding{What: what, Verdict: Unknown, Is: is, Do: do})
}
