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
// line of JSON whose kind is "fact". It is written right after the state and
// before anybody is told, so that what was answered stands in the log. Facts are
// numbered (n) without a gap, also across restarts: those that a killed lobby had
// stored and not logged any more are logged first when it starts again with the
// same state and log files.
//
// Every fact says when (ts), which (fact), where (rid) and, unless the server did
// it by itself, who (by, a username, and guest when it was the chat's). Every fact
// of a chat says its guest (visitor) and the department that it is in after it
// (departmentId, department). Beyond that:
//
//	fact        means                                   and says
//	opened      a chat began
//	queued      it waits for an agent
//	taken       an agent serves it from now on          agent
//	message     somebody wrote in it                    id, text
//	edited      a message's text was replaced           id, text
//	deleted     a message was removed                   id
//	uploaded    a file was sent, in a chat or directly  id (the message's), text, file, fileId, fileType, size, to
//	forwarded   it was moved, also when it then waits   fromDepartmentId, fromDepartment, fromAgent, text (the comment), and
//	                                                    where to: targetDepartmentId and targetDepartment, or agent, or toQueue
//	tagged      its tags are others than before         tags, tagsBefore
//	transcript  one was asked for, or (sent) made       email, subject, sent
//	held        it was put on hold
//	resumed     it goes on
//	priority    it got another priority                 text (its name; "" when it has none any more)
//	field       a custom field of it is another         text (the field)
//	contact     its guest's data were written
//	available   an agent is available or not any more   agent, text; it is of no chat
//	closed      it ended                                text (the comment), tags, tagsBefore
//	removed     it was deleted with all that it held
//	dm          somebody wrote directly                 id, text, to
//	posted      somebody wrote in a room for people     id, text, to (the room's name)
//	called      a video conference was started in it    id (its message's), text (the title)
//
// A close that changes tags is two facts, closed and tagged. A fact's fields keep
// their names and meanings; new ones may come.
type Fact struct {
	N     int       `json:"n"`
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

	Agent                string   `json:"agent,omitempty"` // username of who serves the chat from now on
	FromAgent            string   `json:"fromAgent,omitempty"`
	FromDepartmentID     string   `json:"fromDepartmentId,omitempty"`
	FromDepartment       string   `json:"fromDepartment,omitempty"`
	TargetDepartmentID   string   `json:"targetDepartmentId,omitempty"`
	TargetDepartmentName string   `json:"targetDepartment,omitempty"` // "" when there is none of the id
	ToQueue              bool     `json:"toQueue,omitempty"`
	Tags                 []string `json:"tags,omitempty"`
	TagsBefore           []string `json:"tagsBefore,omitempty"`
	Email                string   `json:"email,omitempty"`
	Subject              string   `json:"subject,omitempty"`
	Sent                 bool     `json:"sent,omitempty"` // a server would have mailed it now; the lobby mails nothing
}

// fact puts a fact into the log, with where the chat is now.
func (t *tx) fact(f Fact, r *room) { t.factIn(f, r, r.Department) }

// factIn is for a fact after which the chat is in another department.
func (t *tx) factIn(f Fact, r *room, departmentID string) {
	t.factNumber++
	f.N, f.TS, f.Kind = t.factNumber, t.now, "fact"
	f.Tags, f.TagsBefore = slices.Clone(f.Tags), slices.Clone(f.TagsBefore)
	if r.T == "l" {
		f.Visitor, f.DepartmentID, f.Department = r.FName, departmentID, t.departmentName(departmentID)
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
