package main

import (
	"strings"
	"testing"

	"github.com/bellhop-chat/bellhop/host/console"
)

func TestWhyTellsWhereEachTagComesFrom(t *testing.T) {
	var out strings.Builder
	tellStory(&out, console.Story{Chat: "r1", Tags: []console.Tag{
		{Tag: "VIP"},
		{Tag: "billing", Instance: "autotag", Rule: "classify", Reason: "rule \"classify\": model qwen3:8b chose it among 3 tags, 90 % sure", Effect: "autotag/closed/r1/0"},
		{Tag: "old\x1b[31m", Effect: "autotag/closed/r1/1"},
	}})
	want := "chat r1 \n" +
		"tag VIP: set by a person, or by another program of the workspace\n" +
		"tag billing: set by autotag because rule \"classify\": model qwen3:8b chose it among 3 tags, 90 % sure\n"
	if got := out.String(); !strings.HasPrefix(got, want) || !strings.Contains(got, "set by Bellhop; why is kept no more") || strings.Contains(got, "\x1b") {
		t.Errorf("got %q, want %q", got, want)
	}
}
