package rule

// Cached counts what is compiled.
func (e *Engine) Cached() int { return len(e.words) + len(e.patterns) + len(e.whens) }
