package model

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// A topics file begins with the magic and the format, one byte. The rest is a
// record in CBOR, compressed by gzip.
const (
	topicsMagic  = "bellhop topics\n"
	topicsFormat = 1
	mostRecord   = 64 << 20 // bytes, uncompressed
)

// A record is what a topics file holds. Numbers with fractions are little-endian float32.
type record struct {
	Labels   []string
	Features []byte // ascending, each ended by a line feed, which no feature holds
	Rarity   []byte
	Weights  []byte
	Units    []byte
	Base     []byte
	Heat     float32
	Sure     float32
	Texts    int
	Tried    Report
	Each     []Tried // by label
}

// WriteTo writes the topics as a file. Equal topics give equal bytes: how long
// it took to learn them is not among these.
func (t *Topics) WriteTo(w io.Writer) (int64, error) {
	var out bytes.Buffer
	out.WriteString(topicsMagic)
	out.WriteByte(topicsFormat)
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	if err := cbor.NewEncoder(z).Encode(t.record()); err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	if err := z.Close(); err != nil {
		return 0, fmt.Errorf("write topics: %w", err)
	}
	return out.WriteTo(w)
}

func (t *Topics) record() record {
	weights := make([]byte, len(t.weights))
	for i, w := range t.weights {
		weights[i] = byte(w)
	}
	var features []byte
	for _, f := range t.lexicon.features {
		features = append(append(features, f...), '\n')
	}
	return record{
		Labels: t.labels, Features: features, Rarity: pack(t.lexicon.rarity), Weights: weights, Units: pack(t.units),
		Base: pack(t.base), Heat: t.heat, Sure: t.sure, Texts: t.texts, Tried: t.tried, Each: t.each,
	}
}

// ReadTopics reads what WriteTo has written. It takes nothing for granted:
// what is no topics file, or a broken one, is an error.
func ReadTopics(r io.Reader) (*Topics, error) {
	head := make([]byte, len(topicsMagic)+1)
	_, err := io.ReadFull(r, head)
	format := head[len(topicsMagic)]
	switch {
	case err != nil, string(head[:len(topicsMagic)]) != topicsMagic:
		return nil, errors.New("read topics: this is no topics file: make one with bellhop topics train")
	case format > topicsFormat:
		return nil, fmt.Errorf("read topics: its format %d is newer than %d: use a newer bellhop, or train again", format, topicsFormat)
	case format < topicsFormat:
		return nil, fmt.Errorf("read topics: its format %d is not known any more: train again", format)
	}
	t, err := readRecord(r)
	if err != nil {
		return nil, fmt.Errorf("read topics: the file is damaged: %w: train again, or take it from a backup", err)
	}
	return t, nil
}

func readRecord(r io.Reader) (*Topics, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(z, mostRecord+1))
	if err != nil {
		return nil, err
	}
	if len(data) > mostRecord {
		return nil, fmt.Errorf("it holds more than %d MiB", mostRecord>>20)
	}
	var f record
	if err := cbor.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	return f.topics()
}

func (f record) topics() (*Topics, error) {
	features := strings.Split(string(f.Features), "\n")
	features = features[:len(features)-1]
	n := len(features)
	switch {
	case len(f.Labels) < 2, len(f.Labels) > mostTopics, !slices.IsSorted(f.Labels):
		return nil, errors.New("the topics are not as they should be")
	case len(f.Weights) != n*len(f.Labels), len(f.Rarity) != 4*n, len(f.Units) != 4*n, len(f.Base) != 4*len(f.Labels):
		return nil, errors.New("the weights are not as many as they should be")
	case len(f.Each) != 0 && len(f.Each) != len(f.Labels): // an older bellhop has written none
		return nil, errors.New("the figures are not as many as they should be")
	case f.Texts < 1 || !slices.IsSorted(features):
		return nil, errors.New("the words are not as they should be")
	}
	t := &Topics{
		labels: f.Labels, lexicon: newLexicon(features, unpack(f.Rarity), f.Texts), weights: make([]int8, len(f.Weights)),
		units: unpack(f.Units), base: unpack(f.Base), heat: f.Heat, sure: f.Sure, texts: f.Texts, tried: f.Tried, each: f.Each,
	}
	for i, w := range f.Weights {
		t.weights[i] = int8(w)
	}
	if !finite(t.lexicon.rarity) || !finite(t.units) || !finite(t.base) || !finite([]float32{f.Heat, f.Sure}) || f.Heat <= 0 {
		return nil, errors.New("a weight is no number")
	}
	return t, nil
}

func pack(a []float32) []byte {
	b := make([]byte, 0, 4*len(a))
	for _, x := range a {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func unpack(b []byte) []float32 {
	a := make([]float32, len(b)/4)
	for i := range a {
		a[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return a
}

// finite reports whether all are numbers that a sum of many can hold.
func finite(a []float32) bool {
	for _, x := range a {
		if !(x > -1e9 && x < 1e9) {
			return false
		}
	}
	return true
}
