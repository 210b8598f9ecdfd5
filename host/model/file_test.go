package model

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
)

func written(t testing.TB, topics *Topics) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := topics.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes, %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestEqualTextsGiveEqualBytes(t *testing.T) {
	first, second := learned(t, desk(200)), learned(t, desk(200))
	if !bytes.Equal(written(t, first), written(t, second)) {
		t.Error("the files differ")
	}
}

func TestTopicsAreTheSameAfterReading(t *testing.T) {
	topics := deskTopics(t)
	again, err := ReadTopics(bytes.NewReader(written(t, topics)))
	if err != nil {
		t.Fatal(err)
	}
	if again.Tried() != topics.Tried() || again.Tried().Texts != 200 || again.Texts() != 200 || again.Sure() != topics.Sure() {
		t.Errorf("tried %+v, %d texts, sure from %v", again.Tried(), again.Texts(), again.Sure())
	}
	for _, e := range append(desk(20), Example{Text: "unknown words and an invoice"}) {
		if diff := cmp.Diff(topics.Explain(e.Text), again.Explain(e.Text)); diff != "" {
			t.Errorf("%q (-before +after):\n%s", e.Text, diff)
		}
	}
}

// packed is a topics file with this record.
func packed(t *testing.T, format byte, r any) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(topicsMagic)
	b.WriteByte(format)
	z := gzip.NewWriter(&b)
	if err := cbor.NewEncoder(z).Encode(r); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBrokenTopicsFilesSayWhatToDo(t *testing.T) {
	topics := deskTopics(t)
	spoilt := func(spoil func(*record)) []byte {
		r := topics.record()
		spoil(&r)
		return packed(t, topicsFormat, r)
	}
	whole := written(t, topics)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"empty":           {nil, "no topics file: make one"},
		"another":         {[]byte("text,category\nhello you,greeting\n"), "no topics file: make one"},
		"newer":           {packed(t, 2, topics.record()), "newer than 1: use a newer bellhop"},
		"older":           {packed(t, 0, topics.record()), "not known any more: train again"},
		"cut":             {whole[:len(whole)/2], "damaged"},
		"flipped":         {append(bytes.Clone(whole[:500]), append([]byte{whole[500] ^ 1}, whole[501:]...)...), "damaged"},
		"no record":       {packed(t, topicsFormat, "hello"), "damaged"},
		"no topics":       {spoilt(func(r *record) { r.Labels = nil }), "topics are not"},
		"few weights":     {spoilt(func(r *record) { r.Weights = r.Weights[1:] }), "weights are not"},
		"few words":       {spoilt(func(r *record) { r.Features = []byte("a\nb\n") }), "weights are not"},
		"no words":        {spoilt(func(r *record) { r.Features = nil }), "weights are not"},
		"words in a mess": {spoilt(func(r *record) { r.Features[0] = 'z' }), "words are not"},
		"no texts":        {spoilt(func(r *record) { r.Texts = -1 }), "words are not"},
		"no number":       {spoilt(func(r *record) { copy(r.Base, "\xff\xff\xff\xff") }), "no number"},
		"cold":            {spoilt(func(r *record) { r.Heat = 0 }), "no number"},
		"a bomb":          {packed(t, topicsFormat, make([]byte, mostRecord)), "more than 64 MiB"},
	} {
		if _, err := ReadTopics(bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
