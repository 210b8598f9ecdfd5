package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// guarantee is what makes a repeat safe: see the package comment.
type guarantee string

const (
	named     guarantee = "Named"
	level     guarantee = "Level"
	witnessed guarantee = "Witnessed"
	none      guarantee = "-"
)

// kind is how effects of one kind are carried out.
type kind struct {
	guarantee guarantee
	// open says that a closed chat does not take it. Servers would put a message
	// into it.
	open bool
	// alone is what hangs on no chat: neither is one read, nor its assumptions.
	alone bool
	// once says that there is no other attempt: what ended nothing is done, and
	// nobody saw it.
	once bool
	// beside is what is read at the same time as the chat; nil means nothing.
	beside func(*attempt, context.Context) error
	// traced reports whether the effect was carried out already, and what it
	// did. It is nil where a repeat finds its own way.
	traced func(*attempt, context.Context) (sdk.Outcome, bool, error)
	// always has traced asked on the first attempt too: a repeat would do harm,
	// and a store that was restored from a backup knows of no attempt.
	always bool
	do     func(*attempt, context.Context) sdk.Outcome
	// around is begun before anything is read, and ended last.
	around func(*attempt, context.Context) (end func())
}

// kinds is the table of the package comment.
var kinds = map[sdk.EffectKind]kind{
	sdk.EffectReply:   {guarantee: named, open: true, traced: (*attempt).wasSaid, do: (*attempt).reply},
	sdk.EffectTell:    {guarantee: named, traced: (*attempt).wasSaid, do: (*attempt).tell},
	sdk.EffectCall:    {guarantee: named, open: true, traced: (*attempt).wasSaid, do: (*attempt).call},
	sdk.EffectAnswer:  {guarantee: named, alone: true, traced: (*attempt).wasSaid, do: (*attempt).tell},
	sdk.EffectTag:     {guarantee: level, around: (*attempt).listen, traced: (*attempt).wasTagged, do: (*attempt).tag},
	sdk.EffectUntag:   {guarantee: level, around: (*attempt).listen, traced: (*attempt).wasTagged, do: (*attempt).untag},
	sdk.EffectForward: {guarantee: witnessed, open: true, beside: (*attempt).scout, traced: (*attempt).wasMoved, always: true, do: (*attempt).forward},
	sdk.EffectClose:   {guarantee: witnessed, open: true, traced: (*attempt).wasClosed, always: true, do: (*attempt).end},
	sdk.EffectFile:    {guarantee: witnessed, open: true, traced: (*attempt).wasShared, always: true, do: (*attempt).share},
	sdk.EffectEdit:    {guarantee: level, alone: true, traced: (*attempt).wasEdited, do: (*attempt).edit},
	sdk.EffectDelete:  {guarantee: level, alone: true, traced: (*attempt).wasErased, do: (*attempt).erase},
	sdk.EffectDirect:  {guarantee: named, alone: true, traced: (*attempt).wasSaid, do: (*attempt).writeTo},
	sdk.EffectPost:    {guarantee: named, alone: true, traced: (*attempt).wasSaid, do: (*attempt).post},
	sdk.EffectTyping:  {guarantee: none, open: true, once: true, traced: (*attempt).wasTyping, do: (*attempt).writes},
	EffectPDF:         {guarantee: witnessed, alone: true, traced: (*attempt).wasSent, always: true, do: (*attempt).sendFile},
	EffectServerMail:  {guarantee: witnessed, traced: (*attempt).wasMailed, always: true, do: (*attempt).mailTranscript},
	EffectConference:  {guarantee: witnessed, open: true, traced: (*attempt).wasSaid, do: (*attempt).conference},
	EffectServerPDF:   {guarantee: witnessed, traced: (*attempt).wasSent, always: true, do: (*attempt).sendServerPDF},

	sdk.EffectTake:     {guarantee: witnessed, open: true, traced: (*attempt).wasTaken, do: (*attempt).take},
	sdk.EffectQueue:    {guarantee: witnessed, open: true, beside: (*attempt).readMoves, traced: (*attempt).wasReturned, always: true, do: (*attempt).requeue},
	sdk.EffectHold:     {guarantee: witnessed, open: true, traced: (*attempt).wasHeld, always: true, do: (*attempt).hold},
	sdk.EffectResume:   {guarantee: witnessed, open: true, traced: (*attempt).wasResumed, always: true, do: (*attempt).resume},
	sdk.EffectField:    {guarantee: level, around: (*attempt).listen, traced: (*attempt).wasSet, do: (*attempt).setField},
	sdk.EffectPriority: {guarantee: level, open: true, traced: (*attempt).wasPrioritized, do: (*attempt).prioritize},
	sdk.EffectContact:  {guarantee: level, traced: (*attempt).wasCorrected, do: (*attempt).editContact},
	sdk.EffectStatus:   {guarantee: level, alone: true, traced: (*attempt).wasAvailable, do: (*attempt).setStatus},
}

