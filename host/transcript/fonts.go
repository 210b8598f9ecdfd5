package transcript

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"log"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
	"github.com/go-text/typesetting/language"
)

//go:embed fonts/*.gz fonts/emoji.zip
var files embed.FS

// fontFile is an embedded font. It is unpacked when a text first needs it.
type fontFile struct {
	name string
	once sync.Once
	font *font.Font // never changes, so that several transcripts may use it
	err  error
}

var (
	sans       = weights{&fontFile{name: "NotoSans-Regular.ttf"}, &fontFile{name: "NotoSans-Bold.ttf"}}
	arabic     = weights{&fontFile{name: "NotoSansArabic-Regular.ttf"}, &fontFile{name: "NotoSansArabic-Bold.ttf"}}
	hebrew     = weights{&fontFile{name: "NotoSansHebrew-Regular.ttf"}, &fontFile{name: "NotoSansHebrew-Bold.ttf"}}
	devanagari = weights{&fontFile{name: "NotoSansDevanagari-Regular.ttf"}, &fontFile{name: "NotoSansDevanagari-Bold.ttf"}}
	thai       = weights{&fontFile{name: "NotoSansThai-Regular.ttf"}, &fontFile{name: "NotoSansThai-Bold.ttf"}}
	cjk        = one("wqy-microhei.ttc")
	bengali    = one("NotoSansBengali-Regular.ttf")
	ethiopic   = one("NotoSansEthiopic-Regular.ttf")
	gujarati   = one("NotoSansGujarati-Regular.ttf")
	gurmukhi   = one("NotoSansGurmukhi-Regular.ttf")
	kannada    = one("NotoSansKannada-Regular.ttf")
	khmer      = one("NotoSansKhmer-Regular.ttf")
	lao        = one("NotoSansLao-Regular.ttf")
	malayalam  = one("NotoSansMalayalam-Regular.ttf")
	myanmar    = one("NotoSansMyanmar-Regular.ttf")
	oriya      = one("NotoSansOriya-Regular.ttf")
	sinhala    = one("NotoSansSinhala-Regular.ttf")
	tamil      = one("NotoSansTamil-Regular.ttf")
	telugu     = one("NotoSansTelugu-Regular.ttf")
	symbols    = one("NotoSansSymbols2-Regular.ttf")
	dejavu     = one("DejaVuSans.ttf")
	emoji      = one("NotoEmoji-Regular.ttf")
)

// weights is a font in regular and bold; of some there is only one.
type weights [2]*fontFile

func one(name string) weights {
	f := &fontFile{name: name}
	return weights{f, f}
}

// byScript are the fonts of scripts that Noto Sans lacks.
var byScript = map[language.Script]weights{
	language.Arabic: arabic, language.Hebrew: hebrew, language.Devanagari: devanagari, language.Thai: thai,
	language.Han: cjk, language.Hiragana: cjk, language.Katakana: cjk, language.Bopomofo: cjk, language.Hangul: cjk,
	language.Bengali: bengali, language.Ethiopic: ethiopic, language.Gujarati: gujarati, language.Gurmukhi: gurmukhi,
	language.Kannada: kannada, language.Khmer: khmer, language.Lao: lao, language.Malayalam: malayalam, language.Myanmar: myanmar,
	language.Oriya: oriya, language.Sinhala: sinhala, language.Tamil: tamil, language.Telugu: telugu,
}

// fallbacks are tried in this order for everything else; the large ones are last.
var fallbacks = []weights{sans, symbols, dejavu, emoji, hebrew, thai, devanagari, arabic, cjk}

func (f *fontFile) load() (*font.Font, error) {
	f.once.Do(func() {
		f.font, f.err = unpack(f.name)
		if f.err != nil {
			f.err = fmt.Errorf("load embedded font %s: %w", f.name, f.err)
		}
	})
	return f.font, f.err
}

