package text

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// What Mask writes in place of personal data.
const (
	MaskedCard    = "[card]"
	MaskedMail    = "[mail]"
	MaskedPhone   = "[phone]"
	MaskedAccount = "[account]"
)

var (
	// marks and format characters (Cf) may stand anywhere: no reader sees them, and
	// what hides with them would be whole again where they are dropped
	mail = pattern(`(?:` + local + `|"[^"\n]{1,64}")(?:[@＠]\s{0,2}|[ \t][@＠][ \t])(?:` + label + `(?:[.．。]` + label + `)+|\[[\d.a-fA-F:]{3,45}\])`)
	// addresses that are spelled out, so that machines don't find them
	spelt = pattern(`(?i)` + local + `[ \t]?[(\[{][ \t]?at[ \t]?[)\]}][ \t]?` + label + `(?:[ \t]?(?:[.]|[(\[{][ \t]?dot[ \t]?[)\]}])[ \t]?` + label + `)+`)
	// digits in groups, as people write phones, dates and order numbers
	number = pattern(`[+＋(]{0,2}\p{Nd}(?:` + parted(spaces+strokes) + `\p{Nd})*`)
	// what begins as a phone and may be parted by more, line ends too
	dialled = pattern(`(?:[+＋]|[(]?[0０٠۰])(?:` + parted(`\s\p{Pc}·•‧∙⋅・|~*`+spaces+strokes) + `\p{Nd})+`)
	date    = pattern(`^(?:\d{4}([-./])\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))(?: +|$)`)
	gaps    = pattern(`[` + spaces + `/]+`)
	quad    = pattern(`^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$`)
)

// maxPhone is how many digits a phone has at most, by E.164.
const maxPhone = 15

const (
	local = `[\p{L}\p{N}\p{M}\p{Cf}._%+'-]+`
	label = `[\p{L}\p{N}\p{M}\p{Cf}-]+`

	// of a class of characters: what parts digits
	spaces  = ` \t\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}`
	strokes = `().\p{Pd}\x{2212}\x{640}\x{30fc}\x{ff70}/`
)

// parted is up to five of a class of characters, and any number that nobody sees.
func parted(class string) string {
	return `(?:[\p{M}\p{Cf}]*[` + class + `]){0,5}[\p{M}\p{Cf}]*`
}

// pattern is compiled when it is first needed: not in the processes of plugins,
// which find words only.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// Mask returns s with the personal data hidden that has a known shape: mail
// addresses, IBANs (by country, length and check digits), payment cards (by
// the Luhn sum) and phone numbers, in the digits of any script and however they
// are parted, also by line ends, and also where characters are escaped as in
// links or in HTML: then nothing in s stays escaped. It hides rather
// too much than too little: a bare number of 10 to 15 digits counts as a phone.
// What could be an account or a card is an account: one number in 97 has its
// check digits, and one in 10 those of a card. Dates, IP addresses and shorter
// numbers stay.
func Mask(s string) string {
	return hideEscaped([]string{s}, func(s []string) []string { return []string{mask(s[0])} })[0]
}

func mask(s string) string {
	if strings.ContainsAny(s, "@＠") {
		s = mail().ReplaceAllString(s, MaskedMail)
	}
	if strings.ContainsAny(s, "([{") {
		s = spelt().ReplaceAllString(s, MaskedMail)
	}
	s = maskCards(maskAccounts(s))
	return number().ReplaceAllStringFunc(dialled().ReplaceAllStringFunc(s, maskDialled), maskPhone)
}

// maskDialled leaves what is no phone as a whole to maskPhone: it may be several.
func maskDialled(s string) string {
	first, more, _ := strings.Cut(s, "\n")
	parted := more != "" || strings.ContainsAny(s, "_·•‧∙⋅・|~*")
	if digits := len(plainDigits(s)); !parted || digits < 7 || digits > maxPhone || date().MatchString(Fold(first)) || !isPhone(Fold(s)) {
		return s
	}
	return MaskedPhone
}

func maskPhone(s string) string {
	plain := Fold(s)
	if d := date().FindString(plain); d != "" {
		if len(d) == len(plain) {
			return s
		}
		_, end := cutAt(s, len(d))
		return s[:end] + maskPhone(s[end:])
	}
	switch {
	case quad().MatchString(plain):
		return s
	case isPhone(plain):
		return MaskedPhone
	case len(plainDigits(s)) > maxPhone:
		return maskPhones(s)
	}
	return s
}

// maskPhones hides the phones in digits that are too many for one.
func maskPhones(s string) string {
	all := groups(s)
	if isNumber(all) {
		return s
	}
	var b strings.Builder
	at := 0
	for n := 0; n < len(all); {
		length := phoneOf(all[n:])
		if length > 0 {
			b.WriteString(s[at:all[n].from] + MaskedPhone)
			at = all[n+length-1].to
		}
		n += max(1, length)
	}
	return b.String() + s[at:]
}

// group is what stands between spaces and slashes.
type group struct {
	from, to, digits int
	begins           bool // as phones do
}

func groups(s string) (all []group) {
	at := 0
	for _, gap := range append(gaps().FindAllStringIndex(s, -1), []int{len(s), len(s)}) {
		part := Fold(s[at:gap[0]])
		g := group{from: at, to: gap[0], digits: len(plainDigits(part)), begins: part != "" && strings.ContainsRune("+(0", rune(part[0]))}
		if date().MatchString(part) {
			g.digits, g.begins = maxPhone+1, false
		}
		if part != "" {
			all = append(all, g)
		}
		at = gap[1]
	}
	return all
}

// isNumber reports whether the groups are those of one long number, as accounts,
// cards and orders have them: all alike, but that the first and the last may be
// shorter.
func isNumber(all []group) bool {
	size := 0
	for _, g := range all {
		size = max(size, g.digits)
	}
	for n, g := range all {
		if g.digits != size && n > 0 && n < len(all)-1 {
			return false
		}
	}
	return size >= 3 && size <= 5
}

// phoneOf is how many of the first groups are a phone; 0 when none are.
func phoneOf(all []group) int {
	switch {
	case all[0].digits >= 10 && all[0].digits <= maxPhone:
		return 1
	case len(all) >= 3 && all[0].digits == 3 && all[1].digits == 3 && all[2].digits == 4: // as in North America
		return 3
	case !all[0].begins:
		return 0
	}
	n, digits := 0, 0
	for ; n < len(all) && digits+all[n].digits <= maxPhone; n++ {
		if all[n].begins && (digits >= 10 || digits >= 7 && all[n].digits > 2) {
			break // another begins
		}
		digits += all[n].digits
	}
	for n > 0 && all[n-1].digits == 0 {
		n--
	}
	if digits < 7 {
		return 0
	}
	return n
}

// cutAt returns where the first n folded bytes of s lie in s.
func cutAt(s string, n int) (start, end int) { return locate(s, 0, n) }

func plainDigits(s string) string {
	var b strings.Builder
	for _, r := range s {
		if d, ok := digit(r); ok {
			b.WriteByte('0' + byte(d))
		}
	}
	return b.String()
}

// localPhone is a short number that only its hyphen tells from an amount.
var localPhone = pattern(`^\d{3}-\d{4}$`)

func isPhone(s string) bool {
	digits := len(plainDigits(s))
	first, _ := utf8.DecodeRuneInString(s)
	switch {
	case digits > maxPhone:
		return false
	case first == '+', first == '(', strings.HasPrefix(s, "00"):
		return digits >= 7
	case first == '0':
		return digits >= 8
	}
	return digits >= 10 || localPhone().MatchString(s)
}
