package model

import (
	"context"
	"fmt"
)

// Serves asks the endpoint which models it serves, by name, which costs no tokens.
// Some endpoints keep no list and reject the question, and some name a model in
// more ways than they list. Errors are those of [Model.Choose].
func (m *Model) Serves(ctx context.Context) ([]string, error) {
	list, err := m.client.ListModels(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for models: %w", m.translate(ctx, err))
	}
	var names []string
	for _, one := range list.Models {
		names = append(names, one.ID)
	}
	return names, nil
}
