package model

import (
	"context"
	"errors"
	"fmt"
)

// A Classifier chooses labels by what there is. The zero value has nothing.
type Classifier struct {
	Model  *Model  // asked first; nil means none
	Topics *Topics // where there is no model, or it cannot answer; nil means none
}

// ErrNobody says that there is nothing to choose by.
var ErrNobody = errors.New("there is neither a model nor topics that were learned: set model.base_url, or have bellhop topics train learn from chats")

// Classify chooses labels as [Model.Choose] does or, where the model cannot
// answer, as [Topics.Choose] does. That a model finds no label fit is an answer.
// The answer's source says who chose. If neither can answer, the error joins
// what each said.
func (c Classifier) Classify(ctx context.Context, q Question) (Answer, error) {
	if c.Model == nil && c.Topics == nil {
		return Answer{}, ErrNobody
	}
	var asked error
	if c.Model != nil {
		a, err := c.Model.Choose(ctx, q)
		if err == nil || c.Topics == nil || errors.Is(err, context.Canceled) {
			return a, err
		}
		asked = err
	}
	a, err := c.Topics.Choose(q)
	switch {
	case err != nil:
		return Answer{}, errors.Join(asked, err)
	case asked != nil:
		a.Source = fmt.Sprintf("%s, since the model could not answer (%v)", a.Source, asked)
	}
	return a, nil
}
