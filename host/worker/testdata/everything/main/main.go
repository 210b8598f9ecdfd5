// Command everything is a worker whose plugins get every symbol of Go's
// standard library and no gate. It is built by a test, with ../script put into
// package script.
package main

import (
	"os"

	"github.com/bellhop-chat/bellhop/host/worker"
)

func main() { os.Exit(worker.Main()) }
