package rule

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
	"github.com/bellhop-chat/bellhop/sdk"
)

func (a attempt) page() []sdk.Part {
	const key = "page"
	if len(a.rule.Page) == 0 {
		return nil
	}
	wanted := strings.Join(a.rule.Page, " or ")
	address, err := a.address()
	switch {
	case err != nil:
		return failed(key, err)
	case address == "":
		return one(key, false, "page is unknown, not %s", wanted)
	}
	for _, want := range a.rule.Page {
		if a.engine.isPage(want, address) {
			return one(key, true, "page is %s, at %s", quote(address), want)
		}
	}
	return one(key, false, "page is %s, not %s", quote(address), wanted)
}

// address is where the guest is on the website, as much of it as is looked at;
// "" when nobody knows.
func (a attempt) address() (string, error) {
	page, err := a.chat.Page()
	return text.Cut(page.URL, maxText), err
}

// isPage reports whether the address is that of the page, or below it. What
// stands there is what a browser says, so anything may.
func (e *Engine) isPage(want, address string) bool {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return false
	}
	re, err := cached(e, e.pages, want, func() (*regexp.Regexp, error) { return pagePattern(want) })
	if err != nil {
		return false // Check has said so
	}
	if strings.HasPrefix(want, "/") {
		return re.MatchString(at.Path)
	}
	return re.MatchString(at.Hostname()+at.Path) || at.Port() != "" && re.MatchString(at.Host+at.Path)
}

// pagePattern understands a page as an admin writes it: a path, or a host with
// one, in which * stands for anything. What is below the page counts as well.
func pagePattern(want string) (*regexp.Regexp, error) {
	for _, scheme := range []string{"https://", "http://"} {
		want = strings.TrimPrefix(want, scheme)
	}
	switch {
	case strings.TrimSpace(want) == "":
		return nil, errors.New("one is empty: write a path like /pricing, or a host with one like shop.example.com/cart")
	case strings.ContainsAny(want, "?# \t\n"):
		return nil, fmt.Errorf("%s holds more than an address's host and path: leave out what begins with ? or #, or write when: page contains \"...\"", quote(want))
	}
	if plain, err := url.PathUnescape(want); err == nil {
		want = plain
	}
	parts := strings.Split(strings.TrimSuffix(want, "/"), "*")
	for n := range parts {
		parts[n] = regexp.QuoteMeta(parts[n])
	}
	return regexp.Compile(`(?is)^` + strings.Join(parts, ".*") + `(?:/.*)?$`)
}
