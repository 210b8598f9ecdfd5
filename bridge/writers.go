package bridge

import (
	"sync"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// writingSpan is how long somebody counts as writing of whom nothing more is
// heard: clients say it again every few seconds.
const writingSpan = 15 * time.Second

// writers are the agents who write in their chats at this moment: no chat is moved
// away from under their hands.
type writers struct {
	mu   sync.Mutex // guards what follows
	chat map[sdk.ChatID]writer
}

type writer struct {
	username string
	until    time.Time
}

// types notes whether the agent of the chat writes.
func (w *writers) types(chat sdk.ChatID, username string, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !on {
		delete(w.chat, chat)
		return
	}
	if w.chat == nil || len(w.chat) > 2*maxTyping {
		w.chat = map[sdk.ChatID]writer{}
	}
	w.chat[chat] = writer{username, time.Now().Add(writingSpan)}
}

// forget is for when the connection was lost: nobody is heard to stop.
func (w *writers) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.chat = nil
}

// of is who writes in the chat; "" when nobody is heard to.
func (w *writers) of(chat sdk.ChatID) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if at := w.chat[chat]; time.Now().Before(at.until) {
		return at.username
	}
	return ""
}

// busy says why the effect is to wait; "" when it need not. A chat that is moved
// while its agent writes takes the words along. What is too late is looked for only.
func (b *Bridge) busy(e Effect) string {
	if e.Kind != sdk.EffectForward && e.Kind != sdk.EffectQueue || b.Now().After(e.Until) {
		return ""
	}
	if who := b.writers.of(e.Chat); who != "" {
		return "@" + who + " is writing in the chat"
	}
	return ""
}
