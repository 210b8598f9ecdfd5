// Package bridge is a workspace as the host wants it: events in, effects out.
// It reconnects, catches up and repeats safely by itself.
//
// # Events
//
// Every stream frame is a hint; the truth is what REST says. On connect and
// every minute the bridge compares its picture of the chats with the server's
// and emits what it missed, so nothing depends on a stream being complete. An
// event's ID is made of server facts only:
//
//	opened/<rid>
//	message/<_id>
//	taken/<rid>/<agent id>/<servedBy.ts, ms>
//	forwarded/<rid>/<transferData.ts, ms>
//	closed/<rid>
//
// so the same fact from a stream, from catch-up or from reconciliation is one
// event. A chat's live events wait until its catch-up is done.
//
// # Effects
//
// Each kind of effect has one guarantee, which makes a repeat after a lost
// answer safe:
//
//	kind        guarantee  how
//	reply       Named      chat.sendMessage with an _id made of the effect's key; confirmed by chat.getMessage
//	tell        Named      the same, in the direct messages of the agent
//	call        Named      two messages, to the guest and to the agent, each with its own _id
//	tag         Level      tags read, merged, written whole, read again; a person's tag that vanished is restored
//	untag       Level      the same; only tags that Bellhop has set are taken away
//	forward     Witnessed  transfer.history is searched for our transfer, no older than the event
//	close       Witnessed  the room's closedBy and closedAt
//	file        Witnessed  the file's name and size among the room's messages (a transcript's PDF for an agent)
//	mail        Blind      SMTP, repeated with the same Message-ID (package host/mail)
//
// Named: carries our own _id, so a repeat is harmless. Level: an absolute state,
// read before and after it is written. Witnessed: before a repeat, our trace on
// the server is looked for. Blind: nothing can tell; what may have happened and
// must not be repeated is reported unconfirmed.
//
// Package bridge knows nothing of plugins, instances or decisions (see host).
package bridge
