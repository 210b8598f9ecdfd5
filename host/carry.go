package host

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Services are what effects need besides the workspace. An effect whose
// service is missing is refused.
type Services struct {
	// Transcribe writes a conversation down in all forms.
	Transcribe func(transcript.Conversation) (Document, error)
	// Mail hands a mail to a server. *mail.Sender is the real one.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
	// Calls makes the links of calls, and CallPatience is how long guest and agent
	// have to come to one; 0 means 3m.
	Calls        *call.Links
	CallPatience time.Duration
	// Web asks other systems. (*web.Client).Do is the real one.
	Web func(ctx context.Context, r web.Request) (sdk.Response, error)
	// Conferences says that calls are Rocket.Chat's own conferences, where there
	// are no links.
	Conferences bool
}

// carryOut makes one attempt of an effect.
func (h *Host) carryOut(ctx context.Context, j *job, e bridge.Effect) (o sdk.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			h.log.Error("carrying out an effect panicked: report this", "instance", e.Instance, "effect", e.Key, "chat", e.Chat, "err", v, "stack", string(debug.Stack()))
			o = sdk.Outcome{State: sdk.Unconfirmed, Reason: fmt.Sprintf("panic: %v", v)}
		}
	}()
	if carry := kinds[e.Kind].carry; carry != nil {
		return carry(h, ctx, j, e)
	}
	return h.workspace.Apply(ctx, e)
}

// tag remembers which of the tags were there before: those stay a person's. Of a
// chat that the store does not know, all do.
func (h *Host) tag(ctx context.Context, j *job, e bridge.Effect) sdk.Outcome {
	if j.added == nil {
		known, err := h.store.Chat(e.Chat)
		if err != nil {
			return bridge.Later(err.Error())
		}
		j.added = slices.DeleteFunc(slices.Clone(e.Tags), func(t string) bool { return known.Chat.ID == "" || slices.Contains(known.Chat.Tags, t) })
	}
	return h.workspace.Apply(ctx, e)
}

// share sends a file into the chat. What shows a file of the same name may be
// another effect's.
func (h *Host) share(ctx context.Context, _ *job, e bridge.Effect) sdk.Outcome {
	e.Claimed = h.claimed(e.Key)
	return h.workspace.Apply(ctx, e)
}

// claimed says of traces whether they are another effect's than this.
func (h *Host) claimed(than sdk.EffectKey) func(string) bool {
	return func(trace string) bool {
		by := h.ours(trace)
		return by != "" && by != than
	}
}

// untag takes away only what Bellhop has set.
func (h *Host) untag(ctx context.Context, _ *job, e bridge.Effect) sdk.Outcome {
	ours, err := h.store.OurTags(e.Chat)
	if err != nil {
		return bridge.Later(err.Error())
	}
	e.OurTags = ours
	return h.workspace.Apply(ctx, e)
}

// changedTags are the tags that the effect has added or taken away.
func (j *job) changedTags() []string {
	if e := j.effect(); e.Kind == sdk.EffectUntag {
		return e.Tags
	}
	return j.added
}

func refused(why string) sdk.Outcome { return sdk.Outcome{State: sdk.Refused, Reason: why} }
