/**
 * The receiving side: a graph becomes a function again. Asynchronous, since modules are imported for it.
 *
 * @module
 */
import { loadReviver, revivePortable } from "../portable.js";
import { createRequire } from "./create-require.js";
import {
  compileFactory,
  type FactoryInput,
  type FactoryOutput,
  type FactoryShape,
  shapeKey,
} from "./factory.js";
import { importMetaOf } from "./import-meta.js";
import { whileLoading } from "./loading.js";
import {
  forgetReceivedCode,
  noteOrigin,
  noteReceivedCode,
  noteReceivedImport,
  noteSource,
} from "./origins.js";
import type { CodeRecord, FunctionGraph, FunctionNode, GraphNode, PropertyEntry, Slot } from "./payload.js";
import { findReferenced, importFrom } from "./resolve.js";

type Factory = (input: FactoryInput) => FactoryOutput;

/** A text of a function with what was compiled of it, by the names that it was given. */
interface ReceivedCode {
  readonly record: CodeRecord;
  readonly factories: Map<string, Factory>;
}

/** A text is called with few sets of names; more are compiled anew. */
const factoriesPerCode = 16;

/** Makes functions of graphs; one per worker. */
export class FunctionReviver {
  readonly #codes = new Map<number, ReceivedCode>();

  /** Takes the texts that later graphs refer to. */
  addCodes(codes: readonly CodeRecord[]): void {
    for (const record of codes) {
      if (this.#codes.has(record.id)) continue;
      this.#codes.set(record.id, { record, factories: new Map() });
      noteReceivedCode(record);
    }
  }

  /** Forgets texts. Functions that were made of them go on working. */
  forgetCodes(ids: readonly number[]): void {
    for (const id of ids) {
      const code = this.#codes.get(id);
      if (!code) continue;
      this.#codes.delete(id);
      forgetReceivedCode(code.record);
    }
  }

  /**
   * Makes the function of a graph.
   * @throws whatever importing a module that the function needs throws; TypeError where an export is missing.
   */
  async revive(graph: FunctionGraph): Promise<(...args: unknown[]) => unknown> {
    const revival = new Revival(
      graph,
      (node, shape) => this.#factory(node, shape),
      (id) => this.#record(id),
    );
    await revival.load();
    return revival.build();
  }

  #record(id: number): CodeRecord {
    const code = this.#codes.get(id);
    if (!code) throw new TypeError(`code ${id} was not added before a function that needs it`);
    return code.record;
  }

  #factory(node: FunctionNode, shape: FactoryShape): Factory {
    const record = this.#record(node.code);
    const { factories } = this.#codes.get(node.code)!;
    const key = shapeKey(shape);
    let factory = factories.get(key);
    if (!factory) {
      if (factories.size >= factoriesPerCode) factories.clear();
      factory = compileFactory(record, shape);
      factories.set(key, factory);
    }
    return factory;
  }
}

const enum State {
  Untouched,
  UnderWay,
  Done,
}

/** One graph on its way to a function. */
class Revival {
  readonly #nodes: readonly GraphNode[];
  readonly #values: unknown[];
  readonly #states: State[];
  readonly #cells: { value: unknown }[] = [];
  readonly #cellSlots = new Map<number, Slot>();
  /** What has to wait until every function of a cycle exists. */
  readonly #later: (() => void)[] = [];

  constructor(
    private readonly graph: FunctionGraph,
    private readonly factoryOf: (node: FunctionNode, shape: FactoryShape) => Factory,
    private readonly recordOf: (id: number) => CodeRecord,
  ) {
    this.#nodes = graph.nodes;
    this.#values = Array.from({ length: graph.nodes.length });
    this.#states = graph.nodes.map(() => State.Untouched);
  }

