package transcript

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Options say how a transcript is written. The zero value works.
type Options struct {
	// SystemFonts is a writable folder for an index of this machine's fonts. If
	// it is set, they are used for what the embedded fonts lack; the first PDF that needs them takes about a second more. "" means
	// the embedded fonts only, with which the same conversation gives the same
	// bytes on every machine.
	SystemFonts string

	// Logo stands above the head of PDF and HTML: PNG, JPEG, GIF, WebP, BMP or TIFF. nil
	// means none. What is no picture is left out.
	Logo []byte

	// Colour is that of the workspace's name and of agents' names in PDF and
	// HTML, such as "#175aa8", which "" means.
	Colour string

	// Footer is a line at the foot of each page of a PDF and at the end of HTML,
	// such as the firm's name and address. What does not fit is cut.
	Footer string

	// MailImages makes HTML refer to pictures as cid:..., which mail readers
	// show, and list them in the report. False puts them into the HTML itself.
	MailImages bool
}

// Report tells what was written.
type Report struct {
	SHA256  string  // of the conversation, in hex; the same for all four forms
	Pages   int     // of a PDF
	Missing []rune  // what no font could show, in order; of a PDF
	Images  []Image // what HTML refers to; only with Options.MailImages
}

// The largest size at which pictures are shown, in pixels of 96 an inch.
const (
	maxPictureWidth  = 400.0
	maxPictureHeight = 320.0
	maxLogoWidth     = 220.0
	maxLogoHeight    = 56.0
)

// Image is a picture that HTML refers to as cid:ContentID.
type Image struct {
	ContentID string
	Name      string
	Type      string // media type
	Data      []byte
}

// MissingText lists the missing characters as "U+1234 U+1235", the first eight
// of many; "" if there are none.
func (r Report) MissingText() string {
	const most = 8
	var all []string
	for _, m := range r.Missing[:min(most, len(r.Missing))] {
		all = append(all, fmt.Sprintf("U+%04X", m))
	}
	if more := len(r.Missing) - most; more > 0 {
		all = append(all, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, " ")
}

// accent is the colour of o.
func (o Options) accent() (colour, error) {
	if o.Colour == "" {
		return accent, nil
	}
	digits, found := strings.CutPrefix(o.Colour, "#")
	rgb, err := hex.DecodeString(digits)
	if !found || err != nil || len(rgb) != 3 {
		return colour{}, fmt.Errorf("transcript colour %q: write it like #175aa8", o.Colour)
	}
	return colour{float64(rgb[0]) / 255, float64(rgb[1]) / 255, float64(rgb[2]) / 255}, nil
}

func sortedRunes(set map[rune]bool) []rune {
	var out []rune
	for r := range set {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// guard turns a panic of what is deferred beneath it into an error.
func guard(form string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("write transcript as %s: %v", form, p)
	}
}
