package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/sdk"
)

// show tells a person what the demo does.
type show struct {
	mu    sync.Mutex // guards out
	out   io.Writer
	stage *stage
}

func newShow(out io.Writer, s *stage) *show { return &show{out: out, stage: s} }

func (s *show) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format+"\n", args...)
}

// welcome says where everything is, the pages too when they are served.
func (s *show) welcome(pages bool) {
	a := s.stage.accounts
	s.line("workspace   %s (agent alice, password %s)", a.Base, a.Alice.Password)
	if pages {
		s.line("desk        %s (sign in as alice)", deskPage(a.Base))
		s.line("guest page  %s", guestPage(a.Base))
		s.line("commands    on the desk, write to %s: help", a.Bot.User)
	}
	s.line("folder      %s (mails, logs, data)", s.stage.dir)
	s.line("plugins     forwarding, autotag, transcript, callapp, desk: Go source, interpreted, each in a process of its own")
	s.line("")
	s.line("%-8s  %-11s %-28s %-12s %s", "time", "plugin", "what", "chat", "why")
}

// action tells how an effect ended.
func (s *show) action(r host.Report) {
	why := r.Effect.Reason
	if r.Outcome.State != sdk.Done {
		why = fmt.Sprintf("%s: %s (asked because %s)", r.Outcome.State, r.Outcome.Reason, why)
	}
	s.line("%s  %-11s %-28s %-12s %s", r.Outcome.At.Local().Format("15:04:05"), r.Effect.Instance, r.What(), r.Visitor, why)
}
