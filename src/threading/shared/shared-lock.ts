import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { Lock } from "../sync/lock.js";
import { dataOf, type PrimitiveData, revive } from "../sync/primitive.js";
import { RLock } from "../sync/rlock.js";

/** Whether shared data have a lock, and which. */
export interface SharedLockOptions {
  /** A lock for changes of more than one step: a new `RLock` by default, a given one, or none with false. */
  readonly lock?: boolean | Lock | RLock | undefined;
}

/**
 * What travels of the lock of new shared data; undefined: they have none.
 * @throws InvalidArgumentError
 */
export function lockData({ lock = true }: SharedLockOptions): PrimitiveData | undefined {
  if (lock === false) return undefined;
  const given = lock === true ? new RLock() : lock;
  if (!(given instanceof Lock) && !(given instanceof RLock))
    throw new InvalidArgumentError("lock", lock, "true, false, or a Lock or an RLock of ungil/threading");
  return dataOf(given);
}

/** The locks of shared data, which stay as long as these: only the object knows who it is that has it. */
const locks = new WeakMap<object, Lock | RLock>();

/**
 * The lock that shared data were made with.
 * @throws InvalidStateError where there is none.
 */
export function lockOf(owner: object, data: PrimitiveData | undefined, name: string): Lock | RLock {
  if (!data) throw new InvalidStateError(`this ${name} was made with { lock: false }, and has no lock`);
  let lock = locks.get(owner);
  if (!lock) locks.set(owner, (lock = revive(data) as Lock | RLock));
  return lock;
}
