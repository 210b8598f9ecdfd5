package transcript

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // pictures may be GIF, JPEG, PNG or WebP
	"image/jpeg"
	_ "image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

const (
	maxPixels = 50_000_000 // a picture with more is not unpacked: it could be a trap
	maxSide   = 1400       // pixels; larger pictures are made smaller
)

// picture is an image in the document.
type picture struct {
	named
	width, height int // pixels
}

var errTooLarge = errors.New("picture has too many pixels")

// picture writes the image once and returns what draws it.
func (d *document) picture(data []byte) (picture, error) {
	key := sha256.Sum256(data)
	if p, ok := d.pictures[string(key[:])]; ok {
		return p, nil
	}
	im, format, err := decode(data)
	if err != nil {
		return picture{}, err
	}
	size := im.Bounds().Size()
	p := picture{width: size.X, height: size.Y}
	p.id = d.number()
	p.name = fmt.Sprintf("I%d", p.id)
	small := shrink(im)
	switch {
	case small == im && format == "jpeg" && im.ColorModel() == color.YCbCrModel:
		d.jpeg(p.id, size, data)
	case small != im && opaque(small):
		var b bytes.Buffer
		if err := jpeg.Encode(&b, small, &jpeg.Options{Quality: 85}); err != nil {
			return picture{}, err
		}
		d.jpeg(p.id, small.Bounds().Size(), b.Bytes())
	default:
		d.pixels(p.id, small)
	}
	d.pictures[string(key[:])] = p
	d.named = append(d.named, p.named)
	return p, nil
}

func decode(data []byte) (image.Image, string, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", err
	}
	if c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > maxPixels {
		return nil, "", errTooLarge
	}
	return image.Decode(bytes.NewReader(data))
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
