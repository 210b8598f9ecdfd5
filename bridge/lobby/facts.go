package lobby

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// Fact is one thing that happened in the workspace, as its log tells it: one
// line of JSON whose kind is "fact". It is written together with the state, so
// what was answered stands in the log, and what is not in the log did not
// happen.
//
//	fact        means                                  and says
//	opened      a chat began                           visitor
//	queued      it waits for an agent                  departmentId, department
//	taken       an agent serves it now                 agent
//	message     somebody wrote in it                   id, text, guest
//	edited      a message's text was replaced          id, text
//	deleted     a message was removed                  id
//	uploaded    a file was sent, to a chat or directly file, fileId, fileType, size, to
//	forwarded   it was moved, also when it then waits  targetDepartmentId and targetDepartment, or agent, or toQueue; text is the comment
//	closed      it ended                               guest, text is the comment, tags, tagsBefore
//	tagged      its tags are others than before        tags, tagsBefore
//	transcript  a transcript was asked for or sent     email, subject, sent
//	dm          somebody wrote a direct message        id, text, to
type Fact struct {
	TS    time.Time `json:"ts"`
	Kind  string    `json:"kind"`            // "fact"
	Fact  string    `json:"fact"`            // see the table above
	RID   string    `json:"rid"`             // the room's _id
	By    string    `json:"by,omitempty"`    // username of who did it; "" means the server
	Guest bool      `json:"guest,omitempty"` // the guest did it

	Visitor      string `json:"visitor,omitempty"`      // the chat's guest by name
	DepartmentID string `json:"departmentId,omitempty"` // where the chat is after it
	Department   string `json:"department,omitempty"`   // its name

	ID       string   `json:"id,omitempty"` // the message's _id
	Text     string   `json:"text,omitempty"`
	To       []string `json:"to,omitempty"` // usernames of who else is in the direct room
	File     string   `json:"file,omitempty"`
	FileID   string   `json:"fileId,omitempty"`
	FileType string   `json:"fileType,omitempty"`
	Size     int      `json:"size,omitempty"` // bytes

	Agent                string   `json:"agent,omitempty"` // username of who serves the chat, or is to
	TargetDepartment     string   `json:"targetDepartmentId,omitempty"`
	TargetDepartmentName string   `json:"targetDepartment,omitempty"`
	ToQueue              bool     `json:"toQueue,omitempty"`
	Tags                 []string `json:"tags,omitempty"`
	TagsBefore           []string `json:"tagsBefore,omitempty"`
	Email                string   `json:"email,omitempty"`
	Subject              string   `json:"subject,omitempty"`
	Sent                 bool     `json:"sent,omitempty"` // the lobby would have mailed it now; it mails nothing
}

// fact puts a fact into the log, with where the chat is at this moment.
func (t *tx) fact(f Fact, r *room) {
	f.TS, f.Kind = t.now, "fact"
	f.Tags, f.TagsBefore = slices.Clone(f.Tags), slices.Clone(f.TagsBefore)
	if r != nil && r.T == "l" {
		f.Visitor, f.DepartmentID, f.Department = r.FName, r.Department, t.departmentName(r.Department)
	}
	t.facts = append(t.facts, f)
}

// ReadFacts picks the facts from a log, in order. A line that a killed lobby
// left unfinished, at the end or before the next start, is no error.
func ReadFacts(log io.Reader) ([]Fact, error) {
	var facts []Fact
	var torn error // of the line before
	lines := bufio.NewReaderSize(log, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return facts, nil
		}
		if err != nil {
			return facts, fmt.Errorf("read log line %d: %w", n, err)
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var f Fact
		bad := json.Unmarshal(line, &f)
		if torn != nil && f.Kind != "start" {
			return facts, torn
		}
		torn = nil
		if bad != nil {
			torn = fmt.Errorf("read log line %d: %w", n, bad)
			continue
		}
		if f.Kind == "fact" {
			facts = append(facts, f)
		}
	}
}
