package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
	"golang.org/x/net/idna"
)

// maxAddress is RFC 5321's limit for a path, less its brackets.
const maxAddress = 254

// ParseAddress reads "ana@example.org" or "Ana <ana@example.org>" and returns
// its name and bare address. The domain comes back in the form that mail
// servers know (bücher.example becomes xn--bcher-kva.example). It does not ask
// whether such an address exists.
func ParseAddress(s string) (name, address string, err error) {
	if control(s) {
		return "", "", fmt.Errorf("address %q holds a control character", cut(s, 60))
	}
	a, err := netmail.ParseAddress(strings.TrimSpace(s))
	if err != nil {
		return "", "", fmt.Errorf("%q is no mail address: write it as name@example.org", cut(s, 60))
	}
	at := strings.LastIndexByte(a.Address, '@')
	local, domain := a.Address[:at], a.Address[at+1:]
	if domain, err = hostName(domain); err != nil {
		return "", "", fmt.Errorf("%q is no mail address: %w", cut(s, 60), err)
	}
	address = local + "@" + domain
	// the parser unquotes "a b"@example.org; no real mailbox needs that form
	if len(address) > maxAddress || len(local) > 64 || strings.ContainsAny(local, " \"\\,:;<>()[]@") || control(a.Name) {
		return "", "", fmt.Errorf("%q is no mail address that we send to", cut(s, 60))
	}
	return a.Name, address, nil
}

// hostName leaves [192.0.2.1] as it is.
func hostName(domain string) (string, error) {
	if strings.HasPrefix(domain, "[") {
		return domain, nil
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", fmt.Errorf("domain %q cannot exist", domain)
	}
	return ascii, nil
}

func setAddress(msg *gomail.Msg, header gomail.AddrHeader, list ...string) error {
	var as []*netmail.Address
	for _, s := range list {
		name, address, err := ParseAddress(s)
		if err != nil {
			return err
		}
		as = append(as, &netmail.Address{Name: name, Address: address})
	}
	msg.SetAddrHeaderFromMailAddress(header, as...)
	return nil
}
