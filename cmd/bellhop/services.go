package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/hours"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/model"
	"github.com/bellhop-chat/bellhop/host/transcript"
	"github.com/bellhop-chat/bellhop/host/web"
	"github.com/bellhop-chat/bellhop/sdk"
)

// serve fills in what the configuration says of mail, calls, transcripts,
// schedules and models. Secret keeps the names of call rooms from being
// guessed. The error joins all that is wrong.
func serve(o *host.Options, c config.Config, secret []byte) error {
	var faults [5]error
	o.Services.Mail, faults[0] = mailer(c.Mail)
	o.Services.Web = web.New(web.Options{Private: c.Web.Private}).Do
	o.Services.Calls, faults[1] = links(c.Calls, c.Workspace.URL, secret)
	o.Services.CallPatience = c.Calls.MissedIn
	o.Services.Conferences = c.Calls.Provider == ownConferences
	o.Services.Transcribe, faults[2] = transcriber(c.Transcripts, filepath.Join(c.Data, "fonts"))
	o.Hours, faults[3] = schedules(c.Hours)
	o.Read, faults[4] = reads(c.Model, c.Data)
	o.Limits = host.Limits{ForwardsPerChat: c.Limits.ForwardsPerChat, ForwardsPerMinute: c.Limits.ForwardsPerMinute, ForwardsIn10m: c.Limits.ForwardsIn10m}
	o.Deadline = c.Limits.Deadline
	return errors.Join(faults[:]...)
}

// sender is what the host needs of a mail server; nil when none is configured.
type sender interface {
	Send(ctx context.Context, m mail.Message) error
}

func mailer(c config.Mail) (sender, error) {
	if c.Host == "" {
		return nil, nil
	}
	return mail.NewSender(mailOptions(c))
}

func mailOptions(c config.Mail) mail.Options {
	return mail.Options{Host: c.Host, Port: c.Port, Username: c.Username, Password: c.Password.Reveal(), From: c.From, TLS: c.TLS}
}

// ownConferences is the provider of calls that is the workspace itself.
const ownConferences = "rocketchat"

// links knows the service of calls; nil when the workspace itself is, or none.
func links(c config.Calls, site string, secret []byte) (*call.Links, error) {
	if c.Provider == "" || c.Provider == ownConferences {
		return nil, nil
	}
	link := c.Link
	if c.Provider == call.Workspace {
		link = site
	}
	return call.New(call.Options{
		Provider: c.Provider, Link: link, AppID: c.AppID, Secret: c.Secret.Reveal(), Checksum: c.Checksum, Expiry: c.Expiry,
		RoomSecret: secret, PublicURL: c.PublicURL,
	})
}

// transcriber writes conversations down under the configured name, in the
// configured zone. The index of the system's fonts is kept in the folder.
func transcriber(c config.Transcripts, folder string) (func(transcript.Conversation) (host.Document, error), error) {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return nil, fmt.Errorf("transcripts.zone: %w", err)
	}
	var logo []byte
	if c.Logo != "" {
		if logo, err = os.ReadFile(c.Logo); err != nil {
			return nil, fmt.Errorf("transcripts.logo: %w", err)
		}
	}
	o := transcript.Options{Logo: logo, Colour: c.Colour, Footer: c.Footer}
	if c.SystemFonts {
		o.SystemFonts = folder
	}
	return func(t transcript.Conversation) (host.Document, error) {
		t.Workspace = c.Name
		if t.Zone == nil {
			t.Zone = zone
		}
		if c.Redact {
			t = t.Redacted()
		}
		return document(t, o)
	}, nil
}

