// Package store is what survives a restart: the journal of events, what each
// instance made of them, and the effects that wait to be carried out. It is
// one bbolt file of versioned CBOR records.
//
// # What it promises
//
// One goroutine commits. While it writes, all that wants to be written gathers,
// and the next commit takes all of it: ten instances that decide at the same
// time share one flush. What is in one call is written together or not at
// all, and calls are written in the order in which they were made.
//
// Who calls gets a Ticket, which is done when the disk has it. Some things are
// lazy: nobody waits for them (an event that the workspace can give again, a
// decision that asked for nothing, an effect that is done), so they ride along with the next commit
// that somebody waits for, or go alone after a few milliseconds. That is how an
// event and the first decision on it share a flush.
//
// A commit that fails (a full disk) fails all that gathered for it and all
// that came after: the store forgets what is not on disk, refuses to write, and
// keeps reading, until Recover. Memory never says more than the file.
//
// A result costs a put for its decision, one for its effects, one for each
// state that it changed and one for its timers; the progress of an instance
// is put once a commit, however many results that takes. A result that asked
// for nothing and explains nothing is progress only. An effect costs two more
// when it ends, and one when it did not begin with its decision.
//
// # What it keeps in memory
//
// The newest entries, the chats in which something happened lately, and parcels
// that wait, each up to a number: an event is asked for by every instance, its
// chat by every effect, and a parcel by its beginning and its end. Whoever takes
// something out of these buckets in another way must have them forgotten. A
// picture stands in the entry and in the chat's record, and is encoded once, by
// who brings it and not by the goroutine that commits, which is the one that
// all wait for.
//
// # What it is not
//
// It decides nothing, and it serves one process: the file is locked while it is
// open. A bigger format number than Format is refused, and so is a file that
// is torn or not ours: each with an error that says what to do.
package store
