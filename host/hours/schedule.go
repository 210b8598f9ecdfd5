package hours

import (
	"fmt"
	"time"
)

// Open reports whether it is open at t.
func (s *Schedule) Open(t time.Time) bool {
	_, _, ok := s.at(t.In(s.zone))
	return ok
}

// at returns the span that t is in, and the day on which the span begins. The
// day before may reach over midnight.
func (s *Schedule) at(t time.Time) (date time.Time, in span, ok bool) {
	minute := t.Hour()*60 + t.Minute()
	for back := range 2 {
		date = day(t, -back)
		spans, _ := s.day(date)
		for _, sp := range spans {
			if sp.from <= minute && minute < sp.to {
				return date, sp, true
			}
		}
		minute += fullDay
	}
	return time.Time{}, span{}, false
}

// day is the date of t, some days later, as midnight UTC: a value to count
// with, since not every day has a midnight in every zone.
func day(t time.Time, later int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+later, 0, 0, 0, 0, time.UTC)
}

// day returns the hours of a date, and why they are not those of its weekday.
func (s *Schedule) day(date time.Time) (spans []span, why string) {
	full, yearly := date.Format(dateForm), date.Format(yearlyForm)
	for _, d := range []string{full, yearly} {
		if spans, ok := s.open[d]; ok {
			return spans, full
		}
		if s.closed[d] {
			return nil, full
		}
	}
	if name := s.holiday(date); name != "" {
		return nil, "holiday " + name
	}
	return s.week[date.Weekday()], ""
}

// holiday returns the name of the holiday on a date. A holiday can be observed
// on another day, which can be in the year before.
func (s *Schedule) holiday(date time.Time) string {
	for _, h := range s.holidays {
		for year := date.Year(); year <= date.Year()+1; year++ {
			actual, observed := h.Calc(year)
			for _, t := range []time.Time{actual, observed} {
				if !t.IsZero() && day(t, 0).Equal(date) {
					return h.Name
				}
			}
		}
	}
	return ""
}

// Explain says whether it is open at t and why, such as "open: Friday
// 09:00-17:30 Europe/Berlin", "closed: Saturday after 12:00 Europe/Berlin" or
// "closed: holiday Karfreitag".
func (s *Schedule) Explain(t time.Time) string {
	t = t.In(s.zone)
	if date, in, ok := s.at(t); ok {
		_, why := s.day(date)
		return fmt.Sprintf("open: %s%s %s %s", date.Weekday(), prefixed(why), in, s.zone)
	}
	date := day(t, 0)
	spans, why := s.day(date)
	switch {
	case len(spans) > 0:
		return fmt.Sprintf("closed: %s%s %s %s", date.Weekday(), prefixed(why), between(spans, t.Hour()*60+t.Minute()), s.zone)
	case why != "":
		return "closed: " + why
	}
	return fmt.Sprintf("closed: %s %s", date.Weekday(), s.zone)
}

func prefixed(why string) string {
	if why == "" {
		return ""
	}
	return " " + why
}

// between says where a minute outside of the spans lies.
func between(spans []span, minute int) string {
	for i, sp := range spans {
		switch {
		case minute >= sp.from:
			continue
		case i == 0:
			return "before " + clock(sp.from)
		}
		return fmt.Sprintf("between %s and %s", clock(spans[i-1].to), clock(sp.from))
	}
	return "after " + clock(spans[len(spans)-1].to)
}

// ahead is how many days NextOpen looks ahead.
const ahead = 400

// NextOpen returns the first moment from t on at which it is open; t itself if
// it is open then. It is false if there is none within 400 days.
func (s *Schedule) NextOpen(t time.Time) (time.Time, bool) {
	t = t.In(s.zone)
	if s.Open(t) {
		return t, true
	}
	for i := range ahead {
		date := day(t, i)
		if next, ok := s.opens(date, t); ok {
			return next, true
		}
	}
	return time.Time{}, false
}

// opens returns the first opening on a date that is after t.
func (s *Schedule) opens(date, after time.Time) (time.Time, bool) {
	y, m, d := date.Date()
	if s.clocksChange(y, m, d) {
		return s.search(y, m, d, after)
	}
	spans, _ := s.day(date)
	for _, sp := range spans {
		t := time.Date(y, m, d, 0, sp.from, 0, 0, s.zone)
		if t.After(after) {
			return t, true
		}
	}
	return time.Time{}, false
}

func (s *Schedule) clocksChange(y int, m time.Month, d int) bool {
	_, before := time.Date(y, m, d, -3, 0, 0, 0, s.zone).Zone()
	_, then := time.Date(y, m, d, 27, 0, 0, 0, s.zone).Zone()
	return before != then
}

// search goes through a day minute by minute: when clocks change, a time of
// day can be missing, or come twice.
func (s *Schedule) search(y int, m time.Month, d int, after time.Time) (time.Time, bool) {
	t := time.Date(y, m, d, -3, 0, 0, 0, s.zone)
	if t.Before(after) {
		t = after.Truncate(time.Minute).Add(time.Minute)
	}
	end := time.Date(y, m, d, 27, 0, 0, 0, s.zone)
	for ; t.Before(end); t = t.Add(time.Minute) {
		if s.Open(t) {
			return t, true
		}
	}
	return time.Time{}, false
}
