package hours

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// office is the plan of most tests.
var office = Plan{
	Zone:     "Europe/Berlin",
	Days:     map[string]string{"mon-thu": "09:00-12:00, 13:00-17:30", "fri": "9:00-15:00", "Saturday": "10:00-12:00", "sun": "closed"},
	Holidays: []string{"de"},
	Closed:   []string{"2026-12-24", "12-31"},
	Open:     map[string]string{"2026-12-23": "10:00-14:00", "2026-12-26": "11:00-12:00"},
}

func schedule(t testing.TB, p Plan) *Schedule {
	t.Helper()
	s, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// moment reads a date, a time of day and its UTC offset, which tells the two
// apart that a clock shows alike in autumn.
func moment(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse("2006-01-02 15:04 -07:00", s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestExplain(t *testing.T) {
	s := schedule(t, office)
	for when, want := range map[string]string{
		"2026-11-16 09:00 +01:00": "open: Monday 09:00-12:00 Europe/Berlin",
		"2026-11-16 08:59 +01:00": "closed: Monday before 09:00 Europe/Berlin",
		"2026-11-16 12:00 +01:00": "closed: Monday between 12:00 and 13:00 Europe/Berlin",
		"2026-11-16 17:29 +01:00": "open: Monday 13:00-17:30 Europe/Berlin",
		"2026-11-16 17:30 +01:00": "closed: Monday after 17:30 Europe/Berlin",
		"2026-11-16 08:00 +00:00": "open: Monday 09:00-12:00 Europe/Berlin",
		"2026-07-13 08:00 +00:00": "open: Monday 09:00-12:00 Europe/Berlin", // 10:00 in summer
		"2026-11-20 14:59 +01:00": "open: Friday 09:00-15:00 Europe/Berlin",
		"2026-11-21 12:30 +01:00": "closed: Saturday after 12:00 Europe/Berlin",
		"2026-11-22 11:00 +01:00": "closed: Sunday Europe/Berlin",
		"2026-12-25 11:00 +01:00": "closed: holiday Weihnachtstag",
		"2026-04-03 11:00 +02:00": "closed: holiday Karfreitag",
		"2026-12-24 11:00 +01:00": "closed: 2026-12-24",
		"2027-12-31 11:00 +01:00": "closed: 2027-12-31",
		"2026-12-23 13:00 +01:00": "open: Wednesday 2026-12-23 10:00-14:00 Europe/Berlin",
		"2026-12-23 15:00 +01:00": "closed: Wednesday 2026-12-23 after 14:00 Europe/Berlin",
		"2026-12-26 11:30 +01:00": "open: Saturday 2026-12-26 11:00-12:00 Europe/Berlin", // a holiday, but open
	} {
		got := s.Explain(moment(t, when))
		if got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
		if s.Open(moment(t, when)) != strings.HasPrefix(want, "open") {
			t.Errorf("%s: Open does not agree with %q", when, want)
		}
	}
}

func TestHoursOverMidnightBelongToTheDayTheyBeginOn(t *testing.T) {
	s := schedule(t, Plan{Zone: "Europe/Berlin", Days: map[string]string{"fri,sat": "22:00-06:00"}, Closed: []string{"2026-11-28"}})
	for when, want := range map[string]string{
		"2026-11-20 21:59 +01:00": "closed: Friday before 22:00 Europe/Berlin",
		"2026-11-21 00:00 +01:00": "open: Friday 22:00-06:00 Europe/Berlin",
		"2026-11-21 05:59 +01:00": "open: Friday 22:00-06:00 Europe/Berlin",
		"2026-11-21 06:00 +01:00": "closed: Saturday before 22:00 Europe/Berlin",
		"2026-11-22 05:00 +01:00": "open: Saturday 22:00-06:00 Europe/Berlin",
		"2026-11-23 05:00 +01:00": "closed: Monday Europe/Berlin",
		"2026-11-28 05:00 +01:00": "open: Friday 22:00-06:00 Europe/Berlin", // the 28th is closed, Friday's night is not
		"2026-11-28 23:00 +01:00": "closed: 2026-11-28",
		"2026-11-29 05:00 +01:00": "closed: Sunday Europe/Berlin",
	} {
		if got := s.Explain(moment(t, when)); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
}

func TestTheClockOnTheWallDecidesWhenClocksChange(t *testing.T) {
	// Berlin: 2026-03-29 goes from 02:00 to 03:00, 2026-10-25 from 03:00 back to 02:00.
	s := schedule(t, Plan{Zone: "Europe/Berlin", Days: map[string]string{"sun": "02:15-02:45, 09:00-10:00"}})
	for when, want := range map[string]bool{
		"2026-03-29 01:59 +01:00": false,
		"2026-03-29 03:15 +02:00": false, // 02:15 was skipped
		"2026-03-29 09:00 +02:00": true,
		"2026-03-29 10:00 +02:00": false,
		"2026-10-25 02:15 +02:00": true,
		"2026-10-25 02:45 +02:00": false,
		"2026-10-25 02:15 +01:00": true, // for the second time
		"2026-10-25 02:45 +01:00": false,
		"2026-10-25 09:00 +01:00": true,
		"2026-10-25 08:59 +01:00": false,
	} {
		if got := s.Open(moment(t, when)); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
}

func TestNextOpen(t *testing.T) {
	twice := Plan{Zone: "Europe/Berlin", Days: map[string]string{"sun": "02:15-02:45"}}
	for _, c := range []struct {
		plan       Plan
		when, want string
	}{
		{office, "2026-11-16 10:00 +01:00", "2026-11-16 10:00 +01:00"},
		{office, "2026-11-16 12:10 +01:00", "2026-11-16 13:00 +01:00"},
		{office, "2026-11-20 16:00 +01:00", "2026-11-21 10:00 +01:00"},
		{office, "2026-11-21 12:00 +01:00", "2026-11-23 09:00 +01:00"},
		{office, "2026-12-23 14:00 +01:00", "2026-12-26 11:00 +01:00"},
		{office, "2026-03-28 12:00 +01:00", "2026-03-30 09:00 +02:00"},
		{twice, "2026-03-28 12:00 +01:00", "2026-04-05 02:15 +02:00"}, // skipped on the 29th
		{twice, "2026-10-24 12:00 +02:00", "2026-10-25 02:15 +02:00"},
		{twice, "2026-10-25 02:50 +02:00", "2026-10-25 02:15 +01:00"},
		{twice, "2026-10-25 02:50 +01:00", "2026-11-01 02:15 +01:00"},
		// Cairo has no 00:00 on 2026-04-24
		{Plan{Zone: "Africa/Cairo", Days: map[string]string{"fri": "00:00-02:00"}}, "2026-04-23 12:00 +02:00", "2026-04-24 01:00 +03:00"},
		// 24:00 and the next day's 00:00 leave no gap
		{Plan{Zone: "UTC", Days: map[string]string{"mon-sun": "00:00-24:00"}}, "2026-04-23 23:59 +00:00", "2026-04-23 23:59 +00:00"},
	} {
		want := moment(t, c.want)
		if got, ok := schedule(t, c.plan).NextOpen(moment(t, c.when)); !ok || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", c.when, got, ok, want)
		}
	}
	never := schedule(t, Plan{Zone: "UTC", Open: map[string]string{"2020-01-01": "09:00-10:00"}})
	if got, ok := never.NextOpen(moment(t, "2026-01-01 00:00 +00:00")); ok {
		t.Errorf("opens at %v", got)
	}
}

// NextOpen must be open, and nothing between may be.
func TestNextOpenIsTheFirst(t *testing.T) {
	plans := []*Schedule{
		schedule(t, office),
		schedule(t, Plan{Zone: "America/New_York", Days: map[string]string{"mon-sun": "01:30-01:45, 22:00-01:10"}}),
		schedule(t, Plan{Zone: "Australia/Lord_Howe", Days: map[string]string{"sun-tue": "01:20-02:10"}}), // changes by half an hour
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(plans).Draw(t, "plan")
		start := time.Date(2026, 1, 1, 0, rapid.IntRange(0, 366*fullDay).Draw(t, "minute"), 0, 0, time.UTC)
		next, ok := s.NextOpen(start)
		if !ok || !s.Open(next) {
			t.Fatalf("%v: %v, %v", start, next, ok)
		}
		for m := start; m.Before(next); m = m.Add(time.Minute) {
			if s.Open(m) {
				t.Fatalf("%v: %v, but open at %v already", start, next, m)
			}
		}
	})
}

func TestFaultsAreReportedAtOnceWithWhatToWrite(t *testing.T) {
	_, err := New(Plan{
		Zone: "Berlin",
		Days: map[string]string{
			"mo-fr": "09:00-17:00", "mon": "9-17", "tue": "25:00-26:00", "wed": "09:00-09:00", "thu": "09:00-12:00, 11:00-13:00", "thu-sat": "09:00-10:00",
		},
		Holidays: []string{"xx", "de-xy"},
		Closed:   []string{"24.12.2026", "02-30", "2026-12-24"},
		Open:     map[string]string{"2026-12-24": "09:00-10:00", "2026-13-01": "09:00-10:00", "2026-12-23": "all day"},
	})
	want := `zone: "Berlin" is no time zone: write one such as Europe/Berlin or UTC
days: mo-fr: "mo" is no day: write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri
days: mon: "9-17" is no range of hours: write it like "09:00-17:30", two of them as "09:00-12:00, 13:00-17:30", none as "closed"
days: thu: 09:00-12:00 and 11:00-13:00 overlap: write them as one, or part them
days: thu-sat: Thursday is in thu already: name each day once
days: tue: "25:00-26:00" has a time that no clock shows: write from 00:00 to 24:00
days: wed: "09:00-09:00" is empty: write the whole day as "00:00-24:00", none of it as "closed"
holidays: "xx" is not known: write one of ar, at, au-act, au-nsw, au-nt, au-qld, au-sa, au-tas, au-vic, au-wa, be, bg, br, ca, ch, cz, de, dk, ecb, es, fr, gb, gr, hr, ie, it, jp, lt, lv, mw, nc, nl, no, nz, pl, ro, ru, se, si, sk, ua, us, za, or list the days under closed
holidays: "de-xy" is not known: write one of de, de-bb, de-be, de-bw, de-by, de-hb, de-he, de-hh, de-mv, de-ni, de-nw, de-rp, de-sh, de-sl, de-sn, de-st, de-th
closed: "24.12.2026" is no date: write it like 2026-12-24, or 12-24 for every year
closed: "02-30" is no date: write it like 2026-12-24, or 12-24 for every year
open: 2026-12-23: "all day" is no range of hours: write it like "09:00-17:30", two of them as "09:00-12:00, 13:00-17:30", none as "closed"
open: 2026-12-24 is under closed as well: keep one of them
open: "2026-13-01" is no date: write it like 2026-12-24, or 12-24 for every year`
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestObservedHolidaysAreClosedToo(t *testing.T) {
	s := schedule(t, Plan{Zone: "America/New_York", Days: map[string]string{"mon-sun": "00:00-24:00"}, Holidays: []string{"us"}})
	for when, want := range map[string]string{
		"2026-07-03 12:00 -04:00": "closed: holiday Independence Day", // the 4th is a Saturday
		"2026-07-04 12:00 -04:00": "closed: holiday Independence Day",
		"2027-12-31 12:00 -05:00": "closed: holiday New Year's Day", // of the next year
		"2026-07-06 12:00 -04:00": "open: Monday 00:00-24:00 America/New_York",
	} {
		if got := s.Explain(moment(t, when)); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
}

func TestEveryCalendarKnowsADay(t *testing.T) {
	for name := range countries {
		s := schedule(t, Plan{Zone: "UTC", Holidays: []string{strings.ToUpper(name)}})
		if got := s.holiday(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); got == "" {
			t.Errorf("%s: New Year's Day is no holiday", name)
		}
	}
}

func TestCron(t *testing.T) {
	for _, c := range []struct{ spec, zone, after, want string }{
		{"30 9 * * mon-fri", "Europe/Berlin", "2026-11-20 09:30 +01:00", "2026-11-23 09:30 +01:00"},
		{"@daily", "Asia/Kolkata", "2026-11-20 09:30 +05:30", "2026-11-21 00:00 +05:30"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-28 12:00 +01:00", "2026-03-29 03:30 +02:00"}, // 02:30 is skipped
		{"30 2 * * *", "Europe/Berlin", "2026-10-24 12:00 +02:00", "2026-10-25 02:30 +02:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"}, // once
		{"30 * * * *", "Europe/Berlin", "2026-10-25 02:30 +02:00", "2026-10-25 02:30 +01:00"}, // every hour
		{" @every 15m ", "UTC", "2026-11-20 09:30 +00:00", "2026-11-20 09:45 +00:00"},
	} {
		cron, err := NewCron(c.spec, c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := cron.Next(moment(t, c.after)); !ok || !got.Equal(moment(t, c.want)) {
			t.Errorf("%q after %s: %v, %v; want %s", c.spec, c.after, got, ok, c.want)
		}
	}
	never, err := NewCron("0 0 30 2 *", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := never.Next(moment(t, "2026-11-20 09:30 +00:00")); ok {
		t.Errorf("30 February at %v", got)
	}
}

func TestCronFaults(t *testing.T) {
	for spec, want := range map[string]string{
		"":                              "write minute, hour, day, month and weekday",
		"30 9 * *":                      "write minute, hour, day, month and weekday",
		"99 9 * * *":                    "write minute, hour, day, month and weekday",
		"CRON_TZ=Asia/Tokyo 30 9 * * *": "has a zone of its own",
	} {
		if _, err := NewCron(spec, "UTC"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
	if _, err := NewCron("@daily", "Mars"); err == nil || !strings.Contains(err.Error(), "is no time zone") {
		t.Error(err)
	}
}

func BenchmarkOpen(b *testing.B) {
	s := schedule(b, office)
	t := time.Date(2026, 11, 16, 10, 0, 0, 0, time.UTC)
	for b.Loop() {
		s.Open(t)
	}
}