// attempt is one attempt to carry an effect out.
type attempt struct {
	*Bridge
	kind
	e    Effect
	by   sdk.Person // Bellhop's own account
	room rest.Room  // as it was when last read

	moves  []rest.Transfer // forward: of the chat, as last read
	agents []rest.User     // forward: with their status; nil where they were not read yet
	unseen error           // forward: why they cannot be read
	first  *destination    // forward: the first target, if it was found at once
	from   int             // forward: which of the targets is next
	notes  []string        // forward: why the targets before it were none
	heard  *listening      // tag, untag: what others do meanwhile; nil where nothing tells
}

// Apply carries one effect out and says how it ended; the time is left to the
// host. It may be called from many goroutines, but for one chat at a time.
//
// No failure is believed before the server was looked at: it may have acted
// and then stumbled, or its answer may have been lost. What the server does so
// late that the look misses it is found by the next attempt.
func (b *Bridge) Apply(ctx context.Context, e Effect) sdk.Outcome {
	k, ok := kinds[e.Kind]
	if !ok || slices.Contains([]sdk.EffectKind{EffectPDF, EffectServerPDF}, e.Kind) && e.Attachment == nil || e.Kind == EffectServerMail && (e.Delivery == nil || len(e.Delivery.Mail) != 1) || e.Kind == sdk.EffectFile && e.File == nil {
		return refused(fmt.Sprintf("the workspace has no effect %q", e.Kind))
	}
	if left := e.Until.Sub(b.Now()); left > 0 { // a wait for the rate limiter must not make it late
		timely, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		ctx = timely
	}
	if why := b.fenced(ctx); why != "" {
		return Later(why)
	}
	if why := b.busy(e); why != "" {
		return Later(why)
	}
	a := &attempt{Bridge: b, kind: k, e: e}
	if k.around != nil {
		defer k.around(a, ctx)()
	}
	o, over := a.prepare(ctx)
	if !over {
		o = k.do(a, ctx)
	}
	if k.once && o.State == "" {
		return unchanged("nobody sees it: " + o.Reason)
	}
	if o.Unchanged && e.Attempt > 0 && !k.once {
		o.Unchanged = false
		o.Detail += " by this attempt; an earlier one may have made it so"
	}
	return o
}

// prepare finds out whether there is something left to do, and may be done.
func (a *attempt) prepare(ctx context.Context) (o sdk.Outcome, over bool) {
	var err error
	if a.by, err = a.self(ctx); err != nil {
		return failed(err), true
	}
	if err := a.readAll(ctx); err != nil {
		return failed(err), true
	}
	stale := a.late()
	if stale == "" && !a.alone {
		stale = a.broken(ctx)
	}
	if a.traced != nil && (a.always || a.e.Attempt > 0 || stale != "") {
		o, found, err := a.traced(a, ctx)
		if err != nil {
			return failed(err), true
		}
		if found {
			return o, true
		}
	}
	if stale != "" && a.from == 0 { // where a forward goes on, it has moved the chat itself
		return overtaken(stale), true
	}
	return sdk.Outcome{}, false
}

