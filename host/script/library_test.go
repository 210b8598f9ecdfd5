package script

import "testing"

func TestEveryStubIsGood(t *testing.T) {
	for path := range allow().packages {
		if _, err := library.Import(path); err != nil {
			t.Error(err)
		}
	}
}
