import type { LinkMemory, LinkPort } from "./link/index.js";
import type { GivenWords } from "./status-words.js";
import type { OutputTeller } from "./worker-output.js";

/** How a worker is reached. */
export interface Channel {
  readonly port: LinkPort;
  /** Memory that both sides share; without it everything travels as messages. */
  readonly memory: LinkMemory | undefined;
  /** Tells what of the tasks in its hands has begun, and takes back what has not. */
  readonly words: GivenWords;
  /** See `HostWorker`. */
  readonly unwritten: number;
  /** See `EncodeHooks`. */
  readonly copiesMemory: boolean;
  /** Told before tasks are sent. */
  sending(): void;
  /** Told what the worker prints, where it tells. */
  readonly output: OutputTeller | undefined;
  /** Told when what was printed has been handed in. */
  handedIn(): void;
  terminate(): void;
  keepAlive(alive: boolean): void;
}
