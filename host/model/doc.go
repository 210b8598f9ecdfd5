// Package model asks an OpenAI-compatible endpoint which of some labels fit a
// text: the topic of a chat, the tags that it deserves.
//
// It promises that only labels that were offered come back, whatever the text
// says to the model and whatever the model makes of it; that mail addresses,
// cards, accounts and phone numbers are hidden from the endpoint (see
// [text.Mask]); and that no more tokens are spent in a day than was allowed,
// up to the answer that reaches the bound.
//
// Package model repeats nothing by itself and remembers no answers. It does
// not write to people: no text of a model leaves it.
package model
