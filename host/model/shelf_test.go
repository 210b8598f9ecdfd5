package model

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// put learns from the examples and keeps what was learned.
func put(t *testing.T, s *Shelf, examples []Example) Version {
	t.Helper()
	v, err := s.Put(learned(t, examples), noon)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// spoilt are texts of which every second has another's topic.
func spoilt(n int) []Example {
	all := desk(n)
	for i := range all {
		if i%2 == 0 {
			all[i].Labels = all[(i+1)%n].Labels
		}
	}
	return all
}

func inUse(t *testing.T, s *Shelf, want int) {
	t.Helper()
	all, err := s.Versions()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.InUse != (v.Number == want) {
			t.Errorf("version %d in use: %v, want %d", v.Number, v.InUse, want)
		}
	}
	if got := filepath.Base(s.InUse()); got != fmt.Sprintf("%04d.topics", want) {
		t.Errorf("in use is %s, want version %d", got, want)
	}
}

func TestBetterTopicsTakeThePlaceOfFormerOnes(t *testing.T) {
	s := NewShelf(t.TempDir())
	if s.InUse() != "" {
		t.Error("an empty shelf has something in use")
	}
	put(t, s, spoilt(200))
	v := put(t, s, desk(200))
	if v.Number != 2 || !v.InUse || v.Texts != 200 || v.Topics != 3 || v.Right < 190 || !v.FromChats || v.TrainS <= 0 {
		t.Errorf("%+v", v)
	}
	inUse(t, s, 2)
}

func TestWorseTopicsNeverTakeThePlaceOfGoodOnes(t *testing.T) {
	s := NewShelf(t.TempDir())
	put(t, s, desk(200))
	v := put(t, s, spoilt(200))
	if v.InUse || !strings.Contains(v.NotInUse, "right in") && !strings.Contains(v.NotInUse, "never sure") {
		t.Errorf("%+v", v)
	}
	inUse(t, s, 1)
}

func TestTopicsThatOnlyOneKnowsAreNotCompared(t *testing.T) {
	more, chance := desk(200), rand.New(rand.NewPCG(3, 3))
	for range 100 {
		more = append(more, Example{"it rains, will the sun come back tomorrow", []string{fmt.Sprint("weather ", chance.IntN(2))}})
	}
	former, anew := learned(t, desk(200)), learned(t, more)
	if anew.Tried().Right > 270 {
		t.Fatalf("%+v: the new topics can be told from one another", anew.Tried())
	}
	if w := anew.Worse(former); w != "" {
		t.Errorf("with new topics that nobody can tell: %s", w)
	}
	other := desk(200)
	for i := range other {
		other[i].Labels = []string{"other " + other[i].Labels[0]}
	}
	if w := learned(t, other).Worse(former); w != "" {
		t.Errorf("of another world: %s", w)
	}
}

func TestTheSameChatsGiveNoNewVersion(t *testing.T) {
	s := NewShelf(t.TempDir())
	put(t, s, desk(200))
	if _, err := s.Put(learned(t, desk(200)), noon); !errors.Is(err, ErrNothingNew) {
		t.Errorf("%v", err)
	}
}

func TestFormerTopicsComeBackAndStay(t *testing.T) {
	s := NewShelf(t.TempDir())
	put(t, s, desk(100))
	put(t, s, spoilt(100))
	put(t, s, desk(200))
	n, err := s.Former()
	if err != nil || n != 1 {
		t.Fatalf("the former of 3 is %d, %v: 2 was never in use", n, err)
	}
	if _, err := s.Use(n); err != nil {
		t.Fatal(err)
	}
	inUse(t, s, 1)
	if v := put(t, s, desk(210)); v.InUse || !strings.Contains(v.NotInUse, "version 1 is fixed: bellhop topics use newest") {
		t.Errorf("%+v", v)
	}
	inUse(t, s, 1)
	if v, err := s.Use(0); err != nil || v.Number != 4 {
		t.Errorf("newest is %d, %v", v.Number, err)
	}
	inUse(t, s, 4)
	put(t, s, desk(220))
	inUse(t, s, 5)
}

func TestShelfKeepsTenVersionsAndTheOneInUse(t *testing.T) {
	s := NewShelf(t.TempDir())
	put(t, s, desk(100))
	if _, err := s.Use(1); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		put(t, s, desk(101+n))
	}
	all, err := s.Versions()
	if err != nil || len(all) != mostVersions+1 || all[0].Number != 1 || all[1].Number != 4 {
		t.Errorf("%d versions, %v", len(all), err)
	}
	inUse(t, s, 1)
}

func TestWhatIsWrongWithAShelfIsSaid(t *testing.T) {
	s := NewShelf(t.TempDir())
	if _, err := s.Use(1); err == nil || !strings.Contains(err.Error(), "no topics were learned yet: bellhop topics train") {
		t.Error(err)
	}
	put(t, s, desk(100))
	if _, err := s.Use(7); err == nil || !strings.Contains(err.Error(), "no version 7 of the topics: bellhop topics list") {
		t.Error(err)
	}
	if _, err := s.Former(); err == nil || !strings.Contains(err.Error(), "no former version") {
		t.Error(err)
	}
	if err := os.WriteFile(s.choiceFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Versions(); err == nil || !strings.Contains(err.Error(), "choose by bellhop topics use") {
		t.Error(err)
	}
}

func TestTopicsOfFewChatsAreLeftOut(t *testing.T) {
	all := append(desk(9), Example{"about Maya", []string{"Maya", "Billing"}}, Example{"about Zoë", []string{"Zoë"}})
	common := Common(all, 3)
	if len(common) != 10 || len(common[9].Labels) != 1 || len(all[9].Labels) != 2 {
		t.Errorf("%v", common)
	}
}
