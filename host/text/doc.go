// Package text compares, finds, cuts, cleans and masks what people wrote.
//
// It promises three things. What a reader takes for the same word is the same
// word here, in every script: case, accents, ligatures, vowel points, tatweel,
// curly quotes and the kind of white space make no difference (see [Fold]).
// Positions are always byte offsets into the text as it was written, never
// into a folded copy. Every function takes time linear in its text, on any
// input, valid UTF-8 or not.
//
// Package text knows no grammar: "refund" does not find "refunds", and the
// Arabic article belongs to its word. List the forms that matter. It is not a
// search engine and not a guarantee of anonymity: [Mask] hides what has the
// shape of personal data, and nobody's name has a shape.
package text
