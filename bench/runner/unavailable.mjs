/** Thrown by a row whose interface the contender does not have; told as such and not as a failure. */
export class Unavailable extends Error {
  unavailable = true;
}
