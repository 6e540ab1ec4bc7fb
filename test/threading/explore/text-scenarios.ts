import assert from "node:assert/strict";
import type * as contents from "../../../dist/threading/shared/content.js";
import type * as cells from "../../../dist/threading/shared/struct/text-cells.js";
import type { Environment } from "../../../dist/threading/sync/environment.js";
import type { Action, Actor } from "./explorer.js";
import { type Algorithms, algorithmsIn, builtFolder } from "./modules.js";
import type { NamedScenario } from "./scenarios.js";

/** Below `dist`. */
export const structFolder = "threading/shared/struct";

export type TextAlgorithms = typeof contents & typeof cells & { readonly sync: Algorithms };

/** Loads the modules from a folder of built modules. */
export async function textAlgorithmsIn(folder: URL): Promise<TextAlgorithms> {
  const modules = await Promise.all([
    import(new URL("threading/shared/content.js", builtFolder).href) as Promise<object>,
    import(new URL(`${structFolder}/text-cells.js`, folder).href) as Promise<object>,
  ]);
  return Object.assign({ sync: await algorithmsIn(builtFolder) }, ...modules) as TextAlgorithms;
}

/** Threads that read and write one string of a struct. */
export function textScenariosOf(text: TextAlgorithms): NamedScenario[] {
  const { Content, TextCells } = text;
  const { guardWord, idBits, machineAtomics, nodesStart, wordsFor } = text.sync;
  const most = 12;
  const alone: Environment = {
    atomics: machineAtomics,
    threads: { me: 99, isAlive: () => false, deaths: () => 0, probe: () => {} },
    now: () => 0,
    patience: 1,
    spins: 0,
  };
  const read = (words: Int32Array, environment: Environment): string => {
    const into = new Content();
    new TextCells(words, environment).read(nodesStart, most, into);
    return into.value as string;
  };
  const write = (words: Int32Array, environment: Environment, value: string): void => {
    const content = new Content();
    content.setText("value", value, most, "a string");
    new TextCells(words, environment).write(nodesStart, most, content);
  };
  const reader: Action = ({ memories, environment }: Actor) => {
    const seen = read(memories[0]!, environment);
    assert.ok(
      ["before", "aaaaaaaaaaaa", "bbbb"].includes(seen),
      `${seen} was read, which nobody has written`,
    );
  };
  const writer =
    (value: string): Action =>
    ({ memories, environment }) =>
      write(memories[0]!, environment, value);
  const scenario = (claim: string, threads: Action[][], victim?: number): NamedScenario => ({
    claim: `text: ${claim}`,
    memories: [wordsFor(0) + TextCells.wordsFor(most)],
    prepare: ([words]) => write(words!, alone, "before"),
    threads,
    capacity: 1,
    fair: false,
    tellsDeath: false,
    isPrivate: (index) => index !== guardWord,
    mayTouch: (words, _, id) => (words[guardWord]! & idBits) === id,
    atEnd: ([words], died) => {
      const seen = read(words!, alone);
      assert.ok([died ? "before" : "", "aaaaaaaaaaaa", "bbbb"].includes(seen), `${seen} is left`);
      write(words!, alone, "after");
      assert.equal(read(words!, alone), "after");
    },
    ...(victim === undefined ? {} : { victim }),
  });
  return [
    scenario("two write and one reads", [[writer("aaaaaaaaaaaa")], [writer("bbbb")], [reader]]),
    scenario("who dies while it writes leaves the string before", [[writer("aaaaaaaaaaaa")], [reader]], 0),
    scenario("one of two who write dies", [[writer("aaaaaaaaaaaa")], [writer("bbbb"), reader]], 0),
  ];
}
