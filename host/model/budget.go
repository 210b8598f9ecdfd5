package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// A budget counts the tokens of a day. What is under way counts as its estimate.
type budget struct {
	perDay int    // 0 means no bound
	ledger string // file that keeps the count; "" means none

	mu   sync.Mutex // guards what follows
	day  string
	used int
}

// spentToday is what the ledger holds.
type spentToday struct {
	Day    string `json:"day"` // in UTC
	Tokens int    `json:"tokens"`
}

// load reads what was spent before. Without a bound nobody counts.
func (b *budget) load() error {
	if b.ledger == "" || b.perDay == 0 {
		return nil
	}
	data, err := os.ReadFile(b.ledger)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var c spentToday
	if err == nil {
		err = json.Unmarshal(data, &c)
	}
	if err != nil || c.Tokens < 0 {
		return fmt.Errorf("read the tokens that were spent today: %s: %w: remove the file to begin anew", b.ledger, err)
	}
	b.day, b.used = c.Day, c.Tokens
	return nil
}

func (b *budget) reserve(day string, tokens int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day != b.day {
		b.day, b.used = day, 0
	}
	if b.perDay > 0 && b.used+tokens > b.perDay {
		return fmt.Errorf("%w: %d of %d tokens are spent until midnight UTC", ErrBudget, b.used, b.perDay)
	}
	b.used += tokens
	return b.keep()
}

// settle puts what was spent in the place of what was reserved.
func (b *budget) settle(day string, reserved, spent int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day != b.day {
		return nil
	}
	b.used += spent - reserved
	return b.keep()
}

// keep writes the count down, so that a restart does not begin anew. It is
// called with mu held.
func (b *budget) keep() error {
	if b.ledger == "" || b.perDay == 0 {
		return nil
	}
	data, err := json.Marshal(spentToday{b.day, b.used})
	if err != nil {
		return err
	}
	fresh := filepath.Join(filepath.Dir(b.ledger), "."+filepath.Base(b.ledger)+".new")
	if err = os.WriteFile(fresh, data, 0o600); err == nil {
		err = os.Rename(fresh, b.ledger)
	}
	if err != nil {
		return fmt.Errorf("%w: they cannot be counted: %w", ErrBudget, err)
	}
	return nil
}

// estimate is what a question will cost, rather too much: three bytes a token,
// and a short answer.
func estimate(q Question) int {
	n := len(rules) + len(q.Instruction) + len(q.Text)
	for _, l := range q.Labels {
		n += 2 * (len(l) + 4) // in the prompt and in the schema
	}
	return n/3 + 100
}
