package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/config"
)

func TestAlertReachesAllThatAreNamed(t *testing.T) {
	s := stageWith(t, nil)
	serving(t, s)
	c := s.config()
	c.Alerts = config.Alerts{Users: []string{"ana", "@ben"}, Room: "desk", Mail: "ops@example.com"}
	var told []string
	post := func(_ context.Context, to, text string) error {
		if !strings.HasPrefix(text, "Bellhop needs somebody:\n") || !strings.Contains(text, "it broke") {
			t.Errorf("%s is told %q", to, text)
		}
		told = append(told, to)
		return nil
	}
	tell, err := alerts(c, post, slog.New(slog.DiscardHandler))
	if err == nil {
		err = tell(t.Context(), "it broke")
	}
	slices.Sort(told)
	if err != nil || !slices.Equal(told, []string{"#desk", "@ana", "@ben"}) {
		t.Errorf("told %v: %v", told, err)
	}
	if found := filesHolding(t, s.path("mails"), "it broke"); found != 1 {
		t.Errorf("%d mails tell of it", found)
	}
}

func TestAlertFailsOnlyWhenItReachesNobody(t *testing.T) {
	c := config.Default()
	c.Alerts = config.Alerts{Users: []string{"ana"}, Room: "desk"}
	gone := map[string]bool{"@ana": true}
	post := func(_ context.Context, to, _ string) error {
		if gone[to] {
			return errors.New("not there")
		}
		return nil
	}
	tell, err := alerts(c, post, slog.New(slog.DiscardHandler))
	if err != nil || tell(t.Context(), "it broke") != nil {
		t.Errorf("an alert that reaches the room fails: %v", err)
	}
	gone["#desk"] = true
	if err := tell(t.Context(), "it broke"); err == nil || !strings.Contains(err.Error(), "tell @ana: not there") {
		t.Errorf("an alert that reaches nobody: %v", err)
	}
	if tell, err := alerts(config.Default(), post, nil); err != nil || tell != nil {
		t.Errorf("alerts for nobody: %v", err)
	}
}

// filesHolding is how many files of the folder hold the text.
func filesHolding(t *testing.T, dir, text string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err == nil && strings.Contains(string(data), text) {
			n++
		}
	}
	return n
}
