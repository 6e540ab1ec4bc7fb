/**
 * What crosses from the capturing isolate to the reviving one: a graph of nodes, all of plain,
 * structured-clonable parts, and the immutable code records that the graph refers to.
 *
 * @module
 */
import type { PortableReference } from "../portable.js";

/** A place in a text: offsets of its first character and the one after its last. */
export type Span = readonly [start: number, end: number];

/** A primitive as such, everything else as the index of its node. */
export type Slot =
  | { readonly v: string | number | boolean | bigint | null | undefined }
  | { readonly i: number };

/** A property: its key, its value (null for an accessor), and what differs from a plain enumerable one. */
export type PropertyEntry = readonly [
  key: string | Slot,
  value: Slot | null,
  traits?: { readonly get?: Slot; readonly set?: Slot; readonly hidden?: true },
];

/** One use of a shared variable in a text; `shorthand` is `{ x }`, `called` is `x()`. */
export interface CellUse {
  readonly span: Span;
  readonly shorthand: boolean;
  readonly called: boolean;
}

/** A variable that several captured functions share and at least one of them assigns. */
export interface CellBinding {
  readonly name: string;
  readonly cell: number;
  readonly uses: readonly CellUse[];
}

/** A function or class that travels as its text and the variables it captured. */
export interface FunctionNode {
  type: "function";
  /** Id of its {@link CodeRecord}. */
  code: number;
  name: string;
  bindings: (readonly [name: string, value: Slot])[];
  cells?: CellBinding[];
  /** Result of a class's `extends` expression. */
  superclass?: Slot;
  /** Results of a class's computed member names, in the order of {@link CodeRecord.keySpans}. */
  keys?: Slot[];
  properties?: PropertyEntry[];
  prototypeProperties?: PropertyEntry[];
  /** Identity of the original, by which it is recognised when it comes back. */
  origin?: number;
}

/** Where the same function, class or object is found in any isolate. */
export type ReferenceNode =
  | { type: "global"; path: string[] }
  | { type: "constructor"; of: "generator" | "async" | "async generator" }
  | { type: "builtin"; module: string; path: string[] }
  | { type: "module"; url: string; path: string[]; file?: string }
  | {
      type: "import";
      from: string;
      specifier: string;
      name: string;
      attributes?: Record<string, string>;
    };

/** One value of the graph. */
export type GraphNode =
  | FunctionNode
  | ReferenceNode
  | { type: "require" | "dynamic import" | "import.meta"; from: string }
  | { type: "portable"; reference: PortableReference }
  | { type: "registered symbol"; key: string }
  | { type: "symbol"; description: string | undefined }
  | { type: "data"; value: unknown }
  | { type: "buffer"; bytes: Uint8Array }
  | { type: "url"; href: string }
  | { type: "array"; length: number; properties: PropertyEntry[] }
  | { type: "map"; entries: (readonly [Slot, Slot])[]; properties: PropertyEntry[] }
  | { type: "set"; items: Slot[]; properties: PropertyEntry[] }
  | { type: "object"; nullPrototype: boolean; properties: PropertyEntry[] }
  | { type: "decorated"; value: unknown; properties: PropertyEntry[] }
  | { type: "regexp"; source: string; flags: string; lastIndex: number; properties: PropertyEntry[] }
  | { type: "instance"; class: Slot; error: boolean; properties: PropertyEntry[] }
  | { type: "empty weak collection"; of: "WeakMap" | "WeakSet" }
  | { type: "bound"; target: Slot; self: Slot; args: Slot[] };

/** The changing part of a shipped function: values and bindings. */
export interface FunctionGraph {
  /** Index of the function itself. */
  readonly root: number;
  readonly nodes: readonly GraphNode[];
}

/** The unchanging part: a function's text and what is known of it. */
export interface CodeRecord {
  /** Unique over isolates. */
  readonly id: number;
  readonly text: string;
  readonly form: "expression" | "method" | "get" | "set";
  /** Name of a method, getter or setter whose key stays as it is. */
  readonly key?: string;
  /** A computed or private key of the member, to be replaced by a fixed one. */
  readonly replacedKey?: Span;
  readonly isClass: boolean;
  readonly strict: boolean;
  /** Free variables that the text assigns. */
  readonly assigned: readonly string[];
  /** Places of `import.meta`. */
  readonly metaSpans: readonly Span[];
  /** Place of the class's `extends` expression. */
  readonly heritage?: Span;
  /** Places of the computed member names whose value is sent. */
  readonly keySpans: readonly Span[];
  /** URL of the defining module; `""` where it has none. */
  readonly url: string;
  /** Whether positions are those of transformed source, which {@link mapStack} turns into original ones. */
  readonly transformed: boolean;
  /** Where the text starts, counted from 0. */
  readonly line: number;
  readonly column: number;
}
