package model

import (
	"fmt"
	"sync"
)

// A budget counts the tokens of a day. What is under way counts as its estimate.
type budget struct {
	perDay int // 0 means no bound

	mu   sync.Mutex // guards what follows
	day  string
	used int
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
	return nil
}

// settle puts what was spent in the place of what was reserved.
func (b *budget) settle(day string, reserved, spent int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day == b.day {
		b.used += spent - reserved
	}
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
