package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bellhop-chat/bellhop/bridge"
	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/call"
	"github.com/bellhop-chat/bellhop/host/config"
	"github.com/bellhop-chat/bellhop/host/mail"
	"github.com/bellhop-chat/bellhop/host/model"
	"github.com/bellhop-chat/bellhop/sdk"
)

// reachPatience is how long a service has to answer the doctor.
const reachPatience = 15 * time.Second

// serviceFindings look at what the configuration says of other systems, and ask
// those that make calls, take mail and say what texts are about.
func serviceFindings(ctx context.Context, c config.Config, uses bridge.Uses) []bridge.Finding {
	secret := make([]byte, 32)
	rand.Read(secret) // nothing that is made of it is given to anybody
	if err := serve(&host.Options{}, c, secret); err != nil {
		return []bridge.Finding{{What: "services", Verdict: bridge.Missing, Is: strings.ReplaceAll(err.Error(), "\n", "; "), Stops: "everything: Bellhop does not start", Do: "correct config.yaml"}}
	}
	all := callFindings(ctx, c, secret, needing(uses, string(sdk.EffectCall)))
	all = append(all, mailFindings(ctx, c.Mail, needing(uses, string(sdk.EffectMail), string(sdk.EffectTranscript)))...)
	return append(all, modelFindings(ctx, c, needing(uses, sdk.ReadClassify, sdk.ReadAsk))...)
}

// needing are the instances that may ask for an effect or a read of one of the
// kinds.
func needing(uses bridge.Uses, kinds ...string) (who []string) {
	for _, k := range kinds {
		who = append(who, uses[k]...)
	}
	slices.Sort(who)
	return slices.Compact(who)
}

// faultOf is a thing that does not work: what an instance needs is missing, what
// nobody uses is doubtful.
func faultOf(f bridge.Finding, is string, who []string) bridge.Finding {
	f.Is, f.Who, f.Verdict = is, strings.Join(who, ", "), bridge.Doubtful
	if len(who) > 0 {
		f.Verdict = bridge.Missing
	}
	return f
}

func callFindings(ctx context.Context, c config.Config, secret []byte, who []string) []bridge.Finding {
	f := bridge.Finding{What: "calls", Stops: "every call: no link is sent", Do: "set calls.provider in config.yaml"}
	l, err := links(c.Calls, c.Workspace.URL, secret)
	switch {
	case c.Calls.Provider == ownConferences:
		f.Verdict, f.Is, f.Stops = bridge.Right, "the workspace's own conferences; whether an app for them is there its admin sees in Settings, Conference Call", ""
		return []bridge.Finding{f}
	case err != nil: // serve has told
		return nil
	case l == nil && len(who) == 0:
		return nil
	case l == nil:
		return []bridge.Finding{faultOf(f, "no service is configured", who)}
	}
	return append([]bridge.Finding{providerFinding(ctx, c, l, who)}, pageFindings(ctx, c.Calls, l, who)...)
}

func providerFinding(ctx context.Context, c config.Config, l *call.Links, who []string) bridge.Finding {
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	f := bridge.Finding{What: "calls", Verdict: bridge.Right, Is: l.Provider() + " answers"}
	if err := l.Reach(ctx); err != nil {
		f.Stops, f.Do = "calls: links lead nowhere, or none is sent", "correct calls in config.yaml, or see to the service"
		return faultOf(f, err.Error(), who)
	}
	if caution := l.Caution(); caution != "" {
		f.Verdict, f.Is, f.Stops, f.Do = bridge.Doubtful, caution, "calls with agents who have no account there", "name a server of your own in calls.link"
	}
	return f
}