  /** Imports what the graph names. */
  async load(): Promise<void> {
    await Promise.all(
      this.#nodes.map(async (node, index) => {
        if (node.type === "module" || node.type === "import" || node.type === "builtin") {
          const name =
            node.type === "module" ? node.url : node.type === "import" ? node.specifier : node.module;
          this.#finish(index, await whileLoading(name, () => findReferenced(node)));
        } else if (node.type === "global" || node.type === "constructor") {
          this.#finish(index, await findReferenced(node));
        } else if (node.type === "portable") await loadReviver(node.reference);
      }),
    );
  }

  build(): (...args: unknown[]) => unknown {
    const root = this.#value({ i: this.graph.root });
    for (let index = 0; index < this.#nodes.length; index++) this.#value({ i: index });
    for (const action of this.#later) action();
    // a cycle can have left a cell empty, and static initialisers of a class, run for the second time, a wrong value
    for (const [cell, slot] of this.#cellSlots) this.#cells[cell]!.value = this.#value(slot);
    return root as (...args: unknown[]) => unknown;
  }

  #finish<Value>(index: number, value: Value): Value {
    this.#values[index] = value;
    this.#states[index] = State.Done;
    return value;
  }

  #isUnderWay(slot: Slot): boolean {
    return "i" in slot && this.#states[slot.i] === State.UnderWay;
  }

  #value(slot: Slot): unknown {
    if ("v" in slot) return slot.v;
    if (this.#states[slot.i] !== State.Untouched) return this.#values[slot.i];
    this.#states[slot.i] = State.UnderWay;
    return this.#make(slot.i, this.#nodes[slot.i]!);
  }

  #make(index: number, node: GraphNode): unknown {
    switch (node.type) {
      case "function":
        return this.#makeFunction(index, node);
      case "bound": {
        const target = this.#value(node.target) as (...args: unknown[]) => unknown;
        const args = node.args.map((slot) => this.#value(slot));
        return this.#finish(index, target.bind(this.#value(node.self), ...args));
      }
      case "data":
        return this.#finish(index, node.value);
      case "decorated":
        return this.#withProperties(this.#finish(index, node.value as object), node.properties);
      case "buffer":
        return this.#finish(
          index,
          Buffer.from(node.bytes.buffer as ArrayBuffer, node.bytes.byteOffset, node.bytes.byteLength),
        );
      case "url":
        return this.#finish(index, new URL(node.href));
      case "regexp": {
        const expression = this.#finish(index, new RegExp(node.source, node.flags));
        expression.lastIndex = node.lastIndex;
        return this.#withProperties(expression, node.properties);
      }
      case "array":
        return this.#withProperties(
          this.#finish(index, Object.assign([], { length: node.length })),
          node.properties,
        );
      case "map": {
        const map = this.#finish(index, new Map<unknown, unknown>());
        for (const [key, item] of node.entries) map.set(this.#value(key), this.#value(item));
        return this.#withProperties(map, node.properties);
      }
      case "set": {
        const set = this.#finish(index, new Set<unknown>());
        for (const item of node.items) set.add(this.#value(item));
        return this.#withProperties(set, node.properties);
      }
      case "object": {
        const object = (node.nullPrototype ? Object.create(null) : {}) as object;
        return this.#withProperties(this.#finish(index, object), node.properties);
      }
      case "instance":
        return this.#makeInstance(index, node);
      case "symbol":
        return this.#finish(index, Symbol(node.description));
      case "registered symbol":
        return this.#finish(index, Symbol.for(node.key));
      case "empty weak collection":
        return this.#finish(index, node.of === "WeakMap" ? new WeakMap() : new WeakSet());
      case "portable":
        return this.#finish(index, revivePortable(node.reference));
      case "require":
        return this.#finish(index, createRequire(node.from));
      case "dynamic import": {
        const load = (specifier: string, options?: { with?: Record<string, string> }): Promise<unknown> =>
          importFrom(node.from, specifier, options?.with);
        noteSource(load, node);
        return this.#finish(index, load);
      }
      case "import.meta":
        return this.#finish(index, importMetaOf(node.from));
      default:
        throw new TypeError(`a ${node.type} was to be loaded before`);
    }
  }

  #makeInstance(index: number, node: GraphNode & { type: "instance" }): unknown {
    const { prototype } = this.#value(node.class) as { prototype: object };
    // making the class can lead back to this very instance
    if (this.#states[index] === State.Done) return this.#values[index];
    const instance = node.error
      ? (Object.setPrototypeOf(new Error("revived"), prototype) as object)
      : (Object.create(prototype) as object);
    if (node.error) Reflect.deleteProperty(instance, "message");
    return this.#withProperties(this.#finish(index, instance), node.properties);
  }

  #withProperties<Value extends object>(object: Value, properties: readonly PropertyEntry[]): Value {
    for (const [key, value, traits] of properties) {
      const name = (typeof key === "string" ? key : this.#value(key)) as string | symbol;
      const enumerable = !traits?.hidden;
      if (value) {
        Object.defineProperty(object, name, {
          value: this.#value(value),
          writable: true,
          configurable: true,
          enumerable,
        });
      } else {
        const get = traits?.get && (this.#value(traits.get) as () => unknown);
        const set = traits?.set && (this.#value(traits.set) as (value: unknown) => void);
        Object.defineProperty(object, name, {
          ...(get ? { get } : {}),
          ...(set ? { set } : {}),
          configurable: true,
          enumerable,
        });
      }
    }
    return object;
  }

  #makeFunction(index: number, node: FunctionNode): unknown {
    const record = this.recordOf(node.code);
    const cellNames = new Set(node.cells?.map(({ name }) => name));
    const assigned = new Set(record.assigned);
    const init: Record<string, unknown> = {};
    const late: (readonly [string, Slot])[] = [];
    let self: string | undefined;
    for (const [name, slot] of node.bindings) {
      if (cellNames.has(name)) continue;
      const source = "i" in slot ? this.#nodes[slot.i] : undefined;
      if (source?.type === "import" && source.from === record.url)
        noteReceivedImport(record.url, name, source);
      const isSelf = "i" in slot && slot.i === index;
      if (isSelf && self === undefined && !assigned.has(name)) {
        self = name;
        continue;
      }
      const value = this.#value(slot);
      if (this.#isUnderWay(slot)) late.push([name, slot]);
      else init[name] = value;
    }
    const superclass = node.superclass && this.#value(node.superclass);
    const keys = node.keys?.map((slot) => this.#value(slot)) ?? [];
    // a value that was made meanwhile can have needed this function, and made it
    if (this.#states[index] === State.Done) return this.#values[index];
    const known = Object.keys(init);
    const factory = this.factoryOf(node, {
      known,
      late: late.map(([name]) => name),
      self,
      cells: node.cells ?? [],
    });
    for (const { cell } of node.cells ?? []) this.#cells[cell] ??= { value: undefined };
    const made = factory({
      name: node.name,
      meta: record.metaSpans.length > 0 ? importMetaOf(record.url) : undefined,
      superclass,
      keys,
      cells: this.#cells,
      init,
    });
    // a class body runs now, a function's later
    if (record.isClass) this.#fillCells(node);
    const fn = this.#finish(index, made.make());
    if (node.origin !== undefined) noteOrigin(fn, node.origin);
    if (typeof fn.name === "string" && fn.name !== node.name)
      Object.defineProperty(fn, "name", { value: node.name, configurable: true });
    if (late.length > 0)
      this.#later.push(() => {
        for (const [name, slot] of late) made.set[name]!(this.#value(slot));
      });
    this.#fillCells(node);
    this.#withProperties(fn, node.properties ?? []);
    if (node.prototypeProperties) this.#withProperties(fn.prototype as object, node.prototypeProperties);
    return fn;
  }

  #fillCells(node: FunctionNode): void {
    for (const { name, cell } of node.cells ?? []) {
      if (this.#cellSlots.has(cell)) continue;
      const slot = node.bindings.find(([each]) => each === name)![1];
      this.#cellSlots.set(cell, slot);
      this.#cells[cell]!.value = this.#value(slot);
    }
  }
}
