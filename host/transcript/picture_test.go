package transcript

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"
)

// sensor is a picture of 64 by 32 pixels whose upper left quarter is red.
func sensor(t testing.TB) *image.NRGBA {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	for x := range 64 {
		for y := range 32 {
			c := color.NRGBA{20, 20, 200, 255}
			if x < 32 && y < 16 {
				c = color.NRGBA{200, 20, 20, 255}
			}
			im.SetNRGBA(x, y, c)
		}
	}
	return im
}

// photograph is a JPEG that says how it lies.
func photograph(t testing.TB, order binary.AppendByteOrder, orientation uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, sensor(t), nil); err != nil {
		t.Fatal(err)
	}
	mark := map[bool]string{true: "II", false: "MM"}[order.String() == "LittleEndian"]
	tiff := order.AppendUint32(order.AppendUint16([]byte(mark), 42), 8)
	tiff = order.AppendUint16(tiff, 2)
	for _, e := range [][2]uint16{{0x0100, 64}, {0x0112, orientation}} {
		tiff = order.AppendUint32(order.AppendUint16(order.AppendUint16(tiff, e[0]), 3), 1)
		tiff = order.AppendUint16(order.AppendUint16(tiff, e[1]), 0)
	}
	body := append([]byte("Exif\x00\x00"), order.AppendUint32(tiff, 0)...)
	app1 := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2)), body...)
	return append(append([]byte{0xff, 0xd8}, app1...), b.Bytes()[2:]...)
}

// The words are those of EXIF 2.32: where the row 0 and the column 0 of the
// picture belong. The red quarter touches both.
func TestPhotographsStandUpright(t *testing.T) {
	for orientation, red := range map[uint16]string{
		1: "top left", 2: "top right", 3: "bottom right", 4: "bottom left",
		5: "left top", 6: "right top", 7: "right bottom", 8: "left bottom", 0: "top left", 9: "top left",
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			im, format, err := prepare(photograph(t, order, orientation))
			if err != nil {
				t.Fatal(err)
			}
			size := im.Bounds().Size()
			if lies := orientation >= 5 && orientation <= 8; (size == image.Pt(32, 64)) != lies {
				t.Errorf("orientation %d: size %v", orientation, size)
			}
			if turned := orientation >= 2 && orientation <= 8; (format == "") != turned {
				t.Errorf("orientation %d: format %q", orientation, format)
			}
			x, y := size.X/8, size.Y/8
			if strings.Contains(red, "right") {
				x = size.X - 1 - x
			}
			if strings.Contains(red, "bottom") {
				y = size.Y - 1 - y
			}
			if r, _, b, _ := im.At(x, y).RGBA(); r < b {
				t.Errorf("orientation %d: no red at the %s", orientation, red)
			}
			if r, _, b, _ := im.At(size.X-1-x, size.Y-1-y).RGBA(); r > b {
				t.Errorf("orientation %d: red at the other corner", orientation)
			}
		}
	}
}

