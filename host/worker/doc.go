// Package worker runs a plugin in a process of its own, which it locks in.
//
// A worker is this binary started again. It gets all that it needs by one
// connection: first the plugin's source, settings and state, then event after
// event, and answers each with what the plugin asked for. See frame.go for what
// is said, Process for the host's side and Main for the worker's.
//
// # What is trusted, and what is not
//
// A plugin's source is not trusted, whoever signed it; nor is what visitors
// write, which plugins read; nor, from the moment that it has seen the plugin's
// source, is the worker itself: the gate, the interpreter and Go's own library
// are large, and each may have a fault that lets a plugin do what it likes in
// its process. Trusted are the kernel, this package's code before the plugin is
// loaded, the host, and the configuration.
//
// What must hold even if a plugin rules its process:
//
//   - It reads and writes no file, reaches no network and no other process,
//     starts none, and learns no secret but those in its own settings.
//   - It asks for nothing but effects, for the chat of the event that it was
//     given. The chat, the key and the grant of an effect are the host's to say:
//     a worker has no words for them.
//   - It delays and harms no other instance, and not the host.
//
// What it can still do: use its share of the processor up to its deadline and
// its memory up to its limit; ask for every effect that the admin has granted
// to it, with any text; remember lies in its own state; say nothing, and be
// ended. What it was given, the words of chats, it can pass on by those effects
// alone: grant a plugin only what it needs. Faults of the processor that let
// one process read another's memory are the kernel's to prevent.
//
// # Layers
//
// A worker puts the first of them on before it looks at the plugin:
//
//	no inheritance      required  an empty environment but for TZ=UTC; no open file but the
//	                              connection and the error stream; a process group of its own
//	limits              required  memory (RLIMIT_DATA: what there is, and 256 MiB), stack (64 MiB),
//	                              no core dump, no byte in a file, 64 open files, low priority
//	threads             required  all that Go's runtime needs are made; none can be made later
//	landlock            if there  no file, no network, no signal to others, refused by the kernel's
//	                              own notion of them
//	seccomp             required  no system call but 37: reading and writing what is open, memory
//	                              that cannot be executed, waiting, time, its own end
//	self-test           required  it tries to open, connect, signal and execute, and to make calls
//	                              that only the filter refuses; all must fail
//	the gate            required  package script, before anything is run; it makes plugins right,
//	                              and is no wall
//
// and the host keeps it in these:
//
//	what it says        required  every frame is measured, decoded within limits, and checked; the
//	                              first that no worker says ends it
//	time                required  a deadline for loading and for each event; computing without an
//	                              event ends it too
//	output              required  256 KiB of printing; when it goes on, nothing is listened to
//	its end             required  SIGKILL, to its group; nothing is waited for that it could keep open
//
// Where a required layer cannot be had, the plugin is not loaded: Start gives
// an *EndError with Cause Unstarted that says why and what to do. `sandbox:
// none` in the configuration is the only way round, and leaves the limits, the
// checks and the deadlines. Layers tells which hold on this machine, and
// Process.Layers for one worker; both by what the worker has tried, not by what
// the kernel claims. What a worker says of itself when it has loaded its plugin
// could be that plugin's word: nothing hangs on it but what people read.
//
// The filter is proven on amd64, and on arm64 in an emulated machine with Debian's
// Linux 6.1: .ci/arm64 boots it, runs this package's tests there but the one of
// every symbol of Go, and the demo. Of an argument it looks at the lower 32 bits, where all that
// it decides by stands. Everything works as root and as an ordinary user, and no
// capability is needed. It holds in Docker 20.10 with its default seccomp profile,
// as root, as another user, on a read-only file system and with all capabilities
// dropped; in CI it is tried by a filter that refuses what that profile refuses
// and a worker might want, with and without landlock (TestSandboxHoldsInAContainer).
//
// # Shown by
//
// testdata/plugins.md and testdata/workers.md list attacks by plugins and by
// workers, what stopped each and what the admin sees; testdata/everything.md
// lists what a plugin gets that has every symbol of Go, system calls by their
// numbers among them. The tests write and hold them: go test -v prints them.
// Beside all attacks, a well-behaved instance's p99 was 255 us, and 172 us
// alone (BenchmarkNeighbour, 2 processors, median of 38 and 30 us).
//
// # What it costs
//
// A worker of the whole binary has 8.3 MiB of memory that is its own, on amd64
// (worker_private_kib of `bellhop bench`); it was 10.2 MiB. Factors found, the
// largest first:
//
//   - 1.3 MiB: one regular expression over all letters, compiled when package
//     config was initialised. What a package does at its start, each worker does
//     too: see GODEBUG=inittrace=1.
//   - 0.8 MiB: garbage of the gate, given back to the system once the plugin is
//     loaded (debug.FreeOSMemory, 1 ms).
//   - 0.6 MiB: the types of the allowed packages, dropped then.
//
// Garbage is collected at 125 percent. At 50 a busy worker has 6.2 MiB and is
// slower by a fifth; at 300, which is the host's, it has 16 MiB.
//
// What is left is Go's runtime, its tables of symbols, what other packages set
// up, and the interpreter with all that it may offer (1 MiB).
//
// A plugin is ready 9 ms after Start on a machine at rest, and 20 to 40 ms on
// one with three times as much to do as it can, where a worker is the last to
// get its turn. The larger part of it is the gate, 5 ms when it has to read the
// packages, of which 0.2 ms is the plugin itself; the interpreter takes 1.2 ms.
// An event takes 35 us to the worker and back, 11 us when 64 are under way.
package worker
