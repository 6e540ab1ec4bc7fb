import type { MessagePort } from "node:worker_threads";
import {
  BuiltLink,
  type LinkMemory,
  type LinkSide,
  type Numbered,
  numberedFrame,
  readNumberedFrame,
  threadPort,
} from "./link.js";

export interface HammerOptions {
  readonly side: LinkSide;
  readonly memory: LinkMemory | undefined;
  readonly count: number;
  readonly seed: number;
}

export interface HammerReport {
  readonly arrived: number;
  readonly checksum: number;
  /** How often this side slept. */
  readonly sleeps: number;
  /** How often it had to wake the other one. */
  readonly wakeUps: number;
}

/** What a side that sends numbers 0 to count must lead to on the other. */
export function checksumOf(count: number): number {
  let checksum = 0;
  for (let n = 0; n < count; n++) checksum = mix(checksum, n);
  return checksum;
}

/** A side may be ahead of the other by this many things; then it sleeps until it hears of it. */
const window = 60;

/** Sends and takes in `count` things each, in bursts, and sleeps whenever there is nothing to do. */
export function hammer(port: MessagePort, options: HammerOptions): Promise<HammerReport> {
  const { side, memory, count, seed } = options;
  return new Promise((resolve, reject) => {
    const random = randomNumbers(seed);
    let sent = 0;
    let arrived = 0;
    let checksum = 0;
    let sleeps = 0;
    let wakeUps = 0;
    let turnComes = false;
    const take = (n: number): void => {
      if (n !== arrived) throw new Error(`${n} arrived in place of ${arrived}`);
      arrived++;
      checksum = mix(checksum, n);
    };
    const link = new BuiltLink<Numbered, Numbered>(side, memory, threadPort(port), {
      message: ({ n }) => take(n),
      frame: (...frame) => take(readNumberedFrame(...frame)),
    });
    const sendOne = (): void => {
      const dice = random(16);
      // now and then one that the ring can't hold
      const words = dice === 15 && random(8) === 0 ? 1 + random(1500) : 1 + random(20);
      if (dice === 0) link.post({ n: sent });
      else link.send(numberedFrame(sent, words, random(3) === 0 ? random(100) : 0));
      sent++;
    };
    const maySend = (): boolean => sent < count && sent - arrived < window;
    const turn = (): void => {
      turnComes = false;
      link.drain(1 + random(40));
      for (let burst = random(64); burst > 0 && maySend(); burst--) sendOne();
      if (link.ring()) wakeUps++;
      if (sent === count && arrived === count) {
        resolve({ arrived, checksum, sleeps, wakeUps });
        return;
      }
      if (!maySend() && link.sleep()) {
        sleeps++;
        return;
      } else if (random(8) === 0 && link.sleep()) link.wake();
      turnComes = true;
      setImmediate(guarded(turn));
    };
    const guarded =
      <Args extends unknown[]>(run: (...args: Args) => void) =>
      (...args: Args): void => {
        try {
          run(...args);
        } catch (error) {
          reject(error);
          port.close();
        }
      };
    port.on(
      "message",
      guarded((message) => {
        link.received(message);
        if (!turnComes) turn();
      }),
    );
    guarded(turn)();
  });
}

function mix(checksum: number, n: number): number {
  return (Math.imul(checksum, 31) + n) | 0;
}

/** Whole numbers below a limit (mulberry32, by T. Ettinger). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