func TestDamagedEXIFIsNoReasonToFail(t *testing.T) {
	whole := photograph(t, binary.BigEndian, 6)
	for n := range 80 {
		orientation(whole[:n])
		damaged := bytes.Clone(whole)
		damaged[n] ^= 0xff
		orientation(damaged)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(photograph(f, binary.BigEndian, 6)[:60])
	f.Add(photograph(f, binary.LittleEndian, 3)[:60])
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}

func TestPicturesOfAllKindsAreShown(t *testing.T) {
	im, _, err := image.Decode(bytes.NewReader(photo(t, "png", 90, 60)))
	if err != nil {
		t.Fatal(err)
	}
	deep := image.NewNRGBA64(im.Bounds())
	draw.Draw(deep, deep.Bounds(), im, image.Point{}, draw.Src)
	grey := image.NewGray(im.Bounds())
	draw.Draw(grey, grey.Bounds(), im, image.Point{}, draw.Src)
	few := image.NewPaletted(im.Bounds(), palette.WebSafe)
	draw.Draw(few, few.Bounds(), im, image.Point{}, draw.Src)
	for name, encode := range map[string]func(io.Writer) error{
		"png":            func(w io.Writer) error { return png.Encode(w, im) },
		"png of 16 bits": func(w io.Writer) error { return png.Encode(w, deep) },
		"png of few":     func(w io.Writer) error { return png.Encode(w, few) },
		"grey jpeg":      func(w io.Writer) error { return jpeg.Encode(w, grey, nil) },
		"gif":            func(w io.Writer) error { return gif.Encode(w, im, nil) },
		"bmp":            func(w io.Writer) error { return bmp.Encode(w, im) },
		"tiff":           func(w io.Writer) error { return tiff.Encode(w, im, nil) },
	} {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{b.Bytes(), b.Bytes()[:b.Len()/2], append(slices.Clone(b.Bytes()), "and more"...)} {
			c := Conversation{Entries: []Entry{{Files: []File{{Name: name, Image: data}}}}}
			pdf, _ := write(t, "pdf", c, Options{})
			page, _ := write(t, "html", c, Options{MailImages: false})
			sound(t, pdf)
			if whole := len(data) >= b.Len(); whole != strings.Contains(pdf, "/Subtype/Image") || whole != strings.Contains(page, "<img") {
				t.Errorf("%s of %d bytes, of %d", name, len(data), b.Len())
			}
		}
	}
}

func TestMailsHoldPicturesThatMailReadersKnow(t *testing.T) {
	var animation bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&animation, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{5, 5}}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data  []byte
		kind  string
		width int
		same  bool
	}{
		"png":          {photo(t, "png", 120, 60), "image/png", 120, true},
		"jpeg":         {photo(t, "jpeg", 120, 60), "image/jpeg", 120, true},
		"gif":          {animation.Bytes(), "image/gif", 9, true},
		"large jpeg":   {photo(t, "jpeg", 2800, 100), "image/jpeg", 1400, false},
		"large glassy": {photo(t, "png", 2800, 100), "image/png", 1400, false},
		"lying":        {photograph(t, binary.BigEndian, 6), "image/jpeg", 32, false},
		"webp":         {webp, "image/jpeg", 1, false},
	} {
		e, err := forMail(c.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen, format, err := image.DecodeConfig(bytes.NewReader(e.data))
		if err != nil || "image/"+format != e.kind || seen.Width != e.size.X || seen.Height != e.size.Y {
			t.Errorf("%s: %v: %s of %v pixels says %s of %v", name, err, format, seen, e.kind, e.size)
		}
		if e.kind != c.kind || e.size.X != c.width || bytes.Equal(e.data, c.data) != c.same {
			t.Errorf("%s: %s, %v, same %v", name, e.kind, e.size, bytes.Equal(e.data, c.data))
		}
	}
}

// webp is one pixel (lossy), from the WebP container's specification.
var webp = []byte("RIFF$\x00\x00\x00WEBPVP8 \x18\x00\x00\x000\x01\x00\x9d\x01*\x01\x00\x01\x00\x02\x004%\xa4\x00\x03p\x00\xfe\xfb\xfdP\x00")

func TestAPictureSentTwiceIsInTheDocumentOnce(t *testing.T) {
	f := File{Name: "a.jpg", Image: photo(t, "jpeg", 64, 32)}
	c := Conversation{Entries: []Entry{{Files: []File{f}}, {Files: []File{f, f}}}}
	pdf, _ := write(t, "pdf", c, Options{})
	if n := strings.Count(pdf, "/Subtype/Image"); n != 1 {
		t.Errorf("the PDF holds %d pictures", n)
	}
	if _, r := write(t, "html", c, Options{MailImages: true}); len(r.Images) != 1 || r.Images[0].Name != "a.jpg" || r.Images[0].Type != "image/jpeg" {
		t.Errorf("%d pictures beside the HTML", len(r.Images))
	}
}
