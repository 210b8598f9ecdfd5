package model

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Opening is how many of a guest's messages tell a conversation's topic.
const Opening = 2

// ReadCSV reads examples from CSV (RFC 4180, UTF-8) with a header that names
// the columns text and category, in any order and whatever case; others are
// passed over. Errors name the line.
func ReadCSV(r io.Reader) ([]Example, error) {
	in := csv.NewReader(withoutMark(r))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("read examples: there is nothing: the first line should be text,category")
	case err != nil:
		return nil, csvFault(err)
	}
	columns, err := columnsOf(header)
	if err != nil {
		return nil, fmt.Errorf("read examples: line 1 %w", err)
	}
	var all []Example
	for {
		row, err := in.Read()
		switch {
		case errors.Is(err, io.EOF) && len(all) == 0:
			return nil, errors.New("read examples: there are none below the header: write one a line")
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, csvFault(err)
		}
		line, _ := in.FieldPos(0)
		e, err := columns.example(row)
		if err != nil {
			return nil, fmt.Errorf("read examples: line %d %w", line, err)
		}
		all = append(all, e)
	}
}

// withoutMark passes over the byte order mark with which some spreadsheets
// begin, and which would stand before the quotes of the first column.
func withoutMark(r io.Reader) io.Reader {
	b := bufio.NewReader(r)
	if start, _ := b.Peek(len(mark)); string(start) == mark {
		b.Discard(len(mark))
	}
	return b
}

const mark = "\ufeff"

// columns are where in a row stands what.
type columns struct{ text, category, all int }

func columnsOf(header []string) (columns, error) {
	at := map[string][]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		at[name] = append(at[name], i)
	}
	line := strings.Join(header, ",")
	switch {
	case !utf8.ValidString(line) || strings.Contains(line, "\x00"):
		return columns{}, errors.New("is not UTF-8: save the file as UTF-8")
	case len(at["text"]) != 1 || len(at["category"]) != 1:
		return columns{}, fmt.Errorf("is %q: the first line should be text,category, parted by a comma", line)
	}
	return columns{at["text"][0], at["category"][0], len(header)}, nil
}

func csvFault(err error) error {
	var bad *csv.ParseError
	if !errors.As(err, &bad) {
		return fmt.Errorf("read examples: %w", err)
	}
	return fmt.Errorf(`read examples: line %d, column %d: %w: put a text with quotes into quotes and write each of its own twice`, bad.Line, bad.Column, bad.Err)
}

func (c columns) example(row []string) (Example, error) {
	if len(row) != c.all {
		return Example{}, fmt.Errorf("has %d columns, not %d: put a text with commas into quotes", len(row), c.all)
	}
	text, category := strings.TrimSpace(row[c.text]), strings.TrimSpace(row[c.category])
	switch {
	case !utf8.ValidString(text) || !utf8.ValidString(category):
		return Example{}, errors.New("is not UTF-8: save the file as UTF-8")
	case text == "":
		return Example{}, errors.New("has no text: write one, or take the line out")
	case category == "":
		return Example{}, errors.New("has no category: write one, or take the line out")
	}
	return Example{Text: text, Labels: []string{category}}, nil
}

// ReadConversations reads examples from JSON conversations, one a line, with
// topics and turns, each from guest or agent with a text. The text of an
// example is what the guest wrote first, two messages. Conversations without
// topic or guest are left out. Errors name the line.
func ReadConversations(r io.Reader) ([]Example, error) {
	var all []Example
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	n := 1
	for ; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		e, err := conversationExample(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("read examples: line %d: %w", n, err)
		}
		if e.Text != "" && len(e.Labels) > 0 {
			all = append(all, e)
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, fmt.Errorf("read examples: line %d: %w", n, err)
	case len(all) == 0:
		return nil, errors.New("read examples: no conversation has both a topic and a guest who writes")
	}
	return all, nil
}

// Common leaves out the topics that fewer than least of the examples have, and
// examples that have no other. What few chats are tagged by may be a name, and
// is too little to learn from.
func Common(examples []Example, least int) (common []Example) {
	have := map[string]int{}
	for _, e := range examples {
		for _, l := range e.Labels {
			have[l]++
		}
	}
	for _, e := range examples {
		e.Labels = slices.DeleteFunc(slices.Clone(e.Labels), func(l string) bool { return have[l] < least })
		if len(e.Labels) > 0 {
			common = append(common, e)
		}
	}
	return common
}

func conversationExample(line []byte) (Example, error) {
	var c struct {
		Topics []string `json:"topics"`
		Turns  []struct {
			From string `json:"from"`
			Text string `json:"text"`
		} `json:"turns"`
	}
	if err := json.Unmarshal(line, &c); err != nil {
		return Example{}, fmt.Errorf("%w: write one conversation a line, with topics and turns", err)
	}
	var says []string
	for _, t := range c.Turns {
		if t.From == "guest" && len(says) < Opening {
			says = append(says, t.Text)
		}
	}
	return Example{Text: strings.TrimSpace(strings.Join(says, "\n")), Labels: c.Topics}, nil
}
