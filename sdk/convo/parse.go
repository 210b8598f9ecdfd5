package convo

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const maxFaults = 20

// Parse reads a conversation file. Name stands in the errors only, which look
// like "maya.txt:4: ..." and say what to write instead; all are reported at
// once.
func Parse(name string, data []byte) (*File, error) {
	p := &parser{name: name, file: &File{}, first: map[string]int{}}
	for _, s := range p.sections(string(data)) {
		p.section(s)
	}
	if len(p.faults) > 0 {
		return nil, errors.Join(p.faults...)
	}
	return p.file, nil
}

type parser struct {
	name   string
	file   *File
	first  map[string]int // section -> the line of its head
	faults []error
}

func (p *parser) fault(line int, format string, args ...any) {
	switch {
	case len(p.faults) < maxFaults:
		p.faults = append(p.faults, fmt.Errorf("%s:%d: %s", p.name, line, fmt.Sprintf(format, args...)))
	case len(p.faults) == maxFaults:
		p.faults = append(p.faults, fmt.Errorf("%s: and more faults", p.name))
	}
}

// section is what stands under one head, or before the first.
type section struct {
	name  string
	line  int // of the head; 0 for the comment
	lines []string
}

// at is the number of a line of the section in the file.
func (s section) at(i int) int { return s.line + 1 + i }

func (p *parser) sections(text string) []section {
	text = strings.TrimPrefix(text, "\ufeff")
	all := []section{{}}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, "\r")
		if !utf8.ValidString(line) {
			p.fault(i+1, `is not UTF-8: save the file as UTF-8, and write bad bytes in quotes: NAME: "\xff"`)
			line = strings.ToValidUTF8(line, "?")
		}
		if name, ok := head(line); ok {
			all = append(all, section{name: name, line: i + 1})
			continue
		}
		s := &all[len(all)-1]
		s.lines = append(s.lines, line)
	}
	return all
}

// head reports whether the line begins a section.
func head(line string) (name string, ok bool) {
	line = strings.TrimRight(line, " \t")
	name, ok = strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, " --")
	return strings.Join(strings.Fields(name), " "), ok
}

var onSection = map[string]func(*parser, section){
	"":         func(p *parser, s section) { p.file.Comment = s.raw().Text },
	"settings": func(p *parser, s section) { p.file.Settings = s.raw() },
	"hours":    func(p *parser, s section) { p.file.Hours = s.raw() },
	"answers":  func(p *parser, s section) { p.file.Answers = s.raw() },
	"effects":  (*parser).effects,
	"chat":     (*parser).chat,
	"state":    (*parser).state,
}

func (p *parser) section(s section) {
	if at, seen := p.first[s.name]; seen {
		p.fault(s.line, "-- %s -- stands in line %d already: put both into one section, or name chats apart: -- chat two --", s.name, at)
		return
	}
	p.first[s.name] = s.line
	kind, name, named := strings.Cut(s.name, " ")
	read := onSection[kind]
	if read == nil || named && (kind != "chat" && kind != "state" || name == "") {
		p.fault(s.line, "-- %s -- is no section: use settings, hours, answers, state, state VERSION, chat, chat NAME or effects", s.name)
		return
	}
	read(p, s)
}

// raw is the section as it was written, without blank lines at its ends.
func (s section) raw() Text {
	from, to := 0, len(s.lines)
	for from < to && blank(s.lines[from]) {
		from++
	}
	for to > from && blank(s.lines[to-1]) {
		to--
	}
	if from == to {
		return Text{}
	}
	return Text{Text: strings.Join(s.lines[from:to], "\n") + "\n", Line: s.at(from)}
}

func (p *parser) effects(s section) {
	for i, line := range s.lines {
		line = trim(line)
		switch {
		case line == "":
		case line[0] == '#':
			p.fault(s.at(i), "effects have no comments: write it into the chat or above the first section")
		default:
			p.file.Effects = append(p.file.Effects, Text{line, s.at(i)})
		}
	}
}

func blank(line string) bool { return trim(line) == "" }

// trim leaves other white space alone: it may be part of what was said.
func trim(s string) string { return strings.Trim(s, " \t") }

func indented(line string) bool {
	return line != "" && (line[0] == ' ' || line[0] == '\t') && !blank(line)
}