// pageFindings ask for the page by its public address. Where no host runs, this
// process answers for it meanwhile.
func pageFindings(ctx context.Context, c config.Calls, l *call.Links, who []string) []bridge.Finding {
	f := bridge.Finding{What: "page of calls"}
	if c.PublicURL == "" {
		if !l.Tells() {
			f.Verdict, f.Is, f.Stops = bridge.Right, "none, and "+l.Provider()+" tells nothing", "knowledge of who joins and when a call ends: it is unknown, and no call is missed"
			return []bridge.Finding{f}
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	stop, err := standIn(ctx, c)
	if err != nil {
		return []bridge.Finding{faultOf(f, err.Error(), who)}
	}
	defer stop()
	err = l.ReachPage(ctx)
	f.Stops, f.Do = "links to calls", fmt.Sprintf("have the proxy at %s hand everything on to %s with its path (calls.public_url, calls.address)", c.PublicURL, c.Address)
	switch {
	case call.Strange(err):
		return []bridge.Finding{faultOf(f, err.Error(), who)}
	case err != nil:
		f.Verdict, f.Is = bridge.Doubtful, err.Error()+", from this machine at least"
	default:
		f.Verdict, f.Is, f.Stops = bridge.Right, c.PublicURL+" answers", ""
	}
	if !strings.HasPrefix(c.PublicURL, "https:") && err == nil {
		f.Verdict, f.Stops, f.Do = bridge.Doubtful, "calls with guests at other machines", "write an https address that they reach into calls.public_url"
	}
	return []bridge.Finding{f}
}

// standIn answers where the page listens, unless a running host does.
func standIn(ctx context.Context, c config.Calls) (stop func(), err error) {
	on, err := net.Listen("tcp", c.Address)
	if err != nil {
		return func() {}, nil // a host's, or ReachPage finds out whose
	}
	h, err := call.Probe(call.Options{Provider: call.Template, Link: "https://calls.invalid/{room}", PublicURL: c.PublicURL})
	if err != nil {
		on.Close()
		return nil, err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan struct{})
	go func() { defer close(served); s.Serve(on) }()
	return func() { s.Close(); <-served }, nil
}

// mailFindings log in to the mail server, and send nothing.
func mailFindings(ctx context.Context, c config.Mail, who []string) []bridge.Finding {
	f := bridge.Finding{What: "mail", Verdict: bridge.Right, Stops: "transcripts and other mail", Do: "correct mail in config.yaml, or see to the server"}
	if c.Host == "" {
		if len(who) == 0 {
			return nil
		}
		f.Verdict, f.Is, f.Do = bridge.Doubtful, "no server is configured", "set mail.host and mail.from in config.yaml, unless nobody is to get mail"
		f.Who = strings.Join(who, ", ")
		return []bridge.Finding{f}
	}
	s, err := mail.NewSender(mailOptions(c))
	if err != nil {
		return nil // serve has told
	}
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	if err := s.Greet(ctx); err != nil {
		return []bridge.Finding{faultOf(f, err.Error(), who)}
	}
	f.Is, f.Stops = fmt.Sprintf("%s takes mail", c.Host), ""
	return []bridge.Finding{f}
}

// modelFindings ask the endpoint for its models, and nothing that costs tokens.
// Without an endpoint nothing is said: topics that were learned may do.
func modelFindings(ctx context.Context, c config.Config, who []string) []bridge.Finding {
	if c.Model.BaseURL == "" {
		return nil
	}
	m, err := newModel(c.Model, c.Data)
	if err != nil {
		return nil // serve has told
	}
	ctx, cancel := context.WithTimeoutCause(ctx, reachPatience, fmt.Errorf("no answer within %s", reachPatience))
	defer cancel()
	f := bridge.Finding{What: "model", Verdict: bridge.Right, Is: fmt.Sprintf("%s serves %s", c.Model.BaseURL, c.Model.Name)}
	const stops = "what the model is asked; topics that were learned from chats are told without it"
	served, err := m.Serves(ctx)
	switch {
	case ctx.Err() != nil:
		f.Stops, f.Do = stops, "see to the endpoint, or correct model.base_url in config.yaml"
		f = faultOf(f, context.Cause(ctx).Error(), who)
	case errors.Is(err, model.ErrRejected):
		f.Verdict, f.Is, f.Stops = bridge.Unknown, err.Error(), stops+", unless the endpoint merely keeps no list of its models"
		f.Do = "correct model in config.yaml if the log tells of the model, too"
	case err != nil:
		f.Stops, f.Do = stops, "correct model in config.yaml, or see to the endpoint"
		f = faultOf(f, err.Error(), who)
	case !slices.Contains(served, c.Model.Name):
		f.Verdict, f.Is = bridge.Doubtful, fmt.Sprintf("%s answers and does not list %s%s", c.Model.BaseURL, c.Model.Name, meant(c.Model.Name, served))
		f.Stops, f.Do = stops+", unless the endpoint has another name for it", "correct model.name in config.yaml"
	}
	return []bridge.Finding{f}
}
