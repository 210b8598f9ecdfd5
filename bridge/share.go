package bridge

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"path"
	"strings"

	"github.com/bellhop-chat/bellhop/bridge/rest"
	"github.com/bellhop-chat/bellhop/sdk"
)

// maxFileName is in bytes: what file systems bear.
const maxFileName = 255

// wasShared reports whether the chat shows the file already: one of this name
// that we sent, no older than the event, and that is no other effect's.
func (a *attempt) wasShared(ctx context.Context) (sdk.Outcome, bool, error) {
	m, found, err := a.shared(ctx)
	return said(m.ID), found, err
}

func (a *attempt) shared(ctx context.Context) (rest.Message, bool, error) {
	m, found, err := a.fileIn(ctx, a.room.ID, a.e.File.Name)
	return m, found, deleted(err)
}

// share sends the file into the chat.
func (a *attempt) share(ctx context.Context) sdk.Outcome {
	file, err := sending(*a.e.File)
	if err != nil {
		return refused(err.Error())
	}
	m, err := a.rest.Upload(ctx, a.room.ID, file)
	if err == nil && m.ID != "" {
		return said(m.ID)
	}
	shown, found, blind := a.shared(ctx)
	switch {
	case found:
		return said(shown.ID)
	case errors.Is(blind, rest.ErrNotFound):
		return failed(blind)
	case blind != nil:
		return Later(fmt.Sprintf("%v; and whether it arrived: %v", err, blind))
	case err == nil:
		return Later("the workspace says that it took the file, but the chat shows none")
	case errors.Is(err, rest.ErrRefused) || errors.Is(err, rest.ErrForbidden):
		err = fmt.Errorf("the workspace does not take the file %s: %w", file.Name, err)
	}
	return failed(err)
}

// sending checks a file. Servers would cut a path off its name, so that we
// would not find it again.
func sending(u sdk.Upload) (rest.Sending, error) {
	s := rest.Sending{Name: u.Name, Type: u.Type, Data: u.Bytes(), Caption: spoken(u.Caption)}
	if s.Type == "" {
		s.Type = mime.TypeByExtension(strings.ToLower(path.Ext(u.Name)))
	}
	if s.Type == "" && u.Text != "" {
		s.Type = "text/plain"
	}
	if s.Type == "" {
		s.Type = "application/octet-stream"
	}
	_, _, badType := mime.ParseMediaType(s.Type)
	switch {
	case strings.TrimSpace(u.Name) == "" || strings.Trim(u.Name, ".") == "":
		return s, errors.New("the file has no name: give it one such as terms.pdf")
	case len(u.Name) > maxFileName:
		return s, fmt.Errorf("the file's name has %d bytes: at most %d", len(u.Name), maxFileName)
	case strings.ContainsAny(u.Name, `/\`) || cleanText(u.Name) != u.Name || strings.ContainsAny(u.Name, "\n\t") || strings.TrimSpace(u.Name) != u.Name:
		return s, fmt.Errorf("the file's name %q holds a slash, a control character, or a blank at an end: leave it out", clip(u.Name, 80))
	case badType != nil:
		return s, fmt.Errorf("%q is no type of a file: write it like application/pdf", clip(u.Type, 80))
	case len(s.Data) == 0:
		return s, fmt.Errorf("the file %s is empty: give it Data or Text", u.Name)
	}
	return s, nil
}
