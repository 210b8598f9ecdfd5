package desk

// words are all texts of the pages, in one place. %s and %d are filled in.
var words = map[string]string{
	// everywhere
	"skip": "Skip to the conversation", "back": "Back to the chats", "edited": "edited", "bot": "bot", "optional": "(optional)",
	"refused": "Not done: %s", "broken": "Something went wrong here. Try again; the log says what it was.",
	"offline":       "No connection. What happens meanwhile is shown as soon as it is back.",
	"csrf":          "This page is out of date. Load it again.",
	"toast.dismiss": "Dismiss", "dialog.label": "Action", "dialog.cancel": "Cancel", "dialog.close": "Close",
	"span.short": "under a second", "span.seconds": "%d s", "span.minutes": "%d min %d s", "span.hours": "%d h %d min", "unknown": "unknown",

	// signing in
	"login.title": "Sign in · Bellhop desk", "login.head": "Agent desk", "login.lead": "Sign in with your account of this workspace.",
	"login.name": "Username", "login.password": "Password", "login.go": "Sign in",
	"login.wrong": "Name and password do not fit.", "login.toomany": "Too many tries. Wait a minute.",
	"login.guest": "Here to ask something?", "login.guestlink": "Open the guest page", "logout": "Sign out",

	// the desk
	"desk.title": "Bellhop desk", "desk.brand": "Desk",
	"status.label": "Available for chats", "status.on": "Available", "status.off": "Not available",
	"side.label": "Chats", "side.progress": "Chats in progress", "side.other": "Other departments", "side.direct": "Direct messages",
	"side.none":   "No chats yet. Set yourself to Available, or take one that waits.",
	"queue.label": "Queue", "queue.none": "Nobody waits.", "queue.take": "Take", "queue.takename": "Take the chat of %s", "queue.more": "and %d more",
	"queue.new": "New chat in the queue", "queue.the": "the queue", "unread": "%d unread", "onhold": "on hold",
	"nothing.head": "Choose a conversation", "nothing.lead": "Chats that wait and chats in progress stand on the left.",
	"log.label": "Conversation", "log.earlier": "Earlier messages", "log.badplace": "load the page again", "panel.label": "Details", "panel.close": "Close details",
	"head.direct": "Direct messages", "head.nodepartment": "No department", "head.closed": "closed", "head.waits": "waits for an agent",
	"take.lead": "This chat waits. Take it to answer.", "take.go": "Take this chat",
	"foot.closed": "This conversation has ended.", "foot.looks": "Another agent serves this chat: you can read it.",
	"write.label": "Message to %s", "write.place": "Write a message", "write.send": "Send", "typing": "%s is typing",

	// quick actions
	"quick.label": "Quick actions", "quick.call": "Call", "quick.forward": "Forward", "quick.transcript": "Send transcript", "quick.close": "End conversation",
	"quick.info": "Room information", "quick.contact": "Contact information", "quick.history": "Chat history", "quick.search": "Search messages", "quick.files": "Files",

	// forward
	"forward.head": "Forward the chat", "forward.to": "To", "forward.departments": "Departments", "forward.agents": "Agents", "forward.comment": "Comment",
	"forward.commenthint": "(optional; the guest can see it)", "forward.go": "Forward", "forward.here": "the chat is here", "forward.off": "closed", "forward.serves": "serves the chat", "forward.away": "not available",
	"forward.choose": "choose a department or an agent", "forward.done": "Forwarded to %s", "forward.there": "where you chose", "forward.place": "Choose …",
	"forward.stayed": "the workspace left the chat where it is, since nobody there takes chats now: choose another",

	// transcript
	"transcript.head": "Send transcript", "transcript.lead": "The workspace mails the conversation when it ends.", "transcript.email": "E-mail address", "transcript.subject.label": "Subject",
	"transcript.subject": "Transcript of your conversation", "transcript.go": "Send", "transcript.done": "%s gets the transcript when the conversation ends", "transcript.noaddress": "this is no e-mail address",
	"transcript.maynot": "your account may not send transcripts: an admin gives your role the permission send-omnichannel-chat-transcript",
	"transcript.asked":  "It goes to %s already.", "transcript.discard": "Don’t send it", "transcript.discarded": "The transcript will not be sent",

	// the end of a chat
	"close.head": "End the conversation", "close.comment": "Comment", "close.tags": "Tags", "close.tagshint": "With commas between", "close.has": "It has",
	"close.must": "(this department wants one)", "close.pdf": "Export as PDF: it comes as a direct message", "close.nopdf": "Export as PDF: this workspace’s edition has none", "close.mail": "Send the transcript by e-mail",
	"close.go": "End conversation", "close.done": "The conversation has ended", "close.donepdf": "The conversation has ended; the PDF comes as a direct message", "close.nosuchtag": "the tag %s is not on the list: choose another",

	// the panel
	"info.head": "Room information", "info.guest": "Guest", "info.agent": "Agent", "info.nobody": "nobody yet", "info.department": "Department", "info.began": "Date and time", "info.average": "Average response time",
	"info.notyet": "no answer yet", "info.queue": "Queue time", "info.stillwaits": "waits since %s", "info.tags": "Tags", "info.topic": "Topic", "info.ended": "Ended", "info.lasted": "Chat duration",
	"contact.name": "Name", "contact.email": "E-mail", "contact.phone": "Phone", "contact.created": "Created", "contact.last": "Last chat", "contact.manager": "Contact manager", "contact.none": "none",
	"contact.edit": "Edit contact", "contact.save": "Save", "contact.noname": "a contact needs a name", "contact.gone": "this contact is not there any more",
	"history.place": "Search past chats", "history.none": "This contact has no earlier chats.", "history.nocomment": "Ended without a comment", "history.one": "Past chat", "history.back": "All past chats",
	"search.place": "Search messages", "search.regexp": "Regular expression", "search.hint": "Such as error\\d{3}. Case does not count.", "search.none": "Nothing found.", "search.more": "There is more: these are the newest 100.",
	"search.long": "at most %d letters can be searched for", "search.slow": "this takes too long: search for something simpler",
	"regexp.missing closing )": "A ( has no ) that closes it.", "regexp.unexpected )": "A ) has no ( before it.", "regexp.missing closing ]": "A [ has no ] that closes it.",
	"regexp.missing argument to repetition operator": "Before *, + or ? something must stand that is repeated. For the sign itself, write \\ before it.", "regexp.trailing backslash at end of expression": "A \\ at the end stands before nothing.",
	"regexp.invalid nested repetition operator": "Two signs of repetition follow each other.", "regexp.invalid repeat count": "A number in { } is too large: 1000 is the most.", "regexp.expression nests too deeply": "It is nested too deeply.", "regexp.expression too large": "It is too large.",
	"regexp.other": "This is no regular expression: %s in %s.",

	// files
	"files.place": "Search files by name", "files.kind": "Kind", "files.all": "All", "files.pictures": "Pictures", "files.audio": "Audio", "files.video": "Video", "files.texts": "Documents", "files.other": "Other", "files.none": "No files.",
	"file.attach": "Attach a file", "file.drop": "Drop the file to send it", "file.missing": "choose a file first", "file.gone": "This file is not there, or not yours to see.",

	// system messages
	"note.started": "The chat began", "note.joined": "%s joined", "note.left": "%s left", "note.deleted": "A message was deleted", "note.took": "%s took the chat",
	"note.closed": "%s ended the conversation", "note.closedwith": "%s ended the conversation: %s",
	"note.transcript": "%s asked for a transcript", "note.page": "Visited %s", "note.hold": "%s put the chat on hold", "note.resumed": "%s resumed the chat",
	"note.moved": "%s forwarded the chat to %s", "note.movedwith": "%s forwarded the chat to %s: %s", "note.movedguest": "You are being connected with %s",

	// what Bellhop did
	"deed.by": "Bellhop", "deed.menu": "What Bellhop did: more", "deed.why": "Why?", "deed.plugin": "plugin %s", "deed.rule": "rule “%s”",
	"deed.forward": "forwarded the chat to %s", "deed.tag": "tagged it %s", "deed.untag": "removed the tags %s", "deed.reply": "answered the guest",
	"deed.call": "offered a call", "deed.tell": "told the agent something", "deed.transcript": "delivered the transcript", "deed.close": "ended the conversation",
	"deed.answer": "answered a command", "deed.file": "sent a file", "deed.typing": "showed the guest that somebody writes", "deed.edit": "changed one of its messages", "deed.delete": "deleted one of its messages",
	"deed.direct": "wrote a direct message", "deed.post": "wrote into a channel", "deed.mail": "sent a mail", "deed.request": "called another system", "deed.take": "took the chat out of the queue", "deed.queue": "returned the chat to the queue",
	"deed.hold": "put the chat on hold", "deed.resume": "resumed the chat", "deed.contact": "changed the contact’s data",
	"deed.waits": "Not carried out yet.", "deed.waitsfor": "Not carried out yet: %s", "deed.undone": "Undone: %s", "deed.ended": "Not done (%s): %s",
	"deed.gone": "Bellhop has no record of this any more",
	"why.head":  "Why Bellhop did this", "why.outcome": "Outcome", "why.when": "Date and time", "why.plugin": "Plugin", "why.mode": "mode %s", "why.event": "It happened", "why.rule": "Rule", "why.reason": "Reason", "why.tried": "Rules that were tried",
	"undo.done": "This has been undone.", "undo.stays": "Can’t be undone: %s.", "undo.any": "Undo", "undo.said": "Undone: %s",
	"undo.forward": "Send it back", "undo.tag": "Take the tags away", "undo.untag": "Put the tags back", "undo.sure": "%s?",
	"undo.notdone": "Nothing to undo: it was not done.",
	"undo.field":   "Put the field back", "undo.priority": "Put the priority back", "undo.hold": "Let it go on",

	// calls
	"call.title": "Call", "call.head": "Call the guest", "call.lead": "The guest gets a link in the chat. The call is in %s.", "call.video": "With my camera", "call.audio": "With my microphone", "call.go": "Start call", "call.missing": "No call app", "call.own": "this workspace", "call.join": "Join the call", "call.invite": "Join my room to start the call: %s",
	"call.none":     "This workspace has no call app. An admin sets Omnichannel_call_provider to WebRTC, or to Jitsi.",
	"call.nodomain": "The call app is Jitsi, but nobody said where it is. An admin sets Jitsi_Domain.",
	"call.unknown":  "The call app %s is not known here. An admin sets Omnichannel_call_provider to WebRTC, or to Jitsi.",
	"call.waits":    "Waiting for the other side", "call.with": "Connected", "call.left": "The other side has left", "call.ended": "The call has ended. You can close this page.",
	"call.denied": "The browser gives no camera or microphone: you see and hear, and are not seen or heard.", "call.lost": "The connection is lost: trying again", "call.full": "Two people are in this call already.",
	"call.there": "The other side", "call.here": "You", "call.controls": "Call controls", "call.mic": "Microphone", "call.cam": "Camera", "call.hang": "Hang up",
	"call.awaylead": "The guest has been invited. The call is in %s, which opens now.", "call.awaygo": "Open %s", "call.notyours": "This call is not yours, or the conversation has ended. Agents sign in first; guests come by their chat.", "call.todesk": "To the desk",

	// the guest's page
	"guest.title": "Chat with us", "guest.head": "Chat with us", "guest.hello": "How can we help?", "guest.online": "We are here. Tell us who you are, and write to us.",
	"guest.offline": "Nobody is here at the moment, but you can try.", "guest.name": "Your name", "guest.email": "E-mail", "guest.department": "Department",
	"guest.any": "Any", "guest.start": "Start chat", "guest.noname": "Please tell us your name.", "guest.bademail": "This is no e-mail address.",
	"guest.with": "You are talking to", "guest.waits": "Somebody will be with you soon", "guest.write": "Your message", "guest.end": "End chat", "guest.sure": "End this chat?",
	"guest.over": "this chat has ended: begin a new one", "guest.ended": "This chat has ended.", "guest.rate": "How was it?", "guest.stars": "%s of 5", "guest.nostars": "choose one to five stars",
	"guest.thanks": "Thank you!", "guest.again": "New chat",
}
