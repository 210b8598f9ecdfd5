package model

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bellhop-chat/bellhop/host/text"
)

// unsaid is the confidence of an answer that names none.
const unsaid = 0.5

// thoughts are what some models write before they answer.
var thoughts = regexp.MustCompile(`(?s)<think(?:ing)?>.*?</think(?:ing)?>`)

// Accept is what the question makes of the words of a model, or of somebody who
// speaks in its place. "none" means that no label fits.
func (q Question) Accept(content string) (Answer, error) {
	q.Max = max(q.Max, 1)
	if len(offered([]string{"none"}, q)) == 0 && strings.TrimSpace(content) == "none" {
		return Answer{Confidence: unsaid}, nil
	}
	return parse(content, q)
}

// parse understands the JSON that was asked for, also with words around it,
// and, from endpoints that know no schema, labels on lines or between commas.
func parse(content string, q Question) (Answer, error) {
	content = strings.TrimSpace(thoughts.ReplaceAllString(content, ""))
	said, confidence, ok := parseJSON(content)
	if !ok {
		said, confidence = plainLabels(content), unsaid
	}
	a := Answer{Confidence: confidence, Labels: offered(said, q)}
	switch {
	case len(a.Labels) > 0, ok && len(said) == 0:
		return a, nil
	case ok:
		return Answer{}, fmt.Errorf("%w: it names only labels that were not offered", ErrNonsense)
	}
	return Answer{}, fmt.Errorf("%w: it is neither the JSON that was asked for nor a label", ErrNonsense)
}

// plainLabels takes the whole answer for a label, then its lines, then what
// stands between commas.
func plainLabels(content string) []string {
	said := append([]string{content}, strings.Split(content, "\n")...)
	return append(said, strings.Split(content, ",")...)
}

// parseJSON reads the first of the objects in content that has labels.
func parseJSON(content string) (labels []string, confidence float64, ok bool) {
	for range 8 { // attempts, so that braces without end cost little
		i := strings.IndexByte(content, '{')
		if i < 0 {
			break
		}
		content = content[i:]
		var o struct {
			Labels     *list  `json:"labels"`
			Label      *list  `json:"label"`
			Confidence amount `json:"confidence"`
		}
		o.Confidence = unsaid
		err := json.NewDecoder(strings.NewReader(content)).Decode(&o)
		if o.Labels == nil {
			o.Labels = o.Label
		}
		if err == nil && o.Labels != nil {
			return *o.Labels, float64(o.Confidence), true
		}
		content = content[1:]
	}
	return nil, 0, false
}

// A list may be given as one text.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = list{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}

// An amount may be given as a text, and out of its range.
type amount float64

func (a *amount) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil || f != f {
		return nil // an odd confidence spoils no label
	}
	*a = amount(min(max(f, 0), 1))
	return nil
}

// offered keeps what is a label of the question, at most Max of them. A model
// may change case and quotes, as long as it is clear which label it means.
func offered(said []string, q Question) []string {
	means := make(map[string]string, 2*len(q.Labels))
	for _, l := range q.Labels {
		means[text.Fold(l)] = l
	}
	for _, l := range q.Labels {
		if _, taken := means[bare(l)]; !taken {
			means[bare(l)] = l
		}
	}
	var labels []string
	for _, s := range said {
		l, ok := means[text.Fold(s)]
		if !ok {
			l, ok = means[bare(s)]
		}
		if ok && len(labels) < q.Max && !slices.Contains(labels, l) {
			labels = append(labels, l)
		}
	}
	return labels
}

// bare is a folded label without quotes and bullets.
func bare(s string) string { return strings.Trim(text.Fold(s), " \"'`.*-#[]") }
