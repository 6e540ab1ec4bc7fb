// The work that every pool is given. Each function stands alone, because some pools send its text.

/** The smallest task there is. */
export function addOne(x) {
  return x + 1;
}

/** A fixed amount of computation: a loop of a linear congruential generator. */
export function compute(iterations) {
  let state = 1;
  for (let i = 0; i < iterations; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** Takes an object in and answers a number. */
export function readId(record) {
  return record.id;
}

/** Takes an object in and answers it, changed. */
export function changeId(record) {
  record.id += 1;
  return record;
}

/** The size of binary data, in bytes. */
export function byteLength(data) {
  return data.byteLength;
}

/** All of them, for pools that are given their functions by name. */
export const tasks = { addOne, compute, readId, changeId, byteLength };
