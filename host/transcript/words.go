package transcript

import (
	"fmt"
	"strings"
	"time"
)

// words are the headings of one language. What happened is told in a form that
// needs no grammar: "Forwarded · Sales → Support · alice".
type words struct {
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
	closed := ""
	if !c.Closed.IsZero() {
		closed = join(" · ", w.time(c.Closed, c.Zone), c.ClosedBy, c.Comment)
	}
	all := []fact{
		{w.Visitor, join(" · ", v.Name, v.Username, v.Email, v.Phone)},
		{w.Agents, join(", ", c.Agents...)},
		{w.Department, c.Department},
		{w.Opened, w.time(c.Opened, c.Zone)},
		{w.Closed, closed},
		{w.Times, zoneName(c.Zone, c.Opened)},
		{w.Tags, join(", ", c.Tags...)},
		{w.ChatID, c.ChatID},
	}
	var known []fact
	for _, f := range all {
		if f.Value = oneLine(f.Value); f.Value != "" {
			known = append(known, f)
		}
	}
	return known
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
	way := ""
	if e.From != "" || e.To != "" {
		arrow := " → "
		if w.rtl {
			arrow = " ← "
		}
		way = strings.TrimSpace(e.From + arrow + e.To)
	}
	call := ""
	if e.Call != nil {
		state, known := w.Calls[e.Call.State]
		if !known && e.Call.State != "" {
			state = e.Call.State
		}
		call = join(" · ", state, length(e.Call.Duration), e.Call.URL)
	}
	return oneLine(join(" · ", w.Kinds[e.Kind], way, call, e.Who, e.Text))
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

func join(by string, parts ...string) string {
	var full []string
	for _, p := range parts {
		if p != "" {
			full = append(full, p)
		}
	}
	return strings.Join(full, by)
}
