package transcript

import (
	"bytes"
	"os"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/fontscan"
)

// colourEmoji loads the emoji font, if it holds pictures that we can show; nil if not.
func colourEmoji(at fontscan.Location) *font.Face {
	data, err := os.ReadFile(at.File)
	if err != nil {
		return nil
	}
	f, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil || len(f.BitmapSizes()) == 0 {
		return nil
	}
	return f
}
