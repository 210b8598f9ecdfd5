package hours

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines without a zone database

	"github.com/rickar/cal/v2"
)

// Plan is a schedule as an admin writes it.
type Plan struct {
	Zone     string            `json:"zone" yaml:"zone"`                             // such as Europe/Berlin
	Days     map[string]string `json:"days,omitempty" yaml:"days,omitempty"`         // "mon-fri": "09:00-12:00, 13:00-17:30"; days without an entry are closed
	Holidays []string          `json:"holidays,omitempty" yaml:"holidays,omitempty"` // countries such as de or de-by, closed on their holidays
	Closed   []string          `json:"closed,omitempty" yaml:"closed,omitempty"`     // days such as 2026-12-24, or 12-24 for every year
	Open     map[string]string `json:"open,omitempty" yaml:"open,omitempty"`         // "2026-12-23": "10:00-14:00", whatever else is said of that day
}

// A Schedule says when it is open. It is safe for concurrent use.
type Schedule struct {
	zone     *time.Location
	week     [7][]span // from Sunday, as time.Weekday
	holidays []*cal.Holiday
	closed   map[string]bool // days, as 2006-01-02 or 01-02
	open     map[string][]span
}

// A span is a range of minutes from midnight. One that ends on the next day
// ends after minute 1440.
type span struct{ from, to int }

const fullDay = 24 * 60 // minutes

// New makes a schedule of a plan. The error names everything that is wrong
// with the plan, one fault a line, and says what to write instead.
func New(p Plan) (*Schedule, error) {
	s := &Schedule{closed: map[string]bool{}, open: map[string][]span{}}
	err := errors.Join(s.setZone(p.Zone), s.setDays(p.Days), s.setHolidays(p.Holidays), s.setClosed(p.Closed), s.setOpen(p.Open))
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Schedule) setZone(name string) (err error) {
	s.zone, err = loadZone(name)
	return err
}

func loadZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("zone: %q is no time zone: write one such as Europe/Berlin or UTC", name)
	}
	return zone, nil
}

func (s *Schedule) setDays(days map[string]string) error {
	var errs []error
	by := [7]string{} // the key that sets a day
	for _, key := range slices.Sorted(maps.Keys(days)) {
		list, err := parseDays(key)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		spans, err := parseSpans(days[key])
		if err != nil {
			errs = append(errs, fmt.Errorf("days: %s: %w", key, err))
		}
		for _, d := range list {
			if by[d] != "" {
				errs = append(errs, fmt.Errorf("days: %s: %s is in %s already: name each day once", key, d, by[d]))
			}
			by[d], s.week[d] = key, spans
		}
	}
	return errors.Join(errs...)
}

// parseDays understands "mon", "mon-fri", "mon,wed" and mixtures of them.
func parseDays(key string) ([]time.Weekday, error) {
	var days []time.Weekday
	for part := range strings.SplitSeq(key, ",") {
		from, to, ok := strings.Cut(part, "-")
		if !ok {
			to = from
		}
		first, err := parseDay(key, from)
		if err != nil {
			return nil, err
		}
		last, err := parseDay(key, to)
		if err != nil {
			return nil, err
		}
		for d := first; ; d = (d + 1) % 7 {
			days = append(days, d)
			if d == last {
				break
			}
		}
	}
	return days, nil
}

func parseDay(key, name string) (time.Weekday, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	for d := time.Sunday; d <= time.Saturday; d++ {
		full := strings.ToLower(d.String())
		if name == full || name == full[:3] {
			return d, nil
		}
	}
	return 0, fmt.Errorf("days: %s: %q is no day: write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri", key, name)
}

var spanForm = regexp.MustCompile(`^(\d{1,2}):(\d\d)\s*[-–]\s*(\d{1,2}):(\d\d)$`)

