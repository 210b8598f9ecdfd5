package transcript

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/bidi"
)

// words are the headings of one language. What happened is told in a form that
// needs no grammar: "Forwarded · Sales → Support · alice".
type words struct {
	Subject      string // of a mail
	Conversation string // stands before the visitor's name, with the space between
	Visitor      string
	Guest        string // a visitor without a name
	Agents       string
	Department   string
	Opened       string
	Closed       string
	Tags         string
	ChatID       string
	Times        string // stands before the name of a time zone
	Unknown      string
	Edited       string
	File         string
	NoMessages   string
	Kinds        map[Kind]string
	Calls        map[string]string
	Months       [12]string
	Days         [7]string // from Sunday
	date         string    // with {day} {n} {month} {year}
	rtl          bool
}

func (c Conversation) words() *words { return languages[c.headings()] }

// Subject is what a mail with the transcript is about, in the language of headings.
func (c Conversation) Subject() string { return c.complete().words().Subject }

// headings is the language of the headings.
func (c Conversation) headings() string {
	tag, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(c.Language, "_", "-")), "-")
	if _, ok := languages[tag]; ok {
		return tag
	}
	return "en"
}

func (w *words) day(t time.Time) string {
	return strings.NewReplacer(
		"{day}", w.Days[t.Weekday()],
		"{n}", fmt.Sprint(t.Day()),
		"{month}", w.Months[t.Month()-1],
		"{year}", fmt.Sprint(t.Year()),
	).Replace(w.date)
}

func (w *words) time(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return w.Unknown
	}
	t = t.In(zone)
	return w.day(t) + ", " + t.Format("15:04")
}

// fact is one line of a transcript's head.
type fact struct{ Label, Value string }

// facts are what the head says, in order, without what is not known.
func (c Conversation) facts() []fact {
	w := c.words()
	v := c.Visitor
	closed, zone := "", oneLine(zoneName(c.Zone, c.Opened))
	if c.timeless && c.Opened.IsZero() {
		zone = "" // of no time
	}
	if !c.Closed.IsZero() {
		closed = w.list(" · ", w.time(c.Closed, c.Zone), oneLine(c.ClosedBy), oneLine(c.Comment))
	}
	all := []fact{
		{w.Visitor, w.list(" · ", oneLines(v.Name, v.Username, v.Email, v.Phone)...)},
		{w.Agents, w.list(", ", oneLines(c.Agents...)...)},
		{w.Department, oneLine(c.Department)},
		{w.Opened, w.time(c.Opened, c.Zone)},
		{w.Closed, closed},
		{w.Times, zone},
		{w.Tags, w.list(", ", oneLines(c.Tags...)...)},
		{w.ChatID, oneLine(c.ChatID)},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// zoneName gives the offset too: few readers know that of Asia/Kolkata.
func zoneName(zone *time.Location, at time.Time) string {
	if at.IsZero() {
		return zone.String()
	}
	name, offset := zone.String(), at.In(zone).Format("-07:00")
	if name == "UTC" {
		return name
	}
	if name == "Local" || name == "" {
		return "UTC" + offset
	}
	return name + " (UTC" + offset + ")"
}

// happened is the one line of an entry that is no message.
func (e Entry) happened(w *words) string {
	return w.list(" · ", w.Kinds[e.Kind], e.way(w), e.Call.happened(w), oneLine(e.Who), oneLine(e.Text))
}

// way is "Sales → Support", in the order in which headings are read.
func (e Entry) way(w *words) string {
	arrow := " → "
	if w.rtl {
		arrow = " ← "
	}
	from, to := oneLine(e.From), oneLine(e.To)
	switch {
	case from == "" && to == "":
		return ""
	case from == "" || to == "":
		return strings.TrimSpace(from + arrow + to)
	}
	return w.within(arrow, from, to)
}

func (c *Call) happened(w *words) string {
	if c == nil {
		return ""
	}
	state, known := w.Calls[c.State]
	if !known && c.State != "" {
		state = oneLine(c.State)
	}
	return w.within(" · ", state, length(c.Duration), oneLine(c.URL))
}

// quiet reports whether e is shown as one grey line.
func (e Entry) quiet() bool { return e.Kind != KindMessage || e.Side == System }

// label is what a file is called.
func (f File) label(w *words) string {
	if name := oneLine(f.Name); name != "" {
		return name
	}
	return w.File
}

// describe is a file without its name: "application/pdf · 12.3 kB".
func (f File) describe() string { return oneLine(join(" · ", f.Type, size(f.Size))) }

func size(n int64) string {
	if n <= 0 {
		return ""
	}
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f, unit := float64(n)/1000, 0
	for f >= 999.95 && unit < 2 { // else 999 950 would be 1000.0 kB
		f, unit = f/1000, unit+1
	}
	return fmt.Sprintf("%.1f %s", f, []string{"kB", "MB", "GB"}[unit])
}

// length is h:mm:ss or m:ss.
func length(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	s := int(d.Round(time.Second).Seconds())
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// list joins parts in the order in which headings are read, whatever the
// direction of each. Where a part would turn its neighbours round, each is
// isolated (UAX #9, 2.4): otherwise a telephone number after an Arabic name
// would be read from its end.
func (w *words) list(by string, parts ...string) string {
	full := join(by, parts...)
	if !strings.Contains(full, by) || !w.turned(full) {
		return full
	}
	var isolated []string
	for _, p := range parts {
		if p != "" {
			isolated = append(isolated, isolate(p))
		}
	}
	return w.mark() + strings.Join(isolated, by)
}

// isolate says s's direction itself: go-text does not find it out for a
// telephone number.
func isolate(s string) string {
	if startsRight(s) {
		return "\u2067" + s + "\u2069"
	}
	return "\u2066" + s + "\u2069"
}

// within is list for what becomes a part of a list. Isolates in isolates are
// beyond go-text's bidi, so marks keep the order: otherwise an arrow between
// Latin names in an Arabic line would point the wrong way.
func (w *words) within(by string, parts ...string) string {
	full := join(by, parts...)
	if !w.turned(full) {
		return full
	}
	return w.mark() + join(w.mark()+by, parts...)
}

// mark is an invisible character of the direction of headings.
func (w *words) mark() string {
	if w.rtl {
		return "\u200f"
	}
	return "\u200e"
}

// turned reports whether s holds something that is read against the direction of headings.
func (w *words) turned(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L, bidi.EN:
			return w.rtl
		case bidi.R, bidi.AL:
			return !w.rtl
		}
		return false
	})
}

func join(by string, parts ...string) string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, by)
}
