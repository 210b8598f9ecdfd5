// Package hours tells when a department is open, and why.
//
// A [Plan] is what an admin writes: hours for the days of the week, countries
// whose holidays are closed, and single days that differ. [New] checks it and
// makes a [Schedule], which answers for any moment. A [Cron] gives the times
// of a cron expression.
//
// It promises the clock on the wall of the plan's zone: at 09:00 by that clock
// it is open from 09:00, on the days when clocks change too. Hours that the
// clock skips do not happen; hours that it shows twice count twice. Zones are
// built in, so that the machine needs none.
//
// Package hours neither runs anything nor waits. Its holidays were collected
// in 2023: a plan can name the days that have changed since.
package hours