// document writes a conversation down in all forms. Without a PDF the HTML form
// stands in for it: a fault in one of a library's tables keeps nobody's
// transcript back.
func document(t transcript.Conversation, o transcript.Options) (host.Document, error) {
	var text, html bytes.Buffer
	written, err := transcript.Text(&text, t, o)
	if err != nil {
		return host.Document{}, err
	}
	d := host.Document{Text: text.String(), Subject: t.Subject(), SHA256: written.SHA256}
	o.MailImages = true
	if report, err := transcript.HTML(&html, t, o); err == nil {
		d.HTML = html.String()
		for _, i := range report.Images {
			d.Inline = append(d.Inline, mail.File{Name: i.Name, Type: i.Type, ContentID: i.ContentID, Data: i.Data})
		}
	}
	var pdf bytes.Buffer
	shown, err := transcript.PDF(&pdf, t, o)
	if err == nil {
		d.PDF, d.Missing = pdf.Bytes(), shown.MissingText()
		return d, nil
	}
	d.NoPDF = err.Error()
	var page bytes.Buffer
	o.MailImages = false
	if _, err := transcript.HTML(&page, t, o); err == nil {
		d.Page = page.String()
	}
	return d, nil
}

func schedules(all map[string]config.Hours) (map[string]func(time.Time) sdk.Hours, error) {
	made := map[string]func(time.Time) sdk.Hours{}
	var faults []error
	for name, h := range all {
		s, err := hours.New(hours.Plan(h))
		if err != nil {
			faults = append(faults, fmt.Errorf("hours.%s: %w", name, err))
			continue
		}
		made[name] = func(t time.Time) sdk.Hours { return sdk.Hours{Open: s.Open(t), Why: s.Explain(t)} }
	}
	return made, errors.Join(faults...)
}

// reads is what answers plugins' reads. Without a model and as long as no topics
// were learned nobody classifies, and plugins fall back to their words. What a
// model costs is kept in the data folder.
func reads(c config.Model, data string) (map[string]host.Read, error) {
	topics, fault := newFreshTopics(c.TopicsFile, data)
	var m *model.Model
	if c.BaseURL != "" {
		var err error
		m, err = newModel(c, data)
		fault = errors.Join(fault, err)
	}
	if fault != nil {
		return nil, fault
	}
	return map[string]host.Read{sdk.ReadClassify: classify(m, topics), sdk.ReadAsk: ask(m, topics)}, nil
}

func newModel(c config.Model, data string) (*model.Model, error) {
	return model.New(model.Options{BaseURL: c.BaseURL, Key: c.Key.Reveal(), Name: c.Name, Timeout: c.Timeout,
		DailyTokens: c.DailyTokens, Ledger: filepath.Join(data, "model-tokens.json")})
}

func classify(m *model.Model, topics *freshTopics) host.Read {
	return func(ctx context.Context, q host.Inquiry) (any, error) {
		by := model.Classifier{Model: m, Topics: topics.now()}
		a, err := by.Classify(ctx, model.Question{Instruction: "the topic of this support chat", Text: q.Text, Labels: q.Labels, Max: q.Max})
		if err != nil {
			return nil, err
		}
		return sdk.Choice{Labels: a.Labels, Confidence: a.Confidence, Source: a.Source, Words: a.Words}, nil
	}
}

// ask answers a prompt: with labels as classify does, with a schema by the model
// alone.
func ask(m *model.Model, topics *freshTopics) host.Read {
	return func(ctx context.Context, q host.Inquiry) (any, error) {
		switch {
		case q.Prompt == nil:
			return nil, errors.New("ask without a prompt")
		case q.Prompt.Schema == "":
			by := model.Classifier{Model: m, Topics: topics.now()}
			a, err := by.Classify(ctx, question(*q.Prompt))
			return sdk.Finding{Labels: a.Labels, Confidence: a.Confidence, Source: a.Source}, err
		case m == nil:
			return nil, errors.New("there is no model: set model.base_url in config.yaml")
		}
		found, err := m.Ask(ctx, task(*q.Prompt))
		return sdk.Finding{JSON: found.JSON, Source: found.Source}, err
	}
}

func question(p sdk.Prompt) model.Question {
	return model.Question{Instruction: p.Task, Text: p.Text, Labels: p.Labels, Max: p.Max}
}

func task(p sdk.Prompt) model.Task {
	return model.Task{Instruction: p.Task, Text: p.Text, Schema: p.Schema}
}
