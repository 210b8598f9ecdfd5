package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// way is one of several in which servers do the same thing.
type way[A any] struct {
	call   string // how it is told apart from the others
	from   [2]int // the first version that has it: major, minor
	before [2]int // the first that has it no more; zero means that all later ones have it
	do     func(*Client, context.Context, A) error
}

// The table of what versions do differently, the newest way first. What takes
// the version's word is tried first; what a server says it has not, last.
var (
	waysToClose = []way[ending]{
		{"livechat/room.closeByUser", [2]int{6}, [2]int{}, (*Client).closeByUser},
		{"livechat:closeRoom", [2]int{}, [2]int{8}, (*Client).closeRoom},
	}
	waysToSave = []way[saving]{
		{"livechat/room.saveInfo", [2]int{5, 3}, [2]int{}, (*Client).roomSaveInfo},
		{"livechat:saveInfo", [2]int{}, [2]int{7}, (*Client).saveInfo},
	}
	waysToTake = []way[taking]{
		{"livechat/inquiries.take", [2]int{3}, [2]int{}, (*Client).inquiriesTake},
		{"livechat:takeInquiry", [2]int{}, [2]int{8}, (*Client).takeInquiry},
	}
	waysToReturn = []way[string]{
		{"livechat/inquiries.returnAsInquiry", [2]int{7, 11}, [2]int{}, (*Client).inquiriesReturn},
		{"livechat:returnAsInquiry", [2]int{}, [2]int{8}, (*Client).returnAsInquiry},
	}
	waysToResume = []way[string]{
		{"livechat/room.resumeOnHold", [2]int{6, 3}, [2]int{}, (*Client).roomResume},
		{"livechat:resumeOnHold", [2]int{3, 13}, [2]int{8}, (*Client).resumeOnHold},
	}
	waysToBeAvailable = []way[availability]{
		{"livechat/agent.status", [2]int{5, 4}, [2]int{}, (*Client).agentStatus},
		{"livechat:changeLivechatStatus", [2]int{}, [2]int{8}, (*Client).changeLivechatStatus},
	}
	waysToUpload = []way[*upload]{
		{"rooms.media", [2]int{6, 10}, [2]int{}, (*Client).media},
		{"rooms.upload", [2]int{}, [2]int{8}, (*Client).roomsUpload},
	}
	waysToMail = []way[Transcript]{
		{"livechat:sendTranscript", [2]int{}, [2]int{8}, (*Client).sendTranscript},
		{"livechat/transcript", [2]int{}, [2]int{}, (*Client).guestTranscript},
	}
	waysToAsk = []way[Transcript]{
		{"livechat/transcript/:rid", [2]int{6, 4}, [2]int{}, (*Client).transcriptAtEnd},
		{"livechat:requestTranscript", [2]int{}, [2]int{7}, (*Client).requestTranscript},
	}
	waysToRoute = []way[*routing]{
		{"livechat/config/routing", [2]int{7, 11}, [2]int{}, (*Client).configRouting},
		{"livechat:getRoutingConfig", [2]int{}, [2]int{8}, (*Client).routingConfig},
	}
	waysToHook = []way[hooking]{
		{"omnichannel/integrations", [2]int{6}, [2]int{}, (*Client).integrations},
		{"livechat:saveIntegration", [2]int{}, [2]int{7}, (*Client).saveIntegration},
	}
	waysToRead = []way[*reading]{
		{"livechat/:rid/messages", [2]int{4, 2}, [2]int{}, (*Client).chatMessages},
		{"channels.history", [2]int{}, [2]int{}, (*Client).channelsHistory},
	}
)

// has reports whether servers of the version have the way.
func (w way[A]) has(i Info) bool {
	return i.AtLeast(w.from[0], w.from[1]) && (w.before == [2]int{} || !i.AtLeast(w.before[0], w.before[1]))
}

// try does it in the first way that the server has. A failure that is not "no
// such call" may have come after the deed, so no other way is tried then.
func try[A any](ctx context.Context, c *Client, ways []way[A], a A) error {
	info, err := c.known(ctx) // and only a server that has answered says by a page that it has no such call
	if err != nil {
		return err
	}
	var absent error
	var lacks []string
	for _, w := range ordered(c, ways, info) {
		err := w.do(c, ctx, a)
		if !IsNoCall(err) {
			c.remember(w.call, lacks)
			return err
		}
		lacks = append(lacks, w.call)
		if absent == nil || errors.Is(err, ErrNotFound) { // which tells more
			absent = err
		}
	}
	return absent
}

// ordered are the ways by how likely this server has them. None is left out:
// it may have become another version since it told us.
func ordered[A any](c *Client, ways []way[A], info Info) []way[A] {
	hope := func(w way[A]) int {
		if _, lacks := c.lacks.Load(w.call); lacks {
			return 2
		}
		if !w.has(info) {
			return 1
		}
		return 0
	}
	out := slices.Clone(ways)
	slices.SortStableFunc(out, func(a, b way[A]) int { return hope(a) - hope(b) })
	return out
}

// remember notes what the server has, and what it has not.
func (c *Client) remember(has string, lacks []string) {
	c.lacks.Delete(has)
	for _, call := range lacks {
		c.lacks.Store(call, true)
	}
}

// known is what the server has told of itself. It is asked once.
func (c *Client) known(ctx context.Context) (Info, error) {
	if i := c.info.Load(); i != nil {
		return *i, nil
	}
	return c.Info(ctx)
}

// IsNoCall reports whether the server has no such call. Newer ones answer a
// 404 in JSON without any code.
func IsNoCall(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Kind == ErrNoCall || e.Kind == ErrNotFound && e.Status == http.StatusNotFound && e.Code == "")
}
