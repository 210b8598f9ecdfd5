// Package rule tries the conditions that admins write, and says of each what
// it found.
//
// All keys of a rule that are given must hold; each becomes a part of the
// match, whether it held or not, so that "why not" has an answer too. A key
// that makes no sense, such as a pattern that is none or a schedule that does
// not exist, does not hold and says what to write; Check finds these before a
// rule is used, and a worker loads no plugin whose settings have one.
//
// The key when is an expression of expr-lang.org, for what no other key can say:
// its names and types are checked with the rest, and what it saw is told with
// whether it held. A language is acted on only when the guess is surer than 80 %.
//
// Words are compared folded (see package text): in every script, whatever
// case and accents, and as whole words. Patterns are RE2 and see the text as
// it was written. At most the first 16 KiB of a text are looked at, and every
// key takes time linear in them. The same rule on the same chat at the same
// time says the same.
//
// Package rule carries nothing out and remembers nothing but what it compiled.
package rule
