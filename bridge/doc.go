// Package bridge is a workspace as the host wants it: events in, effects out.
// It reconnects, catches up and repeats safely by itself. It knows nothing of
// plugins, instances or decisions (see host).
//
// # Events
//
// Every stream frame is a hint; the truth is what REST says. On connect and
// every minute the bridge compares its picture of the chats with the server's
// and emits what it missed, so nothing depends on a stream being complete. An
// event's ID is made of server facts only:
//
//	opened/<rid>
//	queued/<rid>/<ts of the room or of the transfer, ms>
//	message/<_id>
//	edited/<_id>/<editedAt, ms>
//	deleted/<_id>
//	taken/<rid>/<agent id>/<servedBy.ts, ms>
//	forwarded/<rid>/<transferData.ts, ms>
//	held/<rid>/<ts of the message, ms>, and resumed
//	typing/<rid>/<username>/<_id of the chat's last message>
//	call/<id of the conference, before 5.0 of its message>, and call/<id>/ended
//	contact/<rid>/<_updatedAt of the visitor, or of the contact behind it, ms>
//	closed/<rid>
//	agent/<agent id>/<server time of the comparison that found the change, ms>
//	command/<_id>, of a direct message to Bellhop's account
//
// so the same fact from a stream, from catch-up or from reconciliation is one
// event. A chat's live events wait until its catch-up is done, and what is
// caught up with comes in the order in which it happened, each event with the
// chat as it was then. Only what a lost frame alone had told in time may come
// after what was told later: see the table of what no frame told.
//
// A frame that is not as it should be, such as one in which a field is of
// another type, is not believed: its fault is named in the log, once, and the chat
// is read. In what REST answers such a field counts as missing, unless that would
// tell something: a room of which it is not to be made out whether it is open, who
// serves it or where it is, is read again until it is.
//
// The end of a connection is said too: from then until the next comparison is
// complete nobody knows what people do.
//
// At a store's first start, and after more than an hour away, the chats that
// are there become known without events: a baseline. What is no more when the
// bridge looks is no event either: a message that was written and deleted while
// it was away, a chat that somebody deleted.
//
// A chat comes into the queue when it is opened, when it is moved to a
// department or to the queue, and when its agent is taken from it without a
// word; then the ID has the room's queuedAt or, before 7.0, its _updatedAt. With
// automatic routing an agent may have it a moment later: it counts as queued when
// nobody has it a second later. Of a message that was changed several times
// while nobody listened the last change is told, and one that is told already
// changed is not told to be so again. Of a deletion no stream tells a manager: it
// is told when messages are read again, at the latest by the next comparison, and
// only of messages that were told. An edit leaves no trace in the room, unless it
// is of the last message: when no frame told of it, it is told when the chat's
// messages are read again. Before 3.14 no message says that a chat is on hold; then
// the ID has the room's _updatedAt.
//
// What no frame told, since the line was cut, Bellhop was away or the server told
// nobody, is found so, and told at the latest then. A minute is Options.Reconcile,
// and the default limit ten calls of a kind a minute, of which half are left to
// others:
//
//	what                          found by                        with the role bot         under the default limit
//	a message, a move, the end    the list of chats, and a look   a minute                  a minute, and 10 chats a minute
//	a change of the last message  the same                        the same                  the same
//	a change of an earlier one    its chat's messages again       20 chats a second, and    5 chats a minute, and
//	                                                              after an hour at most     after an hour at most
//	a change of a guest           guest and contact again         50 chats a minute         5 chats a minute
//	a change of an agent          the list of agents              a minute                  a minute
//	who is in which department    20 departments again            20 departments a minute   5 departments a minute
//
// The last three are asked for while somebody has a handler for them: see below.
//
// Messages are read again of each chat that is open, or ended a quarter of an hour
// ago, once in each connection and once an hour, when all else is caught up with:
// first of those that were not read for longest, then of those in which something
// was said last. So of 100 open chats the last is read 20 minutes after the
// connection is back.
//
// That a conference has ended and that a guest's data were changed no stream
// tells. Both are asked for after each comparison, while the chat is open and
// somebody has a handler for it (Picture.Watched): for each conference that goes
// on a call, and for guests as many as the limits leave room for, those first that
// were read longest ago. Of several changes between two readings the last is told.
// What people change in a contact, which from 7.0 on stands beside the visitor, is
// told if it was read before, in this run or one that ended less than an hour ago
// (Known.Contact). Before 5.0 nothing tells the end of a conference.
//
// Of other agents' availability and of departments no stream tells, and nothing
// dates a change of them. While somebody has a handler for it, each comparison reads
// all agents, and of up to 20 departments who belongs to them, as far as the limits
// leave room. How they were when they were first read is no event. It is kept
// (Event.Staff, Picture.Staff), so that what changes while Bellhop is away is told
// when it is back, as one change of each agent; after more than an hour, or when
// nobody had a handler for it, they are read anew as for the first time.
//
// Who writes is heard, while somebody has a handler for it, in the 100 open chats
// in which something happened last, and before 5.3 only in those that Bellhop's
// own account serves. It is told of each person once until the next message. What
// no frame told of it nobody ever tells: it is over by then. While somebody may move
// chats, it is heard too, so that no chat is moved while its agent writes: a forward
// and a return to the queue wait until the agent stops, or is not heard of for 15
// seconds, or it is too late for them.
//
// A message costs no call once its chat has been read, and three before: the
// messages, the room and the guest. A comparison costs a call for each hundred
// chats that it lists, and two for each chat that changed; an hourly one lists
// all open chats, the others only those that changed. Each open chat costs one
// call more an hour and in each connection, by which its messages are read again.
//
// # Webhooks
//
// The workspace's own omnichannel webhooks can be a second source (Webhooks). A
// call is a hint like a frame: it has the chat looked at, and is answered when what
// it told is in the journal. So the streams may be silent, the same fact is one
// event whoever told it first, and what a forged call says is not believed. A call
// costs nothing when its fact is known, and a look at the chat otherwise.
//
// # Effects
//
// Each kind of effect has one guarantee, which makes a repeat after a lost
// answer safe:
//
//	kind        guarantee  how
//	reply       Named      chat.sendMessage with an _id made of the effect's key; confirmed by chat.getMessage
//	tell        Named      the same, in the direct messages of the agent
//	answer      Named      the same, in the direct messages of who gave a command
//	call        Named      two messages, first to the agent, then to the guest, each with its own _id
//	tag         Level      tags read, merged, written whole, read again, heard; a person's tag that vanished is put back
//	untag       Level      the same; only tags that Bellhop has set are taken away
//	forward     Witnessed  transfer.history is searched for our transfer to a target, no older than the event
//	close       Witnessed  the room's closedBy and closedAt, no older than the event
//	file        Witnessed  the chat since the event is searched for our message with the file's name that is no other effect's
//	edit        Level      chat.update; the text is read before and after
//	delete      Level      chat.delete; whether it is there is read before and after
//	direct      Named      as tell, to anybody of the workspace
//	post        Named      as reply, in a room for people of the workspace
//	typing      -          the stream notify-room, tried once: a moment later it would be wrong
//	pdf         Witnessed  the agent's direct messages since the event are searched for the file's name, made of the key
//	conference  Witnessed  the chat's conferences are searched for ours since the event that is no other effect's; then as call
//	servermail  Witnessed  the room's request for its end, or a transcript's message since the event that is no other effect's
//	serverpdf   Witnessed  made once by the server, as the room tells; then as pdf
//	take        Witnessed  the room's servedBy, no older than the event, or the message that the agent is connected
//	queue       Witnessed  transfer.history is searched for a return to the queue, no older than the event
//	hold        Witnessed  the chat's messages since the event are searched for the one that tells of it
//	resume      Witnessed  the same
//	field       Level      read, written with all tags as they are, read again; as with tags
//	priority    Level      the room's priorityId, read before and after
//	contact     Level      read, merged, written, read again: what it does not name stays
//	status      Level      the agent's statusLivechat, read before and after
//	undo        -          carried out as what takes the other effect back
//	mail        Blind      SMTP, repeated with the same Message-ID (package host/mail)
//	request     Blind      HTTP, repeated with the same Idempotency-Key (package host/web)
//	transcript  -          a file to the agent and mails: see there
//
// Named: carries our own _id, so a repeat is harmless. Level: an absolute state,
// read before and after it is written. Witnessed: before a repeat, our trace on
// the server is looked for. Blind: nothing can tell; what may have happened and
// must not be repeated is reported unconfirmed.
//
// Two traces a server makes in another's name, and no field tells who asked: a return
// to the queue in that of the chat's agent, on every version, and from 8.0 on a
// transcript that is mailed at once in its own, as when the guest asks for one
// (neither says to which address). There, what somebody else did since the event
// counts as ours once we have tried: the chat waits, or a transcript was mailed, and
// nothing happens twice; but of two people's wishes at the same moment one may be
// fulfilled.
//
// No failure is believed before the server was looked at, and no success that
// can be checked: 3.11 moves a chat and then fails, and says success when it
// moved nothing. What is done already counts as done, also when the effect is
// too late by now or its assumptions no longer hold. What a person must mend
// outside of the chat, such as an expired token, ends nothing: it is tried again
// until the effect is too late. A missing permission, a chat that was deleted
// and a rule of the workspace refuse the effect, and the reason says what to do.
//
// What is told in the thread of a chat (tell, answer, direct) needs a message that
// the thread begins with. Its _id is made of chat and person, so that there is one,
// and so that what people write in it tells of which chat they write.
//
// A forward goes to the first of its targets that exists and at which a person
// is online; our own account is none. To where the chat is already, it is done
// and moves nothing. Its comment is the public text and nothing else.
//
// Of tags the server only knows whole lists, and the last writer wins. What a
// person sets between our read and our write is nowhere to be read afterwards,
// but the room's stream tells it: the bridge listens to the chat while it
// writes tags, puts back what went lost, and the outcome says so. While there
// is no connection, such a tag is lost, and nothing can tell.
//
// An outcome is Unchanged only where nothing of ours can have done it: on the
// first attempt, when all was as wanted before the server was asked for
// anything, or when it refused.
//
// # One host
//
// Of several hosts one acts as the account (Hold). Who it is stands in a message
// of the account to itself, with the server's time; a host that has not been able
// to read its claim for a third of the lease has its effects wait until it has.
// While another acts, none of ours is carried out.
//
// # Permissions
//
// What the account may not do is refused, with the permission's name and where it
// is given, and an error in the log tells people. What it may not see waits: while
// it lacks what it needs to see chats, looks and comparisons are made again until
// it has it, and then all that happened is told, in order.
//
// # Versions
//
// What is proven, and on what:
//
//	3.11         a real server's recorded traffic, of events, effects and failures; the embedded workspace
//	7.7 to 8.3   the embedded workspace in the guise of 7.7.3, 7.13 and 8.3, made from their public source
//	others       nothing: Examine says so
//
// Each kind of effect meets every fault on all four, and a chat is told once on each
// and over an upgrade under way: CI runs the whole suite on every one of them. Calls
// that differ are chosen by version, and by what the server says it has not (package
// rest). Neither the queue's stream, on which 7.7.0 to 7.7.5 keep silent, nor hidden
// system messages, which newer servers do not stream, are needed: what no frame
// tells, the next comparison finds, and a change of an earlier message the reading
// that follows it.
//
// # Speed
//
// In the ordinary case an effect costs so many calls (BenchmarkApply):
//
//	reply, tell, file   2   the chat or the agent's messages, and the deed (of a file from 6.10 on two calls)
//	call                3   the chat, and two messages
//	tag, untag, close   3   the chat, the deed, and the chat again
//	forward             6   the chat, its history, the target and who is online, all at once; the deed; the chat again
//
// The first message in a chat's thread costs three more: whether the thread has
// begun, the chat's name, and its beginning.
//
// A forward reads one department and not all, and after a success that the chat
// itself proves it does not ask for the history again. That it reads the history
// before is no waste: a store that was restored from a backup does not know what
// it did since, and the history does. Rooms of direct messages are asked for
// once.
//
// After an outage the chats in which something happened are read, those first in
// which it happened last (BenchmarkCatchUp: 2000 chats of 10 messages in some ten
// seconds; without the role bot ten chats a minute, as many as the server allows,
// and no call is refused). BenchmarkReturn is the time to the first of them.
//
// Frames are read at a rate that no workspace has (BenchmarkIngest): an ordinary
// message is read without encoding/json, and what is not ordinary, by it.
//
// From a guest's message until its chat is forwarded the network dominates
// (BenchmarkMessageToForward): one round trip to read and half of one to act,
// and two more for the first message of a chat that has been open since before
// the start. Beside the server that is some milliseconds with 1000 open chats;
// 50 ms away from it 80 to 190 ms. What would cost more is a handshake for each
// call: see Connections.
package bridge
