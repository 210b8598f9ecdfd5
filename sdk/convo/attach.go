package convo

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// fileKeys are what a line may say of a file.
var fileKeys = []string{"type", "size", "text"}

// file reads `Maya: photo.png type=image/png size=48213 text="here it is"`.
func file(rest string) (Step, error) {
	who, about, ok := speaker(rest)
	if !ok {
		return Step{}, errors.New(`!file says who sends which file: write it like !file Maya: photo.png type=image/png size=48213 text="here it is"`)
	}
	s := Step{Kind: Attach, Who: who}
	if about == "" {
		return s, errors.New("!file names no file: write it like !file Maya: photo.png")
	}
	named, err := visitor(about)
	if err != nil {
		return s, fmt.Errorf("!file: %w", err)
	}
	s.Text, s.Fields = named.Who, named.Fields
	for key := range s.Fields {
		if !contains(fileKeys, key) {
			return s, fmt.Errorf("!file knows no %s: write type, size or text", key)
		}
	}
	if size := s.Fields["size"]; size != "" {
		if n, err := strconv.ParseInt(size, 10, 64); err != nil || n < 0 {
			return s, fmt.Errorf("!file has the size %s: write a number of bytes", size)
		}
	}
	return s, nil
}

// Size is what a file line says of the file's size, in bytes; 0 means nothing.
func (s Step) Size() int64 {
	n, _ := strconv.ParseInt(s.Fields["size"], 10, 64) // checked when it was read
	return n
}

func quote(rest string) (Step, error) {
	who, text, ok := speaker(rest)
	if !ok {
		return Step{}, errors.New("!quote says who answers the last message of the other side, and what: write it like !quote alice: which one?")
	}
	return Step{Kind: Quote, Who: who, Text: message(text, nil)}, nil
}

func formatFile(s Step) string {
	return "!file " + formatName(s.Who) + ": " + formatVisitorName(s.Text) + strings.TrimRight(formatFields(s.Fields, fileKeys), " ")
}
