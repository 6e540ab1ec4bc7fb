/**
 * What a thread of the crew runs, as one text: it is the same in a bundle, beside which no files of ours lie. The build
 * puts the real text in this module's place.
 *
 * @module
 */
export const helperSource = "";
