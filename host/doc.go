// Package host runs plugins on what happens in a workspace.
//
// A plugin never does anything. Its handler gets an event and a read-only chat,
// and asks for effects. When it returns, what it asked for, what it remembered,
// the timers it set, its reasons and its progress are committed together, or
// not at all. The host then carries the effects out. What follows is the
// contract; each point has tests that bear its name.
//
// # 1. Events
//
// An event's ID is made of server facts only (see package bridge). The same
// fact from a stream, from catch-up or from a comparison is one event: the
// journal drops a known ID. With each event the chat's new picture and
// watermark are stored in the same transaction, and the workspace starts from
// that picture. Journal order is the order.
//
// # 2. Journal
//
// An event is in the journal before anything decided on it is carried out.
// Events of a chat, which the workspace can give again, may commit together
// with the first decision on them. Timers, and events that belong to no chat,
// are on disk before anyone sees them.
//
// # 3. Order
//
// An instance sees one chat's events in order, one at a time. Different chats
// may interleave. A failing event holds its own chat, for that instance, until
// it is done or dead.
//
// Timers fire only while the workspace is heard of: from the loss of the connection
// until the comparison that follows it they wait, so that their handlers see the
// chat as people have left it. One that came due meanwhile comes after what
// happened meanwhile, and not at all when that sets it anew or cancels it.
//
// Events that belong to no chat wait in lines of their own: commands in one for
// each person, webhooks in one for each path, times of Every in one for each
// schedule. Their handlers get no chat. One may read a chat for its event, and
// then ask for effects on it: they assume what the chat was in the answer, and
// stand in the chat's own order when they are carried out. A worker that names
// any other chat is ended; nothing of its result counts.
//
// That an instance begins is in the journal with the change that made it begin,
// and nothing that comes after it is shown to the instance before it is done or
// dead. An instance that is being switched off hears of that and of nothing else
// any more; it has 5 seconds for it and for what it asks for then. A host that is
// killed meanwhile goes on with that when it runs again: each is told once.
//
// A command goes to the one instance that knows it and takes it from its giver.
// When there is none, or nothing will come of it, the host answers itself, once;
// command and answer are one commit. It decides under the name "bellhop".
//
// # 4. Decisions
//
// Effects, state, timers, reasons and progress commit together or not at all.
// An effect that is refused by grant, mode or limit is an outcome of that
// effect: the decision still commits. Only a malformed result rejects the
// whole; it counts as a failure of the handler.
//
// # 5. Effects
//
// An effect's key is made of instance, event ID and ordinal. What is true of
// each kind is one row in kinds.go. It assumes
//
//	forward, close     the chat is open, its department and agent are those of the event
//	reply, file, call  the same, as far as the event had a department and an agent
//	tell               the agent is that of the event, while the chat is open
//	typing             as reply
//	tag, untag         nothing
//	edit, delete       nothing
//	direct, post       nothing
//	mail, request      nothing
//	answer             nothing
//	transcript         nothing
//	take, queue        the chat is open, its department and agent are those of the event
//	hold               the same, as far as the event had a department and an agent
//	resume, priority   the chat is open
//	field, contact     nothing
//	status             nothing
//	undo               nothing
//
// where a move in the same decision (forward, take, queue) lifts what later
// effects assume of department and agent, and where an undo is carried out as what
// takes the other effect back, with the assumptions of that. No chat is moved while
// its agent is heard to write (see package bridge). An effect is carried out not after 10 minutes when a guest
// sees it or a chat moves, and 7 days otherwise, counted from the event; from
// when it was accepted for what answers a timer or an event of no chat. Its outcome is one of: done,
// refused (why), overtaken (an assumption no longer holds, or it is too late),
// skipped (an earlier effect of the same decision on this chat was not done),
// unconfirmed, undone. Effects on a chat are carried out in order, and typing, of which
// nothing depends, has nothing skipped. Transcripts, files and mails have lanes
// of their own and never hold up a chat, nor are they skipped with it; only a
// close waits for the files of its own decision, which it would shut out. What
// is written to people of the workspace (direct, post) belongs to no chat's
// order either, but to that of the person or the room, nor does what becomes of
// an agent (status). The instance that asked gets each outcome as an event.
//
// A call that was offered by links is kept from before anybody has a link until
// its links are over. Each of its steps (offered, agent or guest joined, missed,
// ended, failed, unknown) is an event of the chat, once, and is on disk with
// what it made of the call before an instance hears of it. A call is missed when
// guest or agent has not come in time, also while the host was away; where
// nobody tells who comes, and while the service tells nothing, none is. A newer
// call of a chat takes the place of the older, whose links lead nowhere then.
//
// # 6. Once
//
// How a repeat is made safe stands in the table of package bridge. The host's
// part: before the first attempt the store says that it begins, and every
// attempt after that, also after a restart, is told that our trace may be on
// the server. An attempt that ended nothing is made again, ever more slowly,
// until the effect is too late.
//
// An effect is sure when a repeat finds what was done, whatever other sure
// effects were done in the meantime: a reply by its id, a tag by being there. The
// decision itself says that a sure effect begins, and what comes after it does
// not wait until the disk says how it ended. Any other effect waits until the
// disk says how all before it ended, and is waited for itself: a tag must not be
// set again because it was taken away since.
//
// # 7. Isolation
//
// An instance that is slow, loops, panics or dies delays only itself. Its
// worker is stopped and started again with back-off, and the event that it
// handled counts as failed; after five ends in a minute without a success it is
// set aside, with an alert. An event that fails five times goes to the dead
// letters. A read that the host can't answer from memory parks the handler:
// other chats go on meanwhile, and the answer is kept with the event. History,
// search, files, contact and page of a chat that the handler may act on need no
// grant, all other reads do. What Fetch reads is read by GET from granted hosts alone, and from
// no address that is not public. An answer has at most 256 KiB, those of one event
// 1 MiB; a search is cut off after 2 seconds of comparing, and an instance has one
// at a time.
//
// # 8. Echoes and loops
//
// An instance does not see messages that Bellhop sent nor the echo of its own
// effects. It does see life-cycle events that other instances caused, with
// their cause. A chain of causes longer than 5 is cut, and that is recorded.
// Hard limits: one automatic forward a chat in 10 minutes, three a chat, 20 a
// minute an instance, and the same of returns to the queue; beyond that the instance pauses and says so, until
// somebody lets it go on or changes it. A restart makes no count smaller. What a
// person orders by a command is not automatic, nor is what takes an effect back.
// Who has a handler for deeds is told what others' effects did.
//
// # 9. The past
//
// Of a baseline only the picture counts. Nothing older than an instance's start
// reaches it, and an instance that was off starts anew. Events that come more
// than 15 minutes late are marked late. Timers that came due while the host was
// away fire once, after the workspace has caught up with their chat, and end with it.
// A clock that is set forward fires them within a minute, one that is set back
// loses none. So it is with schedules: however many times of one were missed, it
// is one event, marked late; an instance that pauses hears of it when it goes on. A time that no calendar has is unknown.
//
// # 10. Truth
//
// Nothing is invented: what could not be learned is "unknown".
//
// # 11. Privacy
//
// Guests never see what is meant for agents. Reasons go into the store and to
// agents; of a forward the guest's browser gets only the public text.
//
// # 12. Rehearsal
//
// Given the same journal, the same plugin, version and settings make the same
// decisions: the time, chance, pictures, schedules and answers that a handler
// sees are those of the event. A change of plugin, version, settings, mode or
// grants is itself a journal entry.
//
// # Versions
//
// What an instance remembers belongs to one version of its plugin. A newer one is
// loaded, and says by Migrate what it wants otherwise, while the former rests; what
// it says, what was before and the change are one commit. When it fails the former
// version goes on, also when a host starts with a file that names the newer one:
// the former is found again, and runs only if it is what it was. An instance that
// is off is upgraded when it is switched on.
//
// The last upgrades can be undone, one after another: code, settings, rights and
// what was remembered are those of before. What was carried out since stays done,
// and what was decided and waits goes on. Snapshots keep nothing of what is
// forgotten, and go with the retention.
//
// # Brakes
//
// A pause of one instance or of all ends its deciding and its carrying out, also
// of what waits, and survives a restart. When it is answered, what it cut off has
// ended, or does not heed being cut off within a second. What waits is carried
// out, or dropped, when somebody says so. Errors in the log are what somebody
// must act on; an Alarm tells people of them.
//
// # Asking first
//
// An instance in mode confirm decides as one that is on, but what it asks for is
// carried out only when the agent of the chat says yes. All that a decision wants
// on chats of one agent is one question, a direct message of the host's own that is
// in the same commit; the agent answers it by `yes` or `no` with its number. It
// stands until the first of the effects is too late; then they are overtaken. A no
// makes them refused. An answer is on disk before anything comes of it, and
// question and answer survive a kill: nothing is asked twice. Only who was asked
// can answer. What was allowed still assumes what it assumed: a chat that people
// have moved meanwhile is not moved. Nobody is asked about direct messages, nor
// about what a person has ordered by a command. Where nobody serves the chat,
// and where an agent has 20 open questions, it is refused. While a question is
// open, nothing else in the chat waits for it. Why tells who was asked and who has
// allowed it.
//
// # Taking back
//
// What an instance has done can be taken back, as far as it can be: the host
// itself asks for effects that do, each in a decision of its own, and they are
// carried out as any other. They assume that all is as the effect left it: what
// a person has changed since stays, and a chat that somebody has answered since
// is not moved. An effect that was taken back has the outcome undone, which its
// instance is told as another event. Undoable names all the rest and why. No limit
// counts what is taken back.
//
// # What fails
//
// A full disk is treated as a crash: nothing is accepted any more, all that is
// not on disk is forgotten, and when the disk takes writes again the host starts
// over from its store, and the workspace from its picture. What is stored can be
// read meanwhile, and Refused says since when and why.
//
// # What it costs
//
// An event waits for one flush and one hop to a worker: event, decision and the
// beginning of its first effect are one commit, and the settlement of what is
// done rides along with the next. With many events under way the processor is
// the limit, so what was found there, the largest first:
//
//   - Sure effects wait for no flush (point 6), so that what twenty instances do
//     in one chat takes two flushes and not twenty: a fourteenth of the time, and
//     a third of the processor with one event under way; with 64 half the time
//     and half the processor, since all that happens gathers more.
//   - What is not sure begins in the commit of its decision when it is the first
//     in its chat, and else in the one that settles the effect before it.
//   - Garbage is collected at 300 percent (see cmd/bellhop): a fifth of all work.
//   - Nothing is decoded that was encoded a moment ago: pictures, entries and
//     parcels stay in memory while they are new (see store).
//   - An event and its chat's picture are encoded once, for the journal, the
//     chat and the frame of each instance: a twentieth.
//   - Lanes of the outbox share goroutines; a new stack for each was 6 percent.
//   - Deliveries to a worker gather while the last ones are written, so that a
//     busy worker is woken once for several. Results are sent one by one: the
//     host must know which event a worker died of.
//
// What is left is half bbolt's (pages copied and written) and a third the
// worker's, of which a third is the kernel waking it. The next factor would be
// fewer fields by name: half of a record's bytes are the names of the sdk's
// fields.
//
// # What it is not
//
// Package host does not know how the workspace is reached (see bridge) nor how
// a plugin came to be (see script). It holds no queue in memory: an instance's
// mailbox is a position in the journal.
package host
