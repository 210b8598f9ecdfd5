// Package console is what people ask a host and tell it: how it stands, why it
// did what it did, stop. It serves that as JSON over HTTP on a socket of the data
// folder that its owner alone can open:
//
//	GET  /status                            Status
//	GET  /log?since=TIME&plugin=NAME        []Action: effects that ended, the oldest first
//	GET  /why?chat=ID                       Story
//	GET  /outbox                            []Action: effects that wait
//	GET  /dead                              []Letter
//	POST /pause   {instance, why}           instance "" means all
//	POST /resume  {instance, drop, by}      Resumed
//	POST /dead/retry, /dead/drop            {instance, event}
//	POST /backup  {path}
//	POST /forget  {visitor}                 Forgotten
//	GET  /undo?instance=NAME&since=TIME     []Undoing: what an instance has done, the last first
//	POST /undo    {instance, since, by}     []Undoing, as it was before; of one effect {chat, key, by}
//	POST /topics/train                      the version that was learned: see package model
//
// What fails is {"error": "..."} with a status of 400 or more.
//
// The same is served without a socket for a host that does not run: a command
// opens the store itself then, and asks in the same way (see Client).
//
// Package console listens on no network, and asks nobody who they are: whoever
// can open the socket owns the data folder.
package console
