package transcript

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // pictures may be GIF, JPEG, PNG, WebP, BMP or TIFF
	"image/jpeg"
	"image/png"

	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

const (
	maxPixels = 25_000_000 // a picture with more is not unpacked: it could be a trap
	maxSide   = 1400       // pixels; larger pictures are made smaller
)

// picture is an image in the document.
type picture struct {
	named
	size image.Point // pixels
}

var errTooLarge = errors.New("picture has too many pixels")

// picture writes the image once and returns what draws it.
func (d *document) picture(data []byte) (picture, error) {
	key := digestOf(data)
	if p, ok := d.pictures[key]; ok {
		return p, nil
	}
	im, format, err := prepare(data)
	if err != nil {
		return picture{}, err
	}
	p := picture{size: im.Bounds().Size()}
	p.id = d.number()
	p.name = fmt.Sprintf("I%d", p.id)
	switch {
	case format == "jpeg" && im.ColorModel() == color.YCbCrModel:
		d.jpeg(p.id, p.size, data)
	case format == "" && opaque(im):
		if data, err = packed(im); err != nil {
			return picture{}, err
		}
		d.jpeg(p.id, p.size, data)
	default:
		d.pixels(p.id, im)
	}
	d.pictures[key] = p
	d.named = append(d.named, p.named)
	return p, nil
}

// encoded is a picture in a form that mail readers know.
type encoded struct {
	kind string // media type
	data []byte
	size image.Point // pixels
}

// forMail keeps a picture as it is if it is small, upright and PNG, JPEG or GIF.
func forMail(data []byte) (encoded, error) {
	im, format, err := prepare(data)
	if err != nil {
		return encoded{}, err
	}
	e := encoded{"image/" + format, data, im.Bounds().Size()}
	switch {
	case format == "png", format == "jpeg", format == "gif":
	case opaque(im):
		e.kind = "image/jpeg"
		e.data, err = packed(im)
	default:
		var b bytes.Buffer
		err = png.Encode(&b, im)
		e.kind, e.data = "image/png", b.Bytes()
	}
	return e, err
}

// prepare unpacks a picture, makes it smaller if it is large and turns it
// upright. The format is "" if the picture is no longer the one in data.
func prepare(data []byte) (im image.Image, format string, err error) {
	defer func() {
		if p := recover(); p != nil { // what a decoder stumbles over is a broken picture
			err = fmt.Errorf("unpack picture: %v", p)
		}
	}()
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", err
	}
	if c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > maxPixels {
		return nil, "", errTooLarge
	}
	whole, format, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "", err
	}
	im = upright(shrink(whole), orientation(data))
	if im != whole {
		format = ""
	}
	return im, format, nil
}

func packed(im image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, im, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// fit is the size at which a picture stands in a box: its own, or smaller.
func fit(size image.Point, width, height float64) (w, h float64) {
	w, h = float64(size.X), float64(size.Y)
	by := min(1, width/w, height/h)
	return w * by, h * by
}

func shrink(im image.Image) image.Image {
	size := im.Bounds().Size()
	if size.X <= maxSide && size.Y <= maxSide {
		return im
	}
	f := maxSide / float64(max(size.X, size.Y))
	small := image.NewNRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*f)), max(1, int(float64(size.Y)*f))))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), im, im.Bounds(), draw.Src, nil)
	return small
}

func opaque(im image.Image) bool {
	o, ok := im.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

func (d *document) jpeg(id object, size image.Point, data []byte) {
	d.raw(id, fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode", size.X, size.Y), data)
}

// pixels writes colours and, in an object of its own, what shines through.
func (d *document) pixels(id object, im image.Image) {
	b := im.Bounds()
	n := b.Dx() * b.Dy()
	rgb, alpha := make([]byte, 0, 3*n), make([]byte, 0, n)
	solid := true
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.NRGBAModel.Convert(im.At(x, y)).(color.NRGBA)
			rgb = append(rgb, c.R, c.G, c.B)
			alpha = append(alpha, c.A)
			solid = solid && c.A == 255
		}
	}
	head := fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8", b.Dx(), b.Dy())
	mask := ""
	if !solid {
		m := d.number()
		d.stream(m, head+"/ColorSpace/DeviceGray", alpha)
		mask = fmt.Sprintf("/SMask %d 0 R", m)
	}
	d.stream(id, head+"/ColorSpace/DeviceRGB"+mask, rgb)
}