// readAll reads what the kind needs, all at once.
func (a *attempt) readAll(ctx context.Context) error {
	if a.alone {
		return nil
	}
	if a.beside == nil {
		return a.read(ctx)
	}
	g, within := errgroup.WithContext(ctx)
	var beside error
	g.Go(func() error { return a.read(within) })
	g.Go(func() error { beside = a.beside(a, within); return nil })
	if err := g.Wait(); err != nil {
		return err // that the chat is gone tells more than what hangs on it
	}
	return beside
}

// read looks at the chat.
func (a *attempt) read(ctx context.Context) error {
	room, err := a.rest.Room(ctx, string(a.e.Chat))
	switch {
	case err != nil:
		return deleted(err)
	case room.Type != "l": // what is said in another room, other people read
		return fmt.Errorf("room %s is no chat with a guest: %w", room.ID, rest.ErrRefused)
	}
	a.room = room
	return nil
}

// deleted is the error of a call about the chat, in words when there is no
// such chat.
func deleted(err error) error {
	if errors.Is(err, rest.ErrNotFound) {
		return fmt.Errorf("the chat no longer exists: it was deleted: %w", err)
	}
	return err
}

// late says that the effect's time is over; "" means that it is not. The clock
// is the same as the host's, which may have set Until to this very moment so
// that we only look.
func (a *attempt) late() string {
	until := a.e.Until
	if until.IsZero() || !a.Now().After(until) {
		return ""
	}
	return "too late: it was to be done before " + until.UTC().Format(time.RFC3339)
}

// serverFacts are the beginnings of event IDs whose time is the server's. The
// time of others, such as timers, is ours, see [Bridge.Now].
var serverFacts = []string{"opened/", "message/", "edited/", "taken/", "forwarded/", "queued/", "held/", "resumed/", "closed/", "command/"}

// since is the server time before which there cannot be a trace of the effect.
func (a *attempt) since() time.Time {
	at := a.e.EventAt
	if at.IsZero() || slices.ContainsFunc(serverFacts, func(s string) bool { return strings.HasPrefix(string(a.e.Event), s) }) {
		return at
	}
	return at.Add(-2 * agree)
}

// broken says which assumption no longer holds.
func (a *attempt) broken(ctx context.Context) string {
	assume, room := a.e.Assume, a.room
	agent, with := "", "nobody serves the chat any more: it waits for an agent"
	if room.ServedBy != nil {
		agent, with = room.ServedBy.ID, "the chat is with @"+room.ServedBy.Username+" now"
	}
	switch {
	case !room.Open && (assume.Open || a.open):
		return a.ended()
	case room.Open && assume.Closed:
		return "the chat is open"
	case (assume.Moves || assume.DepartmentID != "") && room.DepartmentID != assume.DepartmentID:
		return "the chat is in " + a.nameOf(ctx, room.DepartmentID) + " now: it was forwarded meanwhile"
	case (assume.Moves || assume.AgentID != "") && agent != assume.AgentID:
		return with
	}
	return ""
}

// ended says that the chat is closed, and by whom.
func (a *attempt) ended() string {
	switch r := a.room; {
	case r.Closer == "visitor":
		return "the chat is closed: the guest ended it"
	case r.ClosedBy != nil && r.ClosedBy.ID == a.by.ID:
		return "the chat is closed: Bellhop ended it"
	case r.ClosedBy != nil && r.ClosedBy.Username != "":
		return "the chat is closed: @" + r.ClosedBy.Username + " ended it"
	}
	return "the chat is closed"
}

// nameOf is a department by name.
func (a *attempt) nameOf(ctx context.Context, department string) string {
	if department == "" {
		return "no department"
	}
	a.names.meet(ctx, department)
	return a.names.department(department)
}
