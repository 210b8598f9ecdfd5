package transcript

import (
	"reflect"
	"strings"
	"testing"
)

// secrets are personal data as people write them, and what must be nowhere.
var secrets = []struct{ written, never string }{
	{"4111 1111 1111 1111", "4111111111111111"},
	{"5555-5555-5555-4444", "5555555555554444"},
	{"378282246310005", "378282246310005"},
	{"6011\u200b0009\u20669013\u00ad9424", "6011000990139424"},
	{"3530\x001113\x003330\x000000", "3530111333300000"},
	{"4111\n1111 11\n11\u20281111", "4111111111111111"},
	{"４１１１－１１１１－１１１１－１１１１", "４１１１－１１１１"},
	{"٤١١١ ١١١١\n١١١١ ١١١١", "١١١١"},
	{"4111_1111·1111|1111", "4111111111111111"},
	{"+49 30\n901820", "4930901820"},
	{"maya.lee@example.org", "maya.lee@example.org"},
	{"+49 (0)30 901820", "49030901820"},
	{"0171/2345678", "01712345678"},
	{"DE89 3704 0044 0532 0130 00", "DE89370400440532013000"},
	{"https://a.example/?c=4111%201111%201111%201111", "4111%201111"},
	{"https://a.example/?c=%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31", "%34%31%31%31"},
	{"tel:%2B49%2030%20901820", "901820"},
	{"mailto:maya%40shop.example", "shop"},
	{"&#52;111 1111 1111 1111", "111 1111 1111"},
	{"4111&nbsp;1111&nbsp;1111&nbsp;1111", "1111&nbsp;1111"},
	{"4111\u00a01111\u00a01111\u00a01111", "4111111111111111"},
	{"4111 **1111** 1111 `1111`", "4111111111111111"},
}

// fillStrings writes s into every text that a conversation can hold, in lists of
// lists so deep.
func fillStrings(v reflect.Value, s string, deep int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("a " + s + " b")
	case reflect.Pointer:
		if v.Type().Elem().PkgPath() == "time" {
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fillStrings(v.Elem(), s, deep)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fillStrings(v.Field(i), s, deep)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 && deep > 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fillStrings(v.Index(0), s, deep-1)
		}
	}
}

// everywhere is a conversation with s in all of its texts but those that no
// person writes.
func everywhere(s string) Conversation {
	var c Conversation
	fillStrings(reflect.ValueOf(&c).Elem(), s, 4)
	c.ChatID, c.Language, c.Entries[0].Files[0].SHA256 = "rXq7Zk2pLmNsTf4Hd", "en", ""
	quiet := c.Entries[0]
	quiet.Kind, quiet.Side = KindCall, System
	c.Entries[0].Kind, c.Entries[0].Side = KindMessage, Guest
	c.Entries = append(c.Entries, quiet)
	return c
}

func TestWhatIsRedactedIsInNoByteOfAnyForm(t *testing.T) {
	for _, s := range secrets {
		c := everywhere(s.written).Redacted()
		for _, form := range Forms {
			out, _ := write(t, string(form), c, Options{})
			all := []string{out}
			switch form {
			case FormPDF:
				all = append(all, copied(t, out), tool(t, out, "pdfinfo", "FILE"), tool(t, out, "qpdf", "--qdf", "FILE", "-"))
			case FormHTML:
				all = append(all, shownText(t, out))
			}
			for _, o := range all {
				if never := bare(s.never); never == "" && strings.Contains(o, s.never) {
					t.Errorf("%s: %q is in it", form, s.never)
				} else if at := strings.Index(bare(o), never); never != "" && at >= 0 {
					t.Errorf("%s: %q is in it: ...%s...", form, s.never, bare(o)[max(0, at-60):at+len(bare(s.never))])
				}
				if strings.Contains(o, utf16Text(s.never)[5:20]) {
					t.Errorf("%s: %q is in its metadata", form, s.never)
				}
			}
		}
	}
}

// bare leaves letters, digits and @ alone, so that no way of writing hides anything.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '@' {
			return r
		}
		return -1
	}, s)
}

func TestACardInSeveralMessagesIsHidden(t *testing.T) {
	c := chat("Maya", "my card", "ok", "4111%201111", "ok", "1111&nbsp;1111", "ok", "5555")
	c.Entries = []Entry{c.Entries[0], c.Entries[2], c.Entries[4], c.Entries[1], c.Entries[6]}
	out, _ := write(t, "text", c.Redacted(), Options{})
	if strings.Contains(out, "1111") || !strings.Contains(out, "my card") || strings.Count(out, "[card]") != 2 || !strings.Contains(out, "5555") {
		t.Error(out)
	}
}

func TestNumbersThatAreNoCardsStay(t *testing.T) {
	const order = "order 4111 1111 1111 1112 of 2026-03-02, 1234567 pieces, https://a.example/?order=4111%201111%201111%201112"
	out, _ := write(t, "text", chat("Maya", order, "call 4111 1111 1111 1111").Redacted(), Options{})
	if !strings.Contains(out, order) || !strings.Contains(out, "call [card]") {
		t.Error(out)
	}
}

func TestRedactingChangesNothingInTheConversation(t *testing.T) {
	c, same := everywhere("maya.lee@example.org"), everywhere("maya.lee@example.org")
	c.Redacted()
	if !reflect.DeepEqual(c, same) {
		t.Errorf("got %+v, want %+v", c, same)
	}
}
