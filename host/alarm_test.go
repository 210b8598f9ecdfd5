package host

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bellhop-chat/bellhop/sdk"
)

// alarmed runs a test with an alarm, in a bubble of time. Told is what people
// were told so far; deaf makes them unreachable.
func alarmed(t *testing.T, test func(log *slog.Logger, told *notes, deaf func(bool))) {
	synctest.Test(t, func(t *testing.T) {
		a := NewAlarm(slog.DiscardHandler, nil)
		ctx, stop := context.WithCancel(context.Background())
		var told notes
		var unreachable atomic.Bool
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			a.Run(ctx, func(_ context.Context, text string) error {
				if unreachable.Load() {
					return errors.New("nobody is there")
				}
				told.add("%s", text)
				return nil
			})
		}()
		test(slog.New(a), &told, func(on bool) { synctest.Wait(); unreachable.Store(on) })
		stop()
		<-ended
	})
}

func TestAlertsAreBundledAndToldOnceInTenMinutes(t *testing.T) {
	alarmed(t, func(log *slog.Logger, told *notes, _ func(bool)) {
		log.Info("nothing to act on")
		log.Warn("it heals itself")
		log.With("instance", "tag").Error("instance is set aside", "err", "it panics")
		log.Error("store refuses writes", "err", "no space left")
		for range 5 {
			log.Error("store refuses writes", "err", "no space left")
			time.Sleep(time.Minute)
		}
		all := told.list()
		if len(all) != 1 || strings.Count(all[0], "\n") != 1 {
			t.Fatalf("told %q, want one text of two lines", all)
		}
		for _, part := range []string{"tag: instance is set aside (it panics); since ", "`bellhop pause tag` stops it", "store refuses writes (no space left)", "2 times", "`bellhop pause --all`"} {
			if !strings.Contains(all[0], part) {
				t.Errorf("%q does not say %q", all[0], part)
			}
		}
		time.Sleep(time.Hour)
		if all = told.list(); len(all) != 2 || !strings.Contains(all[1], "4 times") {
			t.Errorf("told %q, want the rest once more and nothing else", all)
		}
	})
}

func TestAlertThatReachedNobodyIsToldLater(t *testing.T) {
	alarmed(t, func(log *slog.Logger, told *notes, deaf func(bool)) {
		deaf(true)
		log.Error("token is refused")
		time.Sleep(5 * time.Minute)
		deaf(false)
		time.Sleep(2 * time.Minute)
		if all := told.list(); len(all) != 1 || !strings.Contains(all[0], "token is refused") {
			t.Errorf("told %q", all)
		}
	})
}

// TestWhatNeedsSomebodyIsAnAlert: each of these must reach people.
func TestWhatNeedsSomebodyIsAnAlert(t *testing.T) {
	for name, is := range map[string]struct {
		plugin plugin
		wants  string
	}{
		"dead letter": {onMessage(func(*sdk.Chat, sdk.Message) error { return errors.New("it broke") }), "the event is a dead letter"},
		"set aside":   {func(*sdk.Plugin) error { return errors.New("no table") }, "instance is set aside"},
	} {
		t.Run(name, func(t *testing.T) {
			prepared(t, map[string]plugin{"p": is.plugin}, func(w *world) {
				w.start()
				w.ws.say("c", "x")
				w.quiet()
				w.logged("level=ERROR")
				w.logged(is.wants)
			})
		})
	}
}
