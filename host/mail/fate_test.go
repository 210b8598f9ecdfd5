package mail

import (
	"fmt"
	"strings"
	"testing"
)

// TestEachMailIsAcceptedOncePerMessageIDOrReported: the way an outbox repeats,
// over STARTTLS and with a login. What was accepted twice, because the yes was
// lost, carries one Message-ID, by which mailboxes know it.
func TestEachMailIsAcceptedOncePerMessageIDOrReported(t *testing.T) {
	config, roots := certificate(t)
	sink, _ := newSink(t)
	sink.TLS, sink.Username, sink.Password = config, "bell", "secret"
	port := serve(t, sink, false)
	s := sender(t, Options{Port: port, TLS: "starttls", Username: "bell", Password: "secret", Roots: roots})
	stranger := sender(t, Options{Port: port, TLS: "starttls", Username: "bell", Password: "wrong", Roots: roots})
	if e := send(t, stranger, letter()); e == nil || e.Temporary || e.Code != 535 {
		t.Errorf("a wrong password gave %v", e)
	}
	for _, at := range []Stage{StageConnect, StageSender, StageAddress, StageContent} {
		afters := []bool{false}
		if at == StageContent {
			afters = []bool{false, true}
		}
		for _, after := range afters {
			for _, code := range []int{0, 421, 451, 550, 554} {
				for _, times := range []int{1, 2, 50} {
					m := letter()
					m.MessageID = fmt.Sprintf("fate-%s-%t-%d-%d@bellhop.example", at, after, code, times)
					trouble := Trouble{At: at, Code: code, Says: "because I say so", After: after, Times: times}
					sink.Make(trouble)
					checkFate(t, sink, s, m, trouble)
					sink.mend()
				}
			}
		}
	}
}

func checkFate(t *testing.T, sink *Sink, s *Sender, m Message, trouble Trouble) {
	t.Helper()
	const tries = 5
	var last *Error
	for range tries {
		if last = send(t, s, m); last == nil || !last.Temporary {
			break
		}
	}
	n := sink.Count(m.MessageID)
	switch {
	case last == nil && n == 0:
		t.Errorf("%+v: taken for accepted, and is not there", trouble)
	case last == nil && n > 1 && !trouble.After:
		t.Errorf("%+v: is there %d times", trouble, n)
	case last != nil && trouble.Code > 0 && !strings.Contains(last.Error(), trouble.Says):
		t.Errorf("%+v: the report %q has none of the server's words", trouble, last)
	case last != nil && last.Temporary && trouble.Code >= 500:
		t.Errorf("%+v: is refused for good, but the report is %v", trouble, last)
	case last != nil && n > 0 && !last.Unknown && trouble.Code == 0:
		t.Errorf("%+v: is there, but the report is %v", trouble, last)
	}
}

// mend ends all troubles.
func (s *Sink) mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.troubles = nil
}
