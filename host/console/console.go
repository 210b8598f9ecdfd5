package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/store"
	"github.com/bellhop-chat/bellhop/sdk"
)

// Host is what is asked and told. *host.Host is one that runs, *host.Rested
// one that does not.
type Host interface {
	Overview() (host.Overview, error)
	Waiting() ([]host.Waiting, error)
	Pause(instance, why string) error
	PauseAll(why string) error
	Resume(instance string) error
	ResumeAll() error
	DropWaiting(ctx context.Context, instance, by string) (host.Dropped, error)
	Retry(ctx context.Context, instance string, event sdk.EventID) error
	Drop(instance string, event sdk.EventID) error
	Forget(ctx context.Context, visitor string) ([]sdk.ChatID, error)
	Rollback(ctx context.Context, instance string) error
	Undo(instance string, since time.Time, by string) ([]host.Undoing, error)
	TakeBack(chat sdk.ChatID, key sdk.EffectKey, by string) (host.Undoing, error)
}

// Options are what a console serves. Host and Store are required.
type Options struct {
	Host      Host
	Store     *store.DB
	Workspace string                             // its URL, for links to chats
	Sandbox   Sandbox                            // of the instances' processes
	Hooks     string                             // URL below which plugins' webhooks are called; "" means that nothing listens
	Learn     func(context.Context) (any, error) // learns topics from the chats, and says what came of it; nil means that nobody can
	Idle      func() string                      // says why the host does nothing, "" when it does; nil means that it does
}

// Sandbox is what keeps plugins in.
type Sandbox struct {
	Holds  []string `json:"holds"`            // layers
	Absent []string `json:"absent,omitempty"` // layers that this machine does not have, or that are switched off
}

// Status is how the host stands.
type Status struct {
	host.Overview
	Workspace string  `json:"workspace"`      // its URL
	Idle      string  `json:"idle,omitempty"` // why nothing is done: another host acts
	Sandbox   Sandbox `json:"sandbox"`
	Dead      int     `json:"dead"`  // letters
	Bytes     int64   `json:"bytes"` // of the store
}

type server struct{ Options }

// New serves what o says.
func New(o Options) http.Handler {
	s := &server{o}
	mux := http.NewServeMux()
	for pattern, do := range map[string]func(*http.Request) (any, error){
		"GET /status":        s.status,
		"GET /log":           s.log,
		"GET /logs":          s.logs,
		"GET /why":           s.why,
		"GET /outbox":        s.outbox,
		"GET /dead":          s.dead,
		"POST /pause":        s.pause,
		"POST /resume":       s.resume,
		"POST /dead/retry":   s.retry,
		"POST /dead/drop":    s.drop,
		"POST /backup":       s.backup,
		"POST /forget":       s.forget,
		"GET /back":          s.back,
		"GET /hooks":         s.hooks,
		"POST /back":         s.goBack,
		"GET /undo":          s.undoable,
		"POST /undo":         s.undo,
		"POST /topics/train": s.learn,
	} {
		mux.Handle(pattern, answering(do))
	}
	return mux
}

// answering writes what do answers.
func answering(do func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := do(r)
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			f := fault{Error: err.Error()}
			if unknown := (*UnknownError)(nil); errors.As(err, &unknown) {
				f.Unknown = unknown.Chat
			}
			w.WriteHeader(http.StatusUnprocessableEntity)
			answer = f
		}
		json.NewEncoder(w).Encode(answer) // who has gone hears nothing
	})
}

// fault is the answer when something went wrong.
type fault struct {
	Error   string     `json:"error"`
	Unknown sdk.ChatID `json:"unknown,omitempty"` // the chat of an UnknownError
}

// read reads what is asked for.
func read[T any](r *http.Request) (q T, err error) {
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return q, fmt.Errorf("read request: %w", err)
	}
	return q, nil
}

func (s *server) status(*http.Request) (any, error) {
	o, err := s.Host.Overview()
	letters, lettersErr := s.Store.Letters()
	size, sizeErr := s.Store.Size()
	idle := ""
	if s.Idle != nil {
		idle = s.Idle()
	}
	return Status{o, s.Workspace, idle, s.Sandbox, len(letters), size}, errors.Join(err, lettersErr, sizeErr)
}

// Pause asks that an instance, or all, do nothing any more.
type Pause struct {
	Instance string `json:"instance"` // "" means all
	Why      string `json:"why"`
}

func (s *server) pause(r *http.Request) (any, error) {
	q, err := read[Pause](r)
	if err != nil {
		return nil, err
	}
	if q.Instance == "" {
		return struct{}{}, s.Host.PauseAll(q.Why)
	}
	return struct{}{}, s.Host.Pause(q.Instance, q.Why)
}

// Resume asks that an instance, or all, go on.
type Resume struct {
	Instance string `json:"instance"` // "" means all
	Drop     bool   `json:"drop"`     // what waits, first
	By       string `json:"by"`
}

// Resumed is what became of what waited.
type Resumed struct {
	Dropped host.Dropped `json:"dropped"`
}

func (s *server) resume(r *http.Request) (any, error) {
	q, err := read[Resume](r)
	if err != nil {
		return nil, err
	}
	var done Resumed
	if q.Drop {
		if done.Dropped, err = s.Host.DropWaiting(r.Context(), q.Instance, q.By); err != nil {
			return nil, err
		}
	}
	if q.Instance == "" {
		return done, s.Host.ResumeAll()
	}
	return done, s.Host.Resume(q.Instance)
}

// Letter is an event that an instance failed on too often.
type Letter struct {
	Instance string      `json:"instance"`
	Event    sdk.EventID `json:"event"`
	Chat     sdk.ChatID  `json:"chat"`
	Link     string      `json:"link"`
	At       time.Time   `json:"at"`
	Attempts int         `json:"attempts"`
	Error    string      `json:"error"`
}

func (s *server) dead(*http.Request) (any, error) {
	letters, err := s.Store.Letters()
	all := []Letter{}
	for _, d := range letters {
		e := d.Entry.Event
		all = append(all, Letter{d.Instance, e.ID, e.Chat, s.link(e.Chat), d.At, d.Attempts, d.Error})
	}
	return all, err
}

func (s *server) retry(r *http.Request) (any, error) {
	q, err := read[Letter](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Host.Retry(r.Context(), q.Instance, q.Event)
}

func (s *server) drop(r *http.Request) (any, error) {
	q, err := read[Letter](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Host.Drop(q.Instance, q.Event)
}

// Backup asks for a copy of the store.
type Backup struct {
	Path string `json:"path"` // an absolute one, where nothing is yet
}

func (s *server) backup(r *http.Request) (any, error) {
	q, err := read[Backup](r)
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.Store.Backup(q.Path)
}

// Forget asks that all that belongs to a visitor's chats be taken out.
type Forget struct {
	Visitor string `json:"visitor"` // id
}

// Forgotten is what was taken out.
type Forgotten struct {
	Chats []sdk.ChatID `json:"chats"`
}

func (s *server) forget(r *http.Request) (any, error) {
	q, err := read[Forget](r)
	if err != nil {
		return nil, err
	}
	chats, err := s.Host.Forget(r.Context(), q.Visitor)
	return Forgotten{chats}, err
}

// link is where a person finds the chat.
func (s *server) link(chat sdk.ChatID) string {
	if s.Workspace == "" || chat == "" {
		return ""
	}
	return s.Workspace + "/live/" + string(chat)
}
