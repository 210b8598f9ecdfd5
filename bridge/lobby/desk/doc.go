// Package desk is the web application of the embedded workspace: a desk for
// agents, a page for guests, and a page on which two people call each other.
//
// It is a client like any other. What it shows it reads over the workspace's
// REST and realtime APIs as the agent who signed in, or as the guest, and what
// they do goes the same way and meets the same checks. So whatever is done here is
// seen by Bellhop and by third-party clients, and the other way round.
//
// Pages are made on this side; htmx and its extension for server-sent events
// put the parts in place. Nothing is loaded from elsewhere, and no script or style
// stands in a page: the Content-Security-Policy forbids it. Texts of guests are
// escaped by html/template; uploads are given out as attachments, and shown only
// when they are pictures of a kind that runs nothing.
//
// What Bellhop did in a chat is told by Options.Deeds, from Bellhop's own records.
// Without it the desk says nothing of that: it can't know.
//
// A page that loses its connection says so and, when it is back, shows what it missed:
// nothing is lost and nothing stands there twice. What somebody writes is kept in the
// browser until it has arrived, over a sign-in too. What is asked for twice at once, by a
// double click or by two people, is done once.
//
// What it is not: a place for strangers. It has no accounts of its own, keeps
// sessions in memory, and ends with the process.
package desk
