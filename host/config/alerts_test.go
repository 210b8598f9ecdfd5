package config

import (
	"slices"
	"strings"
	"testing"
)

func TestAlertsNameUsersARoomAndAnAddress(t *testing.T) {
	c, err := load(t, "mail: {host: smtp.example.com, from: a@example.com}\nalerts: {users: [ana, \"@ben\"], room: \"#desk\", mail: ops@example.com}\n")
	if err != nil || !slices.Equal(c.Alerts.Users, []string{"ana", "@ben"}) || c.Alerts.Room != "#desk" || c.Alerts.Mail != "ops@example.com" {
		t.Errorf("%+v: %v", c.Alerts, err)
	}
	t.Setenv("BELLHOP_ALERTS_USERS", "carol, dave")
	if c, err := load(t, "alerts: {users: [ana]}\n"); err != nil || !slices.Equal(c.Alerts.Users, []string{"carol", "dave"}) {
		t.Errorf("by a variable: %v: %v", c.Alerts.Users, err)
	}
}

func TestFaultyAlertsSayWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"alerts: {users: [\"#desk\"]}":     `alerts.users: "#desk" is no username`,
		"alerts: {users: ana}":             `alerts.users: wants a list such as [a, b]`,
		"alerts: {room: two words}":        `alerts.room: "two words" is no room`,
		"alerts: {mail: ops}":              `alerts.mail: "ops" is not an address`,
		"alerts: {mail: ops@example.com}":  `alerts.mail: needs a mail server: write its name into mail.host`,
		"alerts: {user: [ana]}":            `did you mean users?`,
		"alerts: {users: [ana, [b]]}":      `alerts.users[1]: wants a text, not a list`,
		"alerts: {users: [ana], room: 12}": `alerts.room: wants a text, not a number`,
	} {
		if _, err := load(t, text+"\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
