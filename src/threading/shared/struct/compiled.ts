import { inspect } from "node:util";
import { Script } from "node:vm";
import { portable } from "../../../portable.js";
import { referenceTo } from "../../sync/primitive.js";
import * as behaviour from "./behaviour.js";
import type { Field } from "./fields.js";
import type { StructStore } from "./store.js";

/** Structs of an array, as the rest of the folder sees them. */
export interface StructViews {
  readonly length: number;
  get(index: number): object;
}

/** Classes that know their fields. */
export interface CompiledClasses {
  /** Of a struct. */
  readonly View: new (
    store: StructStore,
    index: number,
  ) => object;
  /** Of an array of structs. */
  readonly Views: new (
    store: StructStore,
  ) => StructViews;
}

type Maker = (behaviour: object) => CompiledClasses;

const given = { ...behaviour, inspect: inspect.custom, portable, referenceTo };

let compiled = 0;

/**
 * Makes the classes for fields, from a text of their own. The engine remembers for each place in a program what came by
 * there: if all structs had their properties from one function, or one base, each class would make all others slower.
 */
export function compile(fields: readonly Field[]): CompiledClasses {
  // equal texts share their compiled code
  compiled += 1;
  const script = new Script(`${textFor(fields)} // ${compiled}`, { filename: "SharedStruct" });
  return (script.runInThisContext() as Maker)(given);
}

function textFor(fields: readonly Field[]): string {
  return `((given) => {
  class View {
    #columns; #index; #store; #numbers;
    constructor(store, index) {
      this.#columns = store.columns;
      this.#index = index;
      this.#store = store;
    }
    get lock() { return given.lockOfStore(this.#store); }
    get atomic() { return given.atomicOf(this.#store, this.#index); }
    get handle() { return given.dataOf(this, this.#store, this.#index); }
    toJSON() { return given.plainOf(this, this.#store); }
    [given.inspect](depth, options, inspect) { return given.show(this.toJSON(), options, inspect); }
    [given.portable]() { return given.referenceTo(this.handle); }
${fields.map(accessorText).join("")}  }
  class Views {
    #store;
    constructor(store) {
      this.#store = store;
      this.length = store.details.count;
      this.columns = given.columnsOf(store);
      Object.freeze(this);
    }
    get(index) {
      if (index >>> 0 !== index || index >= this.length) throw given.refuseIndex(this.length, index);
      return new View(this.#store, index);
    }
    *[Symbol.iterator]() { for (let i = 0; i < this.length; i++) yield this.get(i); }
    get lock() { return given.lockOfStore(this.#store); }
    get handle() { return this.#store.data; }
    [given.portable]() { return given.referenceTo(this.#store.data); }
  }
  return { View, Views };
})`;
}

function accessorText(field: Field, which: number): string {
  const { get, type, set } = partsFor(field, which);
  const name = JSON.stringify(field.name);
  return `    get ${name}() { return ${get}; }
    set ${name}(value) {
      if (typeof value !== "${type}") throw given.refuseValue(this.#store, ${which}, value);
      ${set};
    }
`;
}

/** How a field is read, what it can be set to, and how. */
function partsFor({ kind, type }: Field, which: number): Readonly<Record<"get" | "type" | "set", string>> {
  const place = `this.#columns[${which}][this.#index]`;
  const where = `this.#store, this.#index, ${which}`;
  switch (kind) {
    case "number":
      return { get: place, type: type.startsWith("big") ? "bigint" : "number", set: `${place} = value` };
    case "boolean":
      return { get: `${place} !== 0`, type: "boolean", set: `${place} = value ? 1 : 0` };
    case "string":
      return { get: `given.readText(${where})`, type: "string", set: `given.writeText(${where}, value)` };
    case "numbers":
      // nothing is of this type
      return {
        get: `(this.#numbers ??= [])[${which}] ??= given.numbersOf(${where})`,
        type: "",
        set: "",
      };
  }
}
