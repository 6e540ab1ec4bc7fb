/** Defects that are planted into the built algorithms, each at one place. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtFolder } from "./modules.js";

export interface Mutant {
  readonly defect: string;
  /** Below `dist`; the locks' by default. */
  readonly folder?: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** The beginning of the claims of scenarios that are to find it. */
  readonly foundBy: string;
}

export const mutants: readonly Mutant[] = [
  {
    defect: "who leaves the section wakes nobody who waits for it",
    file: "owned-word",
    find: "this.#atomics.notify(this.#words, this.#at, 1);",
    put: ";",
    foundBy: "lock: three threads",
  },
  {
    defect: "who was granted something is not woken",
    file: "section",
    find: "atomics.notify(words, index);",
    put: ";",
    foundBy: "lock: two threads",
  },
  {
    defect: "one of several who wait for the section forgets the others",
    file: "owned-word",
    find: "mine = me | wantedBit;",
    put: "mine = me;",
    foundBy: "lock: three threads",
  },
  {
    defect: "the section is entered by a load and a store",
    file: "owned-word",
    find: "if (this.#atomics.compareExchange(this.#words, this.#at, 0, me) !== 0)",
    put: "if (this.#atomics.load(this.#words, this.#at) === 0) this.#atomics.store(this.#words, this.#at, me); else",
    foundBy: "lock: three threads",
  },
  {
    defect: "a dead thread's section is not taken over",
    file: "owned-word",
    find: "if (owner === me || !threads.isAlive(owner)) {",
    put: "if (owner < 0) {",
    foundBy: "lock: the holder dies at any step",
  },
  {
    defect: "changes are not logged before they are made",
    file: "section",
    find: "this.#atomics.store(this.#words, loggedWord, count);",
    put: ";",
    foundBy: "lock: one of three dies",
  },
  {
    defect: "changes that were made are made again after a death",
    file: "section",
    find: "atomics.compareExchange(words, index, atomics.peek(words, entry + 1), value);",
    put: "atomics.store(words, index, value);",
    foundBy: "lock: one dies, and the others are in event loops",
  },
  {
    defect: "a free lock is taken by a load and a store",
    file: "lock-queue",
    find: "return this.atomics.compareExchange(this.words, stateWord, 0, this.me) === 0;",
    put: "return this.atomics.load(this.words, stateWord) === 0 && !!this.atomics.store(this.words, stateWord, this.me);",
    foundBy: "lock: two threads",
  },
  {
    defect: "a lock is released by a load and a store",
    file: "lock-queue",
    find: "if (this.atomics.compareExchange(this.words, stateWord, holder, 0) === holder)",
    put: "if (this.atomics.load(this.words, stateWord) === holder && this.atomics.store(this.words, stateWord, 0) === 0)",
    foundBy: "lock: two threads",
  },
  {
    defect: "the state is not frozen while it is looked at",
    file: "lock-queue",
    find: "this.atomics.or(this.words, stateWord, frozenBit);",
    put: ";",
    foundBy: "lock: two threads",
  },
  {
    defect: "a lock that is handed on looks as if nobody waited",
    file: "lock-queue",
    find: "this.section.set(stateWord, more ? owner | frozenBit : owner);",
    put: "this.section.set(stateWord, owner);",
    foundBy: "lock: three threads",
  },
  {
    defect: "nobody is told that the holder has died",
    file: "lock-queue",
    find: "this.section.set(stateWord, frozenBit | abandonedBit);",
    put: "this.section.set(stateWord, frozenBit);",
    foundBy: "lock: the holder dies at any step",
  },
  {
    defect: "a thread that blocks takes the news of a death from its own event loop",
    file: "lock-queue",
    find: "status === granted ? frozenBit : frozenBit | abandonedBit",
    put: "frozenBit",
    foundBy: "lock: one dies, and a thread blocks",
  },
  {
    defect: "who gives back what it was granted keeps the news of a death",
    file: "lock-queue",
    find: "this.revoke(0, status);",
    put: "this.section.set(stateWord, frozenBit);",
    foundBy: "lock: one dies, and what an event loop",
  },
  {
    defect: "who finds no room does not look again after it has said so",
    file: "wait-queue",
    find: "node = this.#allocate();\n            if (node === 0)",
    put: "if (node === 0)",
    foundBy: "lock: room for one, which is just being left",
  },
  {
    defect: "nobody is told that there is room",
    file: "wait-queue",
    find: "this.atomics.notify(this.words, roomWord);",
    put: ";",
    foundBy: "lock: no room",
  },
  {
    defect: "who waits for room looks at its word too late",
    file: "turn",
    find: "this.#room = atomics.load(this.words, roomWord);\n            return this.#queue.arrive(this);",
    put: "const s = this.#queue.arrive(this); this.#room = atomics.load(this.words, roomWord); return s;",
    foundBy: "lock: no room",
  },
  {
    defect: "what is granted when the time is up is lost",
    file: "waiting",
    find: "if (left <= 0)\n            return waiting.giveUp();",
    put: "if (left <= 0) { waiting.giveUp(); return 0; }",
    foundBy: "lock: one whose time may be up",
  },
  {
    defect: "who leaves the front of the queue does not let those behind pass",
    file: "wait-queue",
    find: "// it may have been first, and others may be content with less\n            this.serve();",
    put: "this.thaw(); this.section.commit();",
    foundBy: "read-write lock: a writer that leaves lets a reader in",
  },
  {
    defect: "a thread that blocks stands behind its own event loop",
    file: "wait-queue",
    find: "turn.blocks && this.overtakes ? this.#firstOwnAsync() : 0",
    put: "0",
    foundBy: "lock: a thread that blocks for what its event loop",
  },
  {
    defect: "a thread that blocks leaves its event loop what that was granted",
    file: "wait-queue",
    find: "this.#revokeOwn();",
    put: ";",
    foundBy: "lock: a thread that blocks for what its event loop",
  },
  {
    defect: "a permit is taken by a load and a store",
    file: "permit-queue",
    find: "const seen = this.atomics.compareExchange(this.words, stateWord, state, state - amount);",
    put: "const seen = state; this.atomics.store(this.words, stateWord, state - amount);",
    foundBy: "semaphore: two permits",
  },
  {
    defect: "a notice wakes nobody",
    file: "notice-queue",
    find: "section.wakeLater(node + statusAt);",
    put: ";",
    foundBy: "condition: one item",
  },
  {
    defect: "an event does not count how often it was set",
    file: "event-word",
    find: "(seen + 3) | 0",
    put: "(seen + 1) | 0",
    foundBy: "event: who waits sees",
  },
  {
    defect: "a latch wakes nobody",
    file: "latch-word",
    find: "atomics.notify(this.words, countWord);",
    put: ";",
    foundBy: "latch: ",
  },
  {
    defect: "a barrier lets all but one pass",
    file: "barrier-queue",
    find: "this.section.set(thirdOwnWord, this.parties);",
    put: "this.section.set(thirdOwnWord, this.parties - 1);",
    foundBy: "barrier: three",
  },
  {
    defect: "a barrier stays whole when a party has left",
    file: "barrier-queue",
    find: "withdraw() {\n        this.#break();",
    put: "withdraw(node) {\n        super.drop(node); this.section.commit(); return broken;",
    foundBy: "barrier: a time may be up",
  },
];

/** Makes the modules with a defect; answers their folder. */
export function plant({ file, find, put, folder = "threading/sync" }: Mutant): URL {
  const home = mkdtempSync(path.join(tmpdir(), "ungil-mutant-"));
  const from = new URL(`${folder}/`, builtFolder);
  const to = path.join(home, folder);
  mkdirSync(to, { recursive: true });
  writeFileSync(path.join(home, "package.json"), '{ "type": "module" }');
  let planted = 0;
  for (const name of readdirSync(from).filter((each) => each.endsWith(".js"))) {
    let text = readFileSync(new URL(name, from), "utf8");
    if (name === `${file}.js`) {
      planted = text.split(find).length - 1;
      text = text.replace(find, () => put);
    }
    text = text.replaceAll(
      /from "(\.\.\/[^"]+)"/g,
      (_, target: string) => `from "${new URL(target, from).href}"`,
    );
    writeFileSync(path.join(to, name), text);
  }
  if (planted !== 1)
    throw new Error(`the place for a defect is there ${planted} times in ${file}.js: ${find}`);
  return pathToFileURL(`${home}/`);
}

/** The folder's path, to remove it. */
export const pathOf = (folder: URL): string => fileURLToPath(folder);
