/**
 * Cancellations that are passed on, from one that waits to what it waits for, and from that to the next: one after the
 * other, because a chain may be longer than the stack is deep; and to each once, because several may wait for the same,
 * and some for each other.
 *
 * @module
 */

/** One that was told, and the one that it heard it from. */
interface Link {
  readonly who: object;
  readonly from: Link | undefined;
}

/** One cancellation, wherever it comes to: what a chain is known by afterwards. */
export type Chain = object;

const told = new Set<object>();
let chain: Chain | undefined;
const queue: { readonly act: () => void; readonly link: Link | undefined }[] = [];
/** The one that is being told. */
let current: Link | undefined;
let depth = 0;
let isDraining = false;

/** Whether the cancellation that is being passed on has come to it already. */
export function wasTold(who: object): boolean {
  return told.has(who);
}

/** The cancellation that is being passed on. */
export function currentChain(): Chain | undefined {
  return chain;
}

/** Whether the cancellation came by it: who passes it on there again waits in a circle. */
export function cameBy(who: object): boolean {
  for (let link = current; link; link = link.from) if (link.who === who) return true;
  return false;
}

/** Tells somebody of a cancellation; what that passes on comes to others within the call. */
export function tell<R>(who: object, act: () => R): R {
  const before = current;
  current = { who, from: before };
  chain ??= {};
  told.add(who);
  depth += 1;
  try {
    return act();
  } finally {
    current = before;
    depth -= 1;
    forgetAtEnd();
  }
}

/** Passes a cancellation on, when what passes one on at this moment has done so. */
export function passOn(act: () => void): void {
  queue.push({ act, link: current });
  chain ??= {};
  if (isDraining) return;
  const before = current;
  isDraining = true;
  try {
    for (let next = queue.shift(); next; next = queue.shift()) {
      current = next.link;
      next.act();
    }
  } finally {
    current = before;
    isDraining = false;
    forgetAtEnd();
  }
}

function forgetAtEnd(): void {
  if (depth > 0 || isDraining) return;
  told.clear();
  chain = undefined;
}
