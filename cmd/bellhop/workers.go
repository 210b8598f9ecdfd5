package main

import (
	"context"

	"github.com/bellhop-chat/bellhop/host"
	"github.com/bellhop-chat/bellhop/host/worker"
)

// inProcess starts workers in this process: for playing conversation files,
// where a plugin harms only itself.
func inProcess(ctx context.Context, o worker.Options) (host.Worker, error) {
	p, err := worker.InProcess(ctx, o)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// inProcessAfresh is inProcess with a plugin that is loaded anew for each event,
// so that it cannot remember what it should not.
func inProcessAfresh(ctx context.Context, o worker.Options) (host.Worker, error) {
	o.Init.Fresh = true
	return inProcess(ctx, o)
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
