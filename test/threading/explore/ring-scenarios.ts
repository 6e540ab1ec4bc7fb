import assert from "node:assert/strict";
import type * as layouts from "../../../dist/threading/ring-buffer/layout.js";
import type * as cores from "../../../dist/threading/ring-buffer/ring-core.js";
import type * as ringWaits from "../../../dist/threading/ring-buffer/ring-wait.js";
import type { AtomicsLike } from "../../../dist/threading/sync/atomics.js";
import type * as waits from "../../../dist/threading/sync/waiting.js";
import type { Action, Actor } from "./explorer.js";
import { builtFolder } from "./modules.js";
import type { NamedScenario } from "./scenarios.js";

/** The modules that are explored, and what they are built on. */
export type RingAlgorithms = typeof layouts & typeof cores & typeof ringWaits & typeof waits;

/** Loads them from a folder of built modules. */
export async function ringAlgorithmsIn(folder: URL): Promise<RingAlgorithms> {
  const load = (home: URL, name: string): Promise<object> =>
    import(new URL(`threading/${name}.js`, home).href) as Promise<object>;
  const modules = await Promise.all([
    ...["layout", "ring-core", "ring-wait"].map((name) => load(folder, `ring-buffer/${name}`)),
    load(builtFolder, "sync/waiting"),
  ]);
  return Object.assign({}, ...modules) as RingAlgorithms;
}

const never = Number.POSITIVE_INFINITY;
const size = 4;

/** All that is explored of ring buffers: one thread writes, and one reads. */
export function ringScenariosOf(ring: RingAlgorithms): NamedScenario[] {
  /** Bytes of which each is a word. */
  const bytesIn = (words: Int32Array, atomics: AtomicsLike): cores.RingBytes => ({
    size,
    write(at, source, from, count) {
      for (let i = 0; i < count; i++) atomics.poke(words, at + i, source[from + i]!);
    },
    read(at, target, from, count) {
      for (let i = 0; i < count; i++) target[from + i] = atomics.peek(words, at + i);
    },
  });
  const coreOf = (a: Actor): InstanceType<typeof ring.RingCore> => {
    const [words, bytes] = a.memories;
    return new ring.RingCore(words!, bytesIn(bytes!, a.environment.atomics), a.environment);
  };
  type Wait = (a: Actor, waiting: waits.Waiting) => number;
  const blocking: Wait = (_a, waiting) => ring.block(waiting, never);
  const inEventLoop: Wait = (a, waiting) => {
    const came = { outcome: 0 };
    const watch = new ring.Watch(waiting, (now) => {
      came.outcome = now;
    });
    a.lookAroundBy(() => watch.lookAround());
    watch.look();
    while (came.outcome === 0) a.nextEvent();
    return came.outcome;
  };

  /** Writes numbers that count up, from `first` on; ends where the reader wants no more. */
  const write =
    (first: number, count: number, wait = blocking): Action =>
    (a) => {
      const core = coreOf(a);
      assert.ok(core.claim("writer"));
      const source = Uint8Array.from({ length: count }, (_, i) => first + i);
      const attempt = (from: number) => (): number => core.write(source, from, count);
      for (let from = 0; from < count; ) {
        const now = attempt(from);
        const outcome = now() || wait(a, new ring.RingWait(core, "writer", now));
        if (outcome < 0) return;
        from += outcome;
      }
    };
  const end: Action = (a) => {
    coreOf(a).end();
  };
  /** Reads so many at once; answers what has come of it. */
  const readFrom = (a: Actor, most: number, least: number, wait: Wait): number => {
    const core = coreOf(a);
    assert.ok(core.claim("reader"));
    const target = new Uint8Array(most);
    const attempt = (): number => core.read(target, 0, most, least);
    const outcome = attempt() || wait(a, new ring.RingWait(core, "reader", attempt));
    let next = a.kept("next");
    for (let i = 0; i < outcome; i++) assert.equal(target[i], ++next, "bytes are in order");
    a.keep("next", next);
    return outcome;
  };
  const readExactly =
    (count: number, wait = blocking): Action =>
    (a) => {
      assert.equal(readFrom(a, count, count, wait), count);
    };
  /** Reads until the end: so many bytes, or fewer if the writer has died. */
  const readAll =
    (count: number, mayBeFewer = false): Action =>
    (a) => {
      for (let left = count; ; ) {
        const outcome = readFrom(a, size, 1, blocking);
        if (outcome < 0) {
          if (!mayBeFewer) assert.equal(outcome, ring.closed);
          assert.equal(coreOf(a).size, 0, "bytes are left behind");
          if (outcome === ring.closed) assert.equal(left, 0, "bytes are missing");
          return;
        }
        left -= outcome;
      }
    };
  const cancel: Action = (a) => {
    coreOf(a).cancel();
  };

  const scenario = (
    claim: string,
    threads: readonly (readonly Action[])[],
    { victim, used = 0 }: { victim?: number; used?: number } = {},
  ): NamedScenario => ({
    claim: `ring: ${claim}`,
    memories: [ring.bytesStart, size],
    ...(victim === undefined ? {} : { victim }),
    prepare: ([words]) => {
      words![ring.writtenWord] = 2 * used;
      words![ring.readWord] = 2 * used;
      // nobody can tell that a thread has died that was never there
      if (victim !== undefined) {
        words![ring.writerWord] = 1;
        words![ring.readerWord] = 2;
      }
    },
    threads,
    capacity: 1,
    isPrivate: () => false,
    // thread 1 writes what is free, thread 2 reads what is there
    mayTouch: (words, index, id, writes) => {
      const [written, read] = [words[ring.writtenWord]! >>> 1, words[ring.readWord]! >>> 1];
      let isThere = false;
      for (let at = read; at < written; at++) if (at % size === index - ring.bytesStart) isThere = true;
      return id === 1 ? writes && !isThere : !writes && isThere;
    },
  });

  return [
    scenario("all bytes come, in order, and then the end", [[write(1, 7), end], [readAll(7)]]),
    scenario("bytes across the end of the memory", [[write(1, 4)], [readExactly(3), readExactly(1)]], {
      used: 3,
    }),
    scenario("so many at once", [[write(1, 6)], [readExactly(2), readExactly(4)]]),
    scenario("the writer waits in its event loop", [
      [write(1, 6, inEventLoop)],
      [readExactly(2), readExactly(4)],
    ]),
    scenario("the reader waits in its event loop", [
      [write(1, 3), write(4, 3)],
      [readExactly(4, inEventLoop), readExactly(2, inEventLoop)],
    ]),
    scenario("a writer that waits goes on when the reader wants no more", [
      [write(1, 9)],
      [readExactly(1), cancel],
    ]),
    scenario("the writer dies at any step", [[write(1, 6), end], [readAll(6, true)]], { victim: 0 }),
    scenario("the reader dies at any step", [[write(1, 6)], [readExactly(1), readExactly(4), cancel]], {
      victim: 1,
    }),
  ];
}
