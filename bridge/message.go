package bridge

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

const (
	maxText  = 64 << 10 // bytes of a message's text in an event
	maxShort = 2 << 10  // and in Chat.Last
	maxLast  = 20       // messages in Chat.Last
	maxID    = 128      // bytes of an id: servers use 17 letters, clients up to some dozens
)

// serverUser is the account by which the server itself writes.
const serverUser = "rocket.cat"

// The types of system messages that tell what happened to a chat.
const (
	typeStarted  = "livechat-started" // from 3.12
	typeCommand  = "command"          // of which "connected" says that an agent took the chat
	typeMoved    = "livechat_transfer_history"
	typeRerouted = "livechat_transfer_history_fallback"
	typeClosed   = "livechat-close"
	typeHeld     = "omnichannel_placed_chat_on_hold"
	typeResumed  = "omnichannel_on_hold_chat_resumed"
	typeCall     = "videoconf"           // from 5.0
	typeOldCall  = "livechat_video_call" // before
	typeLeft     = "ul"
	typeMailed   = "livechat_transcript_history"
	typeRemoved  = "rm" // what is left of a deleted message
)

// message is a message as plugins see it. The visitor is who the chat is of.
func (b *Bridge) message(m rest.Message, visitor string) sdk.Message {
	said := sdk.Message{
		ID: sdk.MessageID(m.ID), From: b.sender(m, visitor), By: b.person(m.User),
		Text: clip(cleanText(m.Text), maxText), At: m.TS.Time, Edited: m.EditedAt.Time, Files: files(m), Quotes: quotes(m.Attachments, maxQuotes),
	}
	if said.Quotes != nil {
		said.Text = withoutLinks(said.Text)
	}
	b.keys.remember(m.RoomID, m.Token, said.Files)
	if said.From == sdk.Guest && said.By.Name == "" {
		said.By.Name = cleanLine(m.Alias)
	}
	if said.Text == "" && len(m.Attachments) > 0 && m.Attachments[0].MessageLink == "" {
		said.Text = clip(cleanText(m.Attachments[0].Description), maxText) // a file's caption
	}
	return said
}

// sender says which side the message came from. A guest's closing message has
// no token.
func (b *Bridge) sender(m rest.Message, visitor string) sdk.Sender {
	me := b.me.Load()
	switch {
	case m.Type != "" || m.User.ID == serverUser:
		return sdk.System
	case m.Token != "" || m.User.ID != "" && m.User.ID == visitor:
		return sdk.Guest
	case me != nil && m.User.ID == me.UserID:
		return sdk.Bot
	}
	return sdk.Human
}

// person is a user as plugins see one. Most documents leave the name out.
func (b *Bridge) person(u rest.Ref) sdk.Person {
	p := sdk.Person{ID: cleanLine(u.ID), Username: cleanLine(u.Username), Name: cleanLine(u.Name)}
	if p.Name == "" {
		p.Name = cleanLine(b.names.agent(u.ID))
	}
	return p
}

// files are what was sent with the message. Of several, those after the first
// may be its previews.
func files(m rest.Message) []sdk.File {
	list := m.Files
	if m.File != nil {
		list = []rest.File{*m.File}
		for _, f := range m.Files {
			if f.ID != m.File.ID {
				list = append(list, f)
			}
		}
	}
	var all []sdk.File
	for _, f := range list {
		if f.ID == "" || strings.HasPrefix(f.Name, "thumb-") {
			continue
		}
		all = append(all, sdk.File{ID: cleanLine(f.ID), Name: cleanLine(f.Name), Type: cleanLine(f.Type), Size: f.Size})
	}
	return all
}

// maxQuotes is how deep quotes in quotes are followed; servers show two by default.
const maxQuotes = 5

// quotes are the messages that one answers.
func quotes(list []rest.Attachment, deep int) []sdk.Quote {
	var all []sdk.Quote
	for _, a := range list {
		if a.MessageLink == "" || deep == 0 {
			continue
		}
		all = append(all, sdk.Quote{
			By: cleanLine(a.AuthorName), Text: clip(withoutLinks(cleanText(a.Text)), maxText), At: a.TS.Time, Quotes: quotes(a.Attachments, deep-1),
		})
	}
	return all
}

// quoteLinks are the links at a message's beginning by which it quotes others.
var quoteLinks = regexp.MustCompile(`^(?:\s*\[ ?\]\([^()\s]*[?&]msg=[^()\s]*\))+[ \n]?`)

func withoutLinks(text string) string { return quoteLinks.ReplaceAllString(text, "") }

// shorten is the message as Chat.Last holds it.
func shorten(m sdk.Message) sdk.Message {
	m.Text, m.Quotes = clip(m.Text, maxShort), nil
	return m
}

// soundID reports whether a server's id can be one: it becomes part of event
// IDs and of store keys.
func soundID(id string) bool {
	return id != "" && len(id) <= maxID && (isLine(id) || utf8.ValidString(id) && !strings.ContainsFunc(id, unicode.IsControl))
}

// cleanText is a text without what would harm a terminal, a mail or a store:
// control characters but line ends and tabs.
func cleanText(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// isPlain reports whether nothing is to be done to a text, as to most.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return false
		}
	}
	return true
}

// cleanLine is a name: one line of bearable length.
func cleanLine(s string) string {
	if isLine(s) {
		return s
	}
	return clip(strings.Join(strings.Fields(cleanText(s)), " "), maxShort)
}

// isLine reports whether nothing is to be done to a name, as to most.
func isLine(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' '), c < ' ', c >= 0x7f:
			return false
		}
	}
	return len(s) <= maxShort
}

// clip is at most max bytes of a text, cut between characters.
func clip(s string, max int) string {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}
