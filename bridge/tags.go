package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// retag brings the chat's tags to where add is among them and remove is not.
// The server only knows whole lists, and the last writer wins. So the list is
// read, merged, written and read again; what is not as it was written, because
// somebody wrote between, is mended in another round: tags of others that were
// there and are gone are put back.
func (a *attempt) retag(ctx context.Context, add, remove []string) sdk.Outcome {
	first, want := a.room.Tags, []string(nil)
	for range tagRounds {
		want = merge(union(a.room.Tags, want), add, remove)
		if sameTags(want, a.room.Tags) {
			return told(without(add, first), without(remove, without(remove, first)))
		}
		if err := a.read(ctx); err != nil { // what came meanwhile is merged too
			return failed(err)
		}
		want = merge(union(a.room.Tags, want), add, remove)
		err := a.rest.SetTags(ctx, a.room.ID, a.room.Visitor.ID, want)
		if blind := a.read(ctx); blind != nil {
			if err == nil {
				err = blind
			}
			return failed(err)
		}
		if err != nil && !sameTags(want, a.room.Tags) {
			return failed(err)
		}
	}
	return Later(fmt.Sprintf("others change the tags of the chat as fast as they are set: it has %s", strings.Join(a.room.Tags, ", ")))
}

// told is the outcome when the chat has the tags that it is to have.
func told(added, gone []string) sdk.Outcome {
	switch {
	case len(added) > 0:
		return done("added " + strings.Join(added, ", "))
	case len(gone) > 0:
		return done("took away " + strings.Join(gone, ", "))
	}
	return unchanged("the tags were so already")
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
