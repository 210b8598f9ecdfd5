package script

func (g *gate) lint() {}