// parseSpans understands "09:00-12:00, 13:00-17:30", "22:00-06:00" and "closed".
func parseSpans(text string) ([]span, error) {
	if strings.TrimSpace(text) == "closed" {
		return nil, nil
	}
	var spans []span
	for part := range strings.SplitSeq(text, ",") {
		sp, err := parseSpan(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		spans = append(spans, sp)
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return nil, fmt.Errorf("%s and %s overlap: write them as one, or part them", spans[i-1], spans[i])
		}
	}
	return spans, nil
}

func parseSpan(text string) (span, error) {
	m := spanForm.FindStringSubmatch(text)
	if m == nil {
		return span{}, fmt.Errorf(`%q is no range of hours: write it like "09:00-17:30", two of them as "09:00-12:00, 13:00-17:30", none as "closed"`, text)
	}
	from, okFrom := minutes(m[1], m[2])
	to, okTo := minutes(m[3], m[4])
	switch {
	case !okFrom || !okTo || from == fullDay:
		return span{}, fmt.Errorf("%q has a time that no clock shows: write from 00:00 to 24:00", text)
	case from == to:
		return span{}, fmt.Errorf(`%q is empty: write the whole day as "00:00-24:00", none of it as "closed"`, text)
	case to < from:
		to += fullDay
	}
	return span{from, to}, nil
}

func minutes(hour, minute string) (int, bool) {
	h, _ := strconv.Atoi(hour)   // both are digits
	m, _ := strconv.Atoi(minute) //
	return h*60 + m, m < 60 && h*60+m <= fullDay
}

// String is "09:00-17:30".
func (s span) String() string { return clock(s.from) + "-" + clock(s.to) }

func clock(minute int) string {
	if minute > fullDay {
		minute -= fullDay
	}
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}

func (s *Schedule) setHolidays(names []string) error {
	var errs []error
	for _, name := range names {
		list, ok := countries[strings.ToLower(name)]
		if !ok {
			errs = append(errs, fmt.Errorf("holidays: %q is not known: %s", name, similar(strings.ToLower(name))))
			continue
		}
		for _, h := range list {
			if h.Type != cal.ObservanceOther { // half days and eves, on which people work
				s.holidays = append(s.holidays, h)
			}
		}
	}
	return errors.Join(errs...)
}

// similar lists the calendars of the same country, or all countries.
func similar(name string) string {
	country, _, _ := strings.Cut(name, "-")
	var all, same []string
	for _, c := range slices.Sorted(maps.Keys(countries)) {
		if strings.HasPrefix(c, country+"-") || c == country {
			same = append(same, c)
		}
		if !strings.Contains(c, "-") || strings.HasPrefix(c, "au-") {
			all = append(all, c)
		}
	}
	if len(same) > 0 {
		return "write one of " + strings.Join(same, ", ")
	}
	return "write one of " + strings.Join(all, ", ") + ", or list the days under closed"
}

func (s *Schedule) setClosed(days []string) error {
	var errs []error
	for _, d := range days {
		if !isDate(d) {
			errs = append(errs, fmt.Errorf("closed: %w", notDate(d)))
		}
		s.closed[d] = true
	}
	return errors.Join(errs...)
}

func (s *Schedule) setOpen(days map[string]string) error {
	var errs []error
	for _, d := range slices.Sorted(maps.Keys(days)) {
		spans, err := parseSpans(days[d])
		switch {
		case !isDate(d):
			errs = append(errs, fmt.Errorf("open: %w", notDate(d)))
		case s.closed[d]:
			errs = append(errs, fmt.Errorf("open: %s is under closed as well: keep one of them", d))
		case err != nil:
			errs = append(errs, fmt.Errorf("open: %s: %w", d, err))
		}
		s.open[d] = spans
	}
	return errors.Join(errs...)
}

const (
	dateForm   = "2006-01-02"
	yearlyForm = "01-02"
)

func isDate(s string) bool {
	_, err := time.Parse(dateForm, s)
	if err != nil {
		_, err = time.Parse(dateForm, "2024-"+s) // a leap year
	}
	return err == nil
}

func notDate(s string) error {
	return fmt.Errorf("%q is no date: write it like 2026-12-24, or 12-24 for every year", s)
}
