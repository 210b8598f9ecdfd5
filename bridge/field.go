package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// wasSet reports whether the field is as an earlier attempt was to make it.
func (a *attempt) wasSet(ctx context.Context) (sdk.Outcome, bool, error) {
	if a.e.Attempt == 0 {
		return sdk.Outcome{}, false, nil
	}
	key, why, err := a.fieldKey(ctx)
	return done("the field is so"), err == nil && why == "" && fieldText(a.room.Fields, key) == a.fieldValue(), err
}

// setField sets a custom field of the chat.
func (a *attempt) setField(ctx context.Context) sdk.Outcome {
	key, why, err := a.fieldKey(ctx)
	switch {
	case err != nil:
		return failed(err)
	case why != "":
		return refused(why)
	}
	before, want := fieldText(a.room.Fields, key), a.fieldValue()
	if p := a.e.Present; p != nil && before != *p && before != want {
		return overtaken(fmt.Sprintf("somebody has set %s to %q since", key, before))
	}
	o := a.save(ctx, &tagging{
		first: a.room.Tags,
		info:  rest.RoomInfo{Fields: map[string]string{key: want}},
		also:  func(context.Context) (bool, error) { return fieldText(a.room.Fields, key) == want, nil },
		did:   fmt.Sprintf("%s is %q, before %q", key, want, before),
		same:  "the field was so already",
		kept:  fmt.Sprintf("the workspace did not keep %s: the account may lack the permission edit-livechat-room-customfields", key),
	})
	if o.State != sdk.Refused && !o.Unchanged {
		o.Former = &sdk.Former{Value: before}
	}
	return o
}

// fieldValue is what the field is to hold: servers trim it.
func (a *attempt) fieldValue() string { return strings.TrimSpace(cleanText(a.e.Value)) }

// fieldKey is the key of the field that is meant, by its key or by its label;
// why says that there is none. A field that the chat has needs no look.
func (a *attempt) fieldKey(ctx context.Context) (key, why string, err error) {
	name := strings.TrimSpace(a.e.Field)
	if _, there := a.room.Fields[name]; there {
		return name, "", nil
	}
	all, err := a.rest.CustomFields(ctx)
	if err != nil {
		return "", "", fmt.Errorf("find field %s: %w", name, err)
	}
	all = slices.DeleteFunc(all, func(f rest.CustomField) bool { return f.Scope != "room" })
	var keys []string
	for _, f := range all {
		keys = append(keys, f.ID)
	}
	for _, same := range sameField {
		if n := slices.IndexFunc(all, func(f rest.CustomField) bool { return same(f, name) }); n >= 0 {
			return all[n].ID, "", nil
		}
	}
	return "", clip(fmt.Sprintf("chats have no field %s (they have: %s): add one in Omnichannel, Custom Fields, with the scope Room", name, strings.Join(keys, ", ")), maxShort), nil
}

// sameField are the ways in which a name means a field, the surest first.
var sameField = []func(rest.CustomField, string) bool{
	func(f rest.CustomField, name string) bool { return f.ID == name },
	func(f rest.CustomField, name string) bool { return f.Label == name },
	func(f rest.CustomField, name string) bool { return strings.EqualFold(f.ID, name) },
	func(f rest.CustomField, name string) bool { return strings.EqualFold(f.Label, name) },
}

// fieldText is a custom field's value as a text; "" when there is none.
func fieldText(all map[string]any, key string) string {
	switch v := all[key].(type) {
	case nil:
		return ""
	case string:
		return cleanText(v)
	default:
		return fmt.Sprint(v)
	}
}
