// Package convo is the one text format for conversations. A plugin's tests,
// the demo, the log of a running host and transcripts as text are written in
// it.
//
// A file has a comment and sections, each under a line `-- name --`:
//
//	A chat about an invoice goes to Billing, once; agents' words move nothing.
//	-- settings --
//	rules: [{name: billing words, words: [invoice, refund], to: {department: Billing}}]
//	-- chat --
//	@visitor Maya department=Sales email=maya@example.org tier=gold
//	Maya: hello, my Invoice is wrong
//	+5m
//	alice: do you mean the last invoice?
//	  It was sent on Monday.
//	!close Solved
//	-- effects --
//	forward Billing because rule "billing words": words matched "invoice"
//
// # Sections
//
//	settings      the plugin's settings, in YAML
//	hours         schedules that rules may name: `support: open` or `support: closed`, one a line
//	answers       what the plugin is answered when it asks for something, see below
//	state         what the instance remembers at the beginning: NAME: VALUE, one a line
//	state 1.0.0   the same, left behind by that version of the plugin: Migrate is called
//	chat          a conversation
//	chat NAME     one of several; each begins when the one before has been played
//	effects       what the plugin asks for, one effect a line, in order: chat after chat,
//	              and then what happened in no chat
//
// This package keeps settings, hours and answers as they were written. What
// they mean is the business of those who play a file.
//
// # Answers
//
//	classify: refund, invoice 92 %
//	ask: {"urgent": true}
//	request POST https://crm.example.com/tickets: 201 {"id": 7}
//	departments: Sales, Billing open=6 waiting=2, Old disabled
//	hours: closed
//	agents Sales: alice, carol away, dave not-available open=4 waiting=1
//	fetch https://crm.example.com/customers/7: {"tier": "gold"}
//	fetch https://crm.example.com/customers/8: 404 no such customer
//	fetch https://crm.example.com/*: error the connection was cut
//
// Before the colon stands the question, behind it the answer: of another system
// its status, unless that is 200, and its body. `error` and why means that there
// is none. Lines with the same question are used one after the other, and the last
// of them again and again; a question that ends in * stands for all that begin so.
// Behind a name, open and waiting are chats beside those of the file, and behind a
// topic stands how sure that is. Agents are available or not as the lines of the
// chat say, where they say so. A request that no line answers is done, and after one that asks for another
// attempt the next line is used at once.
//
// # Lines of a chat
//
//	@visitor Maya department=Sales email=maya@example.org phone=+47123 language=en tier="very gold"
//	                         who the guest is; needed before the guest does anything.
//	                         Keys without a meaning of their own are the visitor's custom fields
//	@agent alice             who is an agent; anybody but the visitor is one at first use
//	Maya: text               a message; more lines of it follow indented
//	+5m                      time passes
//	!take alice              the agent begins to serve the chat
//	!forward Billing         the agent moves the chat to a department,
//	!forward @carol          to another agent,
//	!forward Billing @carol  or to an agent within a department
//	!queue                   the agent gives the chat back to the queue
//	!hold                    the agent puts the chat on hold; the guest's next message ends that,
//	!resume                  or the agent does
//	!edit Maya: text         somebody changes the last message of theirs
//	!quote alice: text       somebody answers the last message of the other side
//	!file Maya: photo.png type=image/png size=48213 text="here it is"
//	                         somebody sends a file; what stands behind its name may be left out
//	!delete Maya             somebody deletes the last message of theirs
//	!typing Maya             somebody begins to write
//	!call alice              an agent starts a conference of the workspace
//	!offer                   the links of a call that c.StartCall offers have arrived; who comes is known
//	!join Maya               somebody comes to it
//	!missed                  the time is over in which both should have come
//	!failed no room          its service makes no room
//	!hangup                  it ends, or the conference does
//	!contact tier=gold name="Maya Jones"
//	                         somebody changes the guest's data; keys are those of @visitor, and name
//	!page https://shop.example.com/pricing
//	                         the guest opens a page of the website
//	!tag billing, big customer
//	                         an agent adds tags to the chat,
//	!untag billing           or takes them away
//	!transcript maya@example.org
//	                         the visitor asks for a transcript in the chat window
//	!close Solved            the agent ends the chat; the comment may be left out
//	!leave                   the guest ends the chat
//	!staff carol not-available departments="Sales,Support"
//	                         an agent takes no chats any more, and belongs to these departments,
//	!staff carol available   or takes them again, with the departments as before
//	!command alice: forward Billing
//	                         an agent orders something by direct message
//	!command carol as livechat-manager,admin: chats
//	                         so does somebody with other roles
//	!command alice in thread: why
//	                         so does an agent in the thread of the chat (see sdk.About)
//	!deed forwarding: forward Billing because rule "invoices"
//	                         another instance has done something in the chat, a line as below,
//	!deed autotag: undone tag invoice
//	                         or what it did was taken back; the chat itself stays as it is
//	!webhook orders {"id": 7}
//	                         another system calls, with this body
//	!schedule 0 8 * * mon-fri
//	                         time passes until the next time of the plugin's p.Every
//	!disable                 the instance is switched off,
//	!enable                  and on; it is on at the beginning
//	# words                  a comment
//
// Blank lines mean nothing, except within a message. A message that cannot be
// written so, with spaces at its ends or control characters in it, is quoted
// as in Go: `Maya: "two spaces  "`. So is a name or a value with a space, a
// quote or an equals sign.
//
// # Effects
//
// [Effect] says what the lines of `-- effects --` look like. In a file with
// several chats, the name of the effect's chat follows in brackets:
//
//	tag invoice because rule "invoice": words matched "invoice" (chat two)
//
// Package convo plays nothing and judges nothing.
package convo
