package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// tagRounds is how often tags are written when others write them too.
const tagRounds = 5

// tag adds tags.
func (a *attempt) tag(ctx context.Context) sdk.Outcome {
	return a.retag(ctx, union(nil, tags(a.e.Tags)), nil)
}

// untag takes away tags, but only those that Bellhop has set.
func (a *attempt) untag(ctx context.Context) sdk.Outcome {
	var ours, kept []string
	for _, t := range union(nil, tags(a.e.Tags)) {
		switch {
		case slices.Contains(a.e.OurTags, t):
			ours = append(ours, t)
		case slices.Contains(a.room.Tags, t):
			kept = append(kept, t)
		}
	}
	if len(ours) == 0 && len(kept) > 0 {
		return refused("a person has set " + strings.Join(kept, ", ") + ": only tags that Bellhop has set are taken away")
	}
	o := a.retag(ctx, nil, ours)
	if o.State == sdk.Done && len(kept) > 0 {
		o.Detail = strings.TrimSpace(o.Detail + "; " + strings.Join(kept, ", ") + " stays, because a person has set it")
	}
	return o
}

// wasTagged reports whether the tags are as an earlier attempt was to make them.
func (a *attempt) wasTagged(context.Context) (sdk.Outcome, bool, error) {
	add, remove := tags(a.e.Tags), []string(nil)
	if a.e.Kind == sdk.EffectUntag {
		add, remove = nil, a.e.OurTags
		remove = without(remove, without(remove, tags(a.e.Tags)))
	}
	so := sameTags(merge(union(a.room.Tags, a.ears.debt(a.room.ID)), add, remove), a.room.Tags)
	return done("the chat has its tags"), so && a.e.Attempt > 0, nil
}

// retag brings the chat's tags to where add is among them and remove is not.
// The server only knows whole lists, and the last writer wins. So the list is
// read, merged, written and read again; what is not as it was written, because
// somebody wrote between, is mended in another round: tags of others that were
// there and are gone are put back.
func (a *attempt) retag(ctx context.Context, add, remove []string) sdk.Outcome {
	return a.save(ctx, &tagging{first: a.room.Tags, add: add, remove: remove, same: "the tags were so already"})
}

// save writes the chat's tags, and what else is to be written with them.
func (a *attempt) save(ctx context.Context, t *tagging) sdk.Outcome {
	t.see(a.ears.debt(a.room.ID))
	defer func() { a.ears.owe(a.room.ID, without(without(t.want, a.room.Tags), t.add)) }()
	for range tagRounds {
		t.see(a.room.Tags)
		so, err := t.is(ctx, a.room.Tags)
		switch {
		case err != nil:
			return failed(err)
		case so:
			return t.told()
		case t.vain == maxVain:
			return refused(t.kept)
		}
		if a.heard == nil || t.wrote { // what came meanwhile is merged too
			if err := a.read(ctx); err != nil {
				return failed(err)
			}
			t.see(a.room.Tags)
		}
		if err := a.writeTags(ctx, t); err != nil {
			return failed(err)
		}
	}
	return Later(fmt.Sprintf("others change the tags of the chat as fast as they are set: it has %s", strings.Join(a.room.Tags, ", ")))
}

// writeTags writes the tags, and finds out what there is then and what others
// set before. An error says that they may not be as they were written.
func (a *attempt) writeTags(ctx context.Context, t *tagging) error {
	t.write(a.room.Tags)
	wrote := t.want
	t.info.Room, t.info.Visitor, t.info.Tags = a.room.ID, a.room.Visitor.ID, wrote
	err := deleted(a.rest.SaveInfo(ctx, t.info))
	so, blind := false, a.read(ctx)
	if blind == nil {
		so, blind = t.is(ctx, a.room.Tags)
	}
	switch {
	case so:
		err = nil // whatever was answered
	case blind == nil && err != nil:
		return err // nothing of ours is there
	case err == nil && blind == nil && sameTags(wrote, a.room.Tags):
		t.vain++
	case err == nil:
		err = blind
	}
	t.see(a.heard.before(ctx, wrote))
	return err
}

// listen listens to what others do with the chat's tags while we write them.
func (a *attempt) listen(ctx context.Context) func() {
	a.heard = a.ears.listen(ctx, string(a.e.Chat))
	return a.heard.end
}

// tagging is what is known of a chat's tags while they are changed.
type tagging struct {
	first       []string // what there was at first
	add, remove []string
	want        []string // what there is to be
	restored    []string // what others had set, and was gone
	wrote       bool

	info rest.RoomInfo                       // what else is written
	also func(context.Context) (bool, error) // reports whether that is as wanted, once the chat is read; nil means that nothing else is written
	vain int                                 // how often it was not, though the server said so
	did  string                              // what is said of it when it is
	same string                              // and when all was so already
	kept string                              // and when it stays as it was
}

// maxVain is how often something is written that the server does not keep:
// somebody may have written at the same moment.
const maxVain = 2

// is reports whether all is as wanted, where the chat has these tags.
func (t *tagging) is(ctx context.Context, tags []string) (bool, error) {
	if t.also != nil {
		if so, err := t.also(ctx); err != nil || !so {
			return false, err
		}
	}
	return sameTags(t.want, tags), nil
}

// see takes what somebody says that the tags are.
func (t *tagging) see(tags []string) { t.want = merge(union(tags, t.want), t.add, t.remove) }

// write notes that the tags are written now, over these.
func (t *tagging) write(over []string) {
	t.restored = union(t.restored, without(without(t.want, over), t.add))
	t.wrote = true
}

// told is the outcome when the chat has the tags that it is to have.
func (t *tagging) told() sdk.Outcome {
	added, gone := without(t.add, t.first), without(t.remove, without(t.remove, t.first))
	var parts []string
	if t.did != "" {
		parts = append(parts, t.did)
	}
	for _, p := range []struct {
		did  string
		tags []string
	}{{"added ", added}, {"took away ", gone}, {"put back ", t.restored}} {
		if len(p.tags) > 0 {
			parts = append(parts, p.did+strings.Join(p.tags, ", "))
		}
	}
	if !t.wrote {
		return unchanged(t.same)
	}
	o := done(strings.Join(parts, "; "))
	if len(gone) > 0 {
		o.Former = &sdk.Former{Tags: gone}
	}
	if len(t.restored) > 0 {
		o.Detail += ", which others set at the same moment"
	}
	return o
}

// merge is the list with add behind it and without remove.
func merge(list, add, remove []string) []string { return without(union(list, add), remove) }

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

func without(list, remove []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(t string) bool { return slices.Contains(remove, t) })
}

// sameTags reports whether the lists hold the same tags: their order and
// repetitions mean nothing.
func sameTags(a, b []string) bool { return len(without(a, b)) == 0 && len(without(b, a)) == 0 }
