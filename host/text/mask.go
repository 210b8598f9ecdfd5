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
	number = pattern(`[+＋(]{0,2}\p{Nd}(?:[ \t\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}().\p{Pd}\x{2212}\x{640}\x{30fc}\x{ff70}/\p{M}\p{Cf}-]{0,5}\p{Nd})*`)
	// what begins as a phone and may be parted by more, line ends too
	dialled = pattern(`(?:[+＋]|[(]?[0０٠۰])(?:[\s\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}().\p{Pd}\p{Pc}\x{2212}\x{640}\x{30fc}\x{ff70}/\p{M}\p{Cf}·•‧∙⋅・|~*-]{0,5}\p{Nd})+`)
	date    = pattern(`^(?:\d{4}([-./])\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))(?: +|$)`)
	quad    = pattern(`^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$`)
)

const (
	local = `[\p{L}\p{N}\p{M}\p{Cf}._%+'-]+`
	label = `[\p{L}\p{N}\p{M}\p{Cf}-]+`
)

// pattern is compiled when it is first needed: not in the processes of plugins,
// which find words only.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// Mask returns s with the personal data hidden that has a known shape: mail
// addresses, IBANs (by country, length and check digits), payment cards (by
// the Luhn sum) and phone numbers, in the digits of any script and however they
// are parted, also by line ends. It hides rather
// too much than too little: a bare number of 10 to 15 digits counts as a phone.
// What could be an account or a card is an account: one number in 97 has its
// check digits, and one in 10 those of a card. Dates, IP addresses and shorter
// numbers stay.
func Mask(s string) string {
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
	if digits := len(plainDigits(s)); !parted || digits < 7 || digits > 15 || date().MatchString(Fold(first)) || !isPhone(Fold(s)) {
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
	if quad().MatchString(plain) || !isPhone(plain) {
		return s
	}
	return MaskedPhone
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
	case digits > 15: // E.164
		return false
	case first == '+', first == '(', strings.HasPrefix(s, "00"):
		return digits >= 7
	case first == '0':
		return digits >= 8
	}
	return digits >= 10 || localPhone().MatchString(s)
}
