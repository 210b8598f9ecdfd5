package main

import (
	"context"
	"runtime"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// trials start workers for plugins that are tried. Nobody has said yet that they
// can be trusted, so each is in a process of its own, in the sandbox where there
// is one.
func trials(ctx context.Context, o worker.Options) (host.Worker, error) {
	return processes(worker.Limits{NoSandbox: runtime.GOOS != "linux"})(ctx, o)
}

// trialsAfresh are trials of plugins that are loaded anew for each event, so that
// they cannot remember what they should not.
func trialsAfresh(ctx context.Context, o worker.Options) (host.Worker, error) {
	o.Init.Fresh = true
	return trials(ctx, o)
}

// processes starts each worker in a process of its own with these limits.
func processes(limits worker.Limits) host.Start {
	return func(ctx context.Context, o worker.Options) (host.Worker, error) {
		o.Init.Limits = limits
		p, err := worker.Start(ctx, o)
		if err != nil {
			return nil, err
		}
		return p, nil
	}
}
