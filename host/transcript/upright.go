package transcript

import (
	"bytes"
	"encoding/binary"
	"image"

	"golang.org/x/image/draw"
)

// orientation is how a JPEG says that it lies: 1 to 8 as in EXIF 2.32, tag
// 0x0112; 1 is upright. Phones save photographs as the sensor saw them.
func orientation(data []byte) int {
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) {
		return 1
	}
	for data = data[2:]; len(data) > 4 && data[0] == 0xff && data[1] != 0xda; {
		end := 2 + int(binary.BigEndian.Uint16(data[2:]))
		if end > len(data) {
			break
		}
		if tiff, ok := bytes.CutPrefix(data[4:max(end, 4)], []byte("Exif\x00\x00")); ok && data[1] == 0xe1 {
			return orientationIn(tiff)
		}
		data = data[end:]
	}
	return 1
}

// orientationIn looks through the first directory of a TIFF file (TIFF 6.0, 2).
func orientationIn(tiff []byte) int {
	var order binary.ByteOrder = binary.BigEndian
	if bytes.HasPrefix(tiff, []byte("II")) {
		order = binary.LittleEndian
	}
	if len(tiff) < 8 {
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		entries = entries[12:]
	}
	return 1
}

// lies says for each orientation where the pixel that belongs at x, y is; w and
// h are the last column and row of the picture as it lies.
var lies = [...]func(x, y, w, h int) (int, int){
	2: func(x, y, w, _ int) (int, int) { return w - x, y },
	3: func(x, y, w, h int) (int, int) { return w - x, h - y },
	4: func(x, y, _, h int) (int, int) { return x, h - y },
	5: func(x, y, _, _ int) (int, int) { return y, x },
	6: func(x, y, _, h int) (int, int) { return y, h - x },
	7: func(x, y, w, h int) (int, int) { return w - y, h - x },
	8: func(x, y, w, _ int) (int, int) { return w - y, x },
}

// upright turns a picture that lies.
func upright(im image.Image, orientation int) image.Image {
	if orientation < 2 {
		return im
	}
	b := im.Bounds()
	flat := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Bounds(), im, b.Min, draw.Src)
	size := b.Size()
	if orientation > 4 {
		size.X, size.Y = size.Y, size.X
	}
	turned := image.NewNRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			fx, fy := lies[orientation](x, y, b.Dx()-1, b.Dy()-1)
			turned.SetNRGBA(x, y, flat.NRGBAAt(fx, fy))
		}
	}
	return turned
}