func unpack(name string) (*font.Font, error) {
	packed, err := files.Open("fonts/" + name + ".gz")
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	faces, err := font.ParseTTC(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return faces[0].Font, nil
}

// fontMap finds a face for a character. It serves one transcript at a time.
type fontMap struct {
	bold   bool
	script language.Script
	faces  map[*font.Font]*font.Face
	found  map[wanted]*font.Face
	folder string            // of the index of this machine's fonts; "" if they are not used
	system *fontscan.FontMap // nil until they are needed, or if they can't be had
	colour *font.Face        // emoji in colour, if the machine has them
}

// wanted is what a choice of face depends on.
type wanted struct {
	r      rune
	script language.Script
	bold   bool
}

func newFontMap(systemFonts string) *fontMap {
	return &fontMap{faces: map[*font.Font]*font.Face{}, found: map[wanted]*font.Face{}, folder: systemFonts}
}

// useSystem opens this machine's fonts, once. What they would have shown is
// missing if that fails.
func (m *fontMap) useSystem() {
	if m.folder == "" {
		return
	}
	system, err := indexed(m.folder)
	m.folder = ""
	if err != nil {
		return
	}
	m.system = system
	if at, ok := system.FindSystemFont("Noto Color Emoji"); ok {
		m.colour = colourEmoji(at)
	}
}

// indexed makes or reads the index of this machine's fonts in a folder. The first
// time it takes about a second. Go-text tries once in a process, and says only
// then what is wrong.
func indexed(folder string) (*fontscan.FontMap, error) {
	system := fontscan.NewFontMap(log.New(io.Discard, "", 0))
	if err := system.UseSystemFonts(folder); err != nil {
		return nil, fmt.Errorf("index system fonts in %s: %w: install fonts, such as Debian's fonts-noto-core, and see that the folder can be written", folder, err)
	}
	return system, nil
}

// SetScript is called by go-text before ResolveFace.
func (m *fontMap) SetScript(s language.Script) { m.script = s }

// ResolveFace returns the face for r; if no font has r, one that shows a box.
func (m *fontMap) ResolveFace(r rune) *font.Face {
	k := wanted{r, m.script, m.bold}
	f, ok := m.found[k]
	if !ok {
		f = m.search(r)
		m.found[k] = f
	}
	return f
}

func (m *fontMap) search(r rune) *font.Face {
	// digits and points of any script's text look best from the font of its Latin
	if r >= 0x250 {
		if w, ok := byScript[m.script]; ok {
			if f := m.face(w); has(f, r) {
				return f
			}
		}
	}
	for _, w := range fallbacks {
		if f := m.face(w); has(f, r) {
			return f
		}
	}
	if f := m.searchSystem(r); f != nil {
		return f
	}
	return m.face(sans)
}

// families name the system's font for a script; its own choice is arbitrary
// and may be one whose marks are misplaced.
var families = strings.Fields("NotoSans NotoSansSymbols NotoSansMath NotoSansCJKSC")

func (m *fontMap) searchSystem(r rune) *font.Face {
	if m.useSystem(); m.system == nil {
		return nil
	}
	q := fontscan.Query{Families: families}
	if m.bold {
		q.Aspect.Weight = font.WeightBold
	}
	m.system.SetQuery(q)
	m.system.SetScript(m.script)
	if f := m.system.ResolveFace(r); f != nil && has(f, r) {
		return f
	}
	return nil
}

// face returns this transcript's face of an embedded font. That one does not
// load can only be a fault of the build; it ends in PDF's error.
func (m *fontMap) face(w weights) *font.Face {
	file := w[0]
	if m.bold {
		file = w[1]
	}
	f, err := file.load()
	if err != nil {
		panic(err)
	}
	if m.faces[f] == nil {
		m.faces[f] = font.NewFace(f)
	}
	return m.faces[f]
}

// emojiFor returns the face for an emoji that begins with r; nil leaves the choice as it is.
func (m *fontMap) emojiFor(isEmoji bool, r rune) *font.Face {
	if !isEmoji {
		return nil
	}
	if has(m.face(emoji), r) {
		return m.face(emoji)
	}
	if m.useSystem(); m.colour != nil && has(m.colour, r) {
		return m.colour
	}
	return nil
}

func has(f *font.Face, r rune) bool {
	_, ok := f.NominalGlyph(r)
	return ok
}
