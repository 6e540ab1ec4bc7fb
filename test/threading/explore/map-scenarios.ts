import assert from "node:assert/strict";
import type { Environment } from "../../../dist/threading/sync/environment.js";
import { checkMemory } from "../support/map-memory.js";
import type { Action, Actor, Scenario } from "./explorer.js";
import type { MapAlgorithms } from "./map-modules.js";
import type { NamedScenario } from "./scenarios.js";

type Table = InstanceType<MapAlgorithms["MapTable"]>;
type Value = number | string;

/** More than one block. */
const long = (letter: string): string => letter.repeat(64);

/** Two or three threads at one small table, one of which may die at any step. */
export function mapScenariosOf(map: MapAlgorithms): NamedScenario[] {
  const { Content, MapTable, hashOf, setKey } = map;
  const { guardWord, idBits, loggedWord, logStart, nodesStart, machineAtomics } = map.sync;
  const seed = 1;
  /** After all threads: nobody else lives. */
  const alone: Environment = {
    atomics: machineAtomics,
    threads: { me: 99, isAlive: () => false, deaths: () => 0, probe: () => {} },
    now: () => 0,
    patience: 1,
    spins: 0,
  };
  const contentOf = (value: Value) => {
    const content = new Content();
    content.set("value", value, 1_000, "");
    return content;
  };
  const keyed = (name: string) => {
    const key = new Content();
    setKey(key, name, 1_000);
    return [key, hashOf(key, seed)] as const;
  };
  const set = (table: Table, name: string, value: Value, when: "always" | "absent" = "always") =>
    table.change(...keyed(name), contentOf(value), when);
  const remove = (table: Table, name: string) => table.change(...keyed(name), undefined, "present");
  const get = (table: Table, name: string): Value | undefined => {
    const into = new Content();
    return table.get(...keyed(name), into) ? (into.value as Value) : undefined;
  };
  const exchange = (table: Table, name: string, expected: Value, value: Value) =>
    table.change(...keyed(name), contentOf(value), contentOf(expected));
  const add = (table: Table, name: string, amount: number): number => {
    const before = new Content();
    assert.equal(table.add(...keyed(name), amount, before), "done");
    return before.value as number;
  };
  const keysOf = (table: Table): string[] => {
    const found: Parameters<Table["collect"]>[2] = [];
    for (let bucket = 0; bucket >= 0; ) bucket = table.collect(bucket, false, found);
    return found.map(({ key }) => key.value as string);
  };
  const oneOf = (seen: Value | undefined, ...allowed: (Value | undefined)[]): void => {
    assert.ok(allowed.includes(seen), `${seen} was read, which nobody has written`);
  };

  interface Given {
    readonly entries?: number;
    readonly bytes?: number;
    readonly evicts?: boolean;
    readonly victim?: number;
    readonly prepare?: (table: Table) => void;
    readonly threads: readonly ((table: Table, actor: Actor) => void)[];
    readonly atEnd?: (table: Table, died: boolean, results: Int32Array) => void;
  }
  const scenario = (claim: string, given: Given): NamedScenario => {
    const { entries = 4, bytes = 200, evicts = false, prepare, atEnd } = given;
    const shape = map.shapeFor(entries, bytes);
    const tableIn = (words: Int32Array, environment: Environment): Table =>
      new MapTable(words, environment, shape, evicts);
    const threads = given.threads.map((act): Action[] => [
      (actor) => act(tableIn(actor.memories[0]!, actor.environment), actor),
    ]);
    const own: Partial<Scenario> = given.victim === undefined ? {} : { victim: given.victim };
    return {
      claim: `map: ${claim}`,
      // the second is for what threads have found out
      memories: [shape.words, given.threads.length],
      prepare: ([words]) => prepare?.(tableIn(words!, alone)),
      threads,
      capacity: 1,
      fair: false,
      tellsDeath: false,
      isPrivate: (index) => index !== guardWord,
      mayTouch: (words, index, id) => index >= shape.words || (words[guardWord]! & idBits) === id,
      normalise: (words) => {
        // what lies about in the log is never looked at
        if (words[loggedWord] === 0) words.fill(0, logStart, nodesStart);
      },
      atEnd: ([words, results], died) => {
        if (!died) assert.equal(words![guardWord], 0, "somebody is still inside the section");
        const table = tableIn(words!, alone);
        // whoever comes next makes what was committed
        table.count(map.sizeWord);
        checkMemory(map, words!, shape, evicts);
        atEnd?.(table, died, results!);
        // and it can be used as before
        set(table, "new", 1);
        assert.equal(get(table, "new"), 1);
        remove(table, "new");
        checkMemory(map, words!, shape, evicts);
      },
      ...own,
    };
  };
  const tell = (actor: Actor, result: number): void =>
    actor.environment.atomics.poke(actor.memories[1]!, actor.index, result);
  const isDone = (actor: Actor, outcome: string): void => tell(actor, outcome === "done" ? 1 : 0);
  const total = (results: Int32Array): number => results.reduce((sum, each) => sum + each, 0);

  return [
    scenario("three threads add to one number, and nothing is lost", {
      threads: [1, 10, 100].map((amount) => (table) => void add(table, "n", amount)),
      atEnd: (table) => assert.equal(get(table, "n"), 111),
    }),
    scenario("a thread that dies while it adds has added or not", {
      victim: 0,
      prepare: (table) => set(table, "n", 0.7),
      threads: [(table) => void add(table, "n", 1), (table) => void add(table, "n", 10)],
      atEnd: (table) => oneOf(get(table, "n"), 0.7 + 10, 0.7 + 1 + 10, 0.7 + 10 + 1),
    }),
    scenario("one of two sets a key that was absent", {
      threads: [1, 2].map((value) => (table, actor) => isDone(actor, set(table, "k", value, "absent"))),
      atEnd: (table, _, results) => {
        assert.equal(total(results), 1, "both have set it, or none has");
        assert.equal(get(table, "k"), results[0] === 1 ? 1 : 2);
      },
    }),
    scenario("one of two replaces the value that both expected", {
      prepare: (table) => set(table, "k", "old"),
      threads: ["one", "two"].map(
        (value) => (table, actor) => isDone(actor, exchange(table, "k", "old", value)),
      ),
      atEnd: (table, _, results) => {
        assert.equal(total(results), 1, "both have replaced it, or none has");
        assert.equal(get(table, "k"), results[0] === 1 ? "one" : "two");
      },
    }),
    scenario("who dies while it replaces a long value leaves the old or the new one", {
      victim: 0,
      prepare: (table) => set(table, "k", long("a")),
      threads: [
        (table) => void set(table, "k", long("b")),
        (table) => oneOf(get(table, "k"), long("a"), long("b")),
      ],
      atEnd: (table) => oneOf(get(table, "k"), long("a"), long("b")),
    }),
    scenario("who dies while it replaces a number by another kind leaves the one or the other", {
      victim: 0,
      prepare: (table) => set(table, "k", 1.1),
      threads: [(table) => void set(table, "k", "text"), (table) => oneOf(get(table, "k"), 1.1, "text")],
      atEnd: (table) => oneOf(get(table, "k"), 1.1, "text"),
    }),
    scenario("who dies while it inserts has inserted all or nothing", {
      victim: 0,
      prepare: (table) => set(table, "k", "there"),
      threads: [
        (table) => void set(table, "l", long("l")),
        (table) => {
          oneOf(get(table, "l"), undefined, long("l"));
          set(table, "m", "m");
        },
      ],
      atEnd: (table) => {
        assert.equal(get(table, "k"), "there");
        assert.equal(get(table, "m"), "m");
        oneOf(get(table, "l"), undefined, long("l"));
      },
    }),
    scenario("who dies while it removes has removed all or nothing", {
      victim: 0,
      prepare: (table) => {
        set(table, "k", long("k"));
        set(table, "l", "l");
      },
      threads: [
        (table) => void remove(table, "k"),
        (table) => {
          oneOf(get(table, "k"), undefined, long("k"));
          set(table, "m", "m");
        },
      ],
      atEnd: (table) => {
        assert.deepEqual([get(table, "l"), get(table, "m")], ["l", "m"]);
        oneOf(get(table, "k"), undefined, long("k"));
      },
    }),
    scenario("who dies while it makes room has taken out whole entries", {
      entries: 2,
      evicts: true,
      victim: 0,
      prepare: (table) => {
        set(table, "k", "k");
        set(table, "l", "l");
      },
      threads: [
        (table) => void set(table, "m", "m"),
        (table) => {
          oneOf(get(table, "k"), undefined, "k");
          set(table, "o", "o");
        },
      ],
      atEnd: (table) => assert.equal(get(table, "o"), "o"),
    }),
    scenario("who dies while it uses an entry leaves the order whole", {
      evicts: true,
      victim: 0,
      prepare: (table) => {
        for (const name of ["k", "l", "m"]) set(table, name, name);
      },
      threads: [(table) => oneOf(get(table, "l"), "l"), (table) => oneOf(get(table, "k"), "k")],
      atEnd: (table) => assert.equal(keysOf(table).length, 3),
    }),
    scenario("a value for which there is room only without the one before", {
      entries: 1,
      bytes: 100,
      victim: 0,
      prepare: (table) => set(table, "k", "a".repeat(90)),
      threads: [
        (table) => void set(table, "k", "b".repeat(90)),
        (table) => oneOf(get(table, "k"), "a".repeat(90), "b".repeat(90), undefined),
      ],
      atEnd: (table, died) => {
        const seen = get(table, "k");
        oneOf(seen, "a".repeat(90), "b".repeat(90), undefined);
        if (!died) assert.equal(seen, "b".repeat(90));
        // it is to have room for the last check
        remove(table, "k");
      },
    }),
    scenario("an iteration sees what is there all the time, and no key twice", {
      prepare: (table) => {
        set(table, "k", "k");
        set(table, "l", "l");
      },
      threads: [
        (table) => {
          const seen = keysOf(table);
          assert.ok(seen.includes("k"), "what was there all the time does not come");
          assert.equal(new Set(seen).size, seen.length, "a key comes twice");
        },
        (table) => {
          remove(table, "l");
          set(table, "m", "m");
          set(table, "l", "l");
        },
      ],
    }),
    scenario("who dies while it clears leaves whole entries", {
      victim: 0,
      prepare: (table) => {
        for (const name of ["k", "l"]) set(table, name, name);
      },
      threads: [
        (table) => {
          for (let bucket = 0; bucket >= 0; ) bucket = table.clear(bucket);
        },
        (table) => oneOf(get(table, "k"), "k", undefined),
      ],
      atEnd: (table, died) => {
        if (!died) assert.equal(table.count(map.sizeWord), 0);
      },
    }),
  ];
}
