import assert from "node:assert/strict";
import { types } from "node:util";
import {
  type Arbitrary,
  anything,
  array,
  bigInt,
  boolean,
  constantFrom,
  double,
  nat,
  oneof,
  record,
  string,
} from "fast-check";

/** The types of nodes that random graphs are made of. */
const kinds = ["object", "array", "map", "set", "buffer", "url", "error", "date", "bytes", "marked"] as const;

interface NodeSpec {
  readonly kind: (typeof kinds)[number];
  readonly leaf: unknown;
  /** Edges to other nodes, by number modulo their count. */
  readonly edges: readonly number[];
}

const nodeSpec: Arbitrary<NodeSpec> = record({
  kind: constantFrom(...kinds),
  leaf: oneof(string(), double(), bigInt(), boolean(), constantFrom(undefined, null, -0, Number.NaN)),
  edges: array(nat(), { maxLength: 4 }),
});

/** Random graphs with shared references and cycles; no deeper than an error's properties are followed. */
export const graphs: Arbitrary<unknown> = array(nodeSpec, { minLength: 1, maxLength: 12 }).map(build);

/** Trees of everything that structured clone takes. */
export const trees: Arbitrary<unknown> = anything({
  maxDepth: 3,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withObjectString: true,
});

function build(specs: readonly NodeSpec[]): unknown {
  const nodes = specs.map(({ kind, leaf }): object => {
    switch (kind) {
      case "object":
        return { leaf };
      case "array":
        return [leaf];
      case "map":
        return new Map([["leaf", leaf]]);
      case "set":
        return new Set([leaf]);
      case "buffer":
        return Buffer.from(String(leaf));
      case "url":
        return new URL(`https://example.org/${Buffer.from(String(leaf)).toString("hex")}`);
      case "error":
        return Object.assign(new RangeError(String(leaf)), { leaf });
      case "date":
        return new Date(7);
      case "bytes":
        return Uint16Array.from(String(leaf), (each) => each.charCodeAt(0));
      case "marked":
        return { "\u0000ungil": "error", leaf };
    }
  });
  specs.forEach(({ edges }, from) => {
    for (const [position, edge] of edges.entries())
      connect(nodes[from]!, position, nodes[edge % nodes.length]!);
  });
  return nodes[0];
}

function connect(from: object, position: number, to: object): void {
  if (Buffer.isBuffer(from) || from instanceof URL || types.isDate(from) || ArrayBuffer.isView(from)) return;
  if (Array.isArray(from)) from[position * 2 + 1] = to;
  else if (types.isMap(from)) from.set(position % 2 === 0 ? to : position, to);
  else if (types.isSet(from)) from.add(to);
  else if (from instanceof Error && position === 0) Object.defineProperty(from, "cause", { value: to });
  else (from as Record<string, unknown>)[position === 1 ? "__proto" : `edge${position}`] = to;
}

/** Asserts that two graphs are equal in values, classes, keys, and in which objects are the same. */
export function assertSameGraph(actual: unknown, expected: unknown): void {
  const partner = new Map<object, object>();
  const back = new Map<object, object>();
  const pairs: [unknown, unknown, string][] = [[actual, expected, "value"]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [one, other, path] = pair;
    if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
      assert.ok(Object.is(one, other), `${path}: ${String(one)} is not ${String(other)}`);
      continue;
    }
    if (partner.has(one) || back.has(other)) {
      assert.equal(partner.get(one), other, `${path}: shared references differ`);
      assert.equal(back.get(other), one, `${path}: shared references differ`);
      continue;
    }
    partner.set(one, other);
    back.set(other, one);
    assert.equal(Object.getPrototypeOf(one), Object.getPrototypeOf(other), `${path}: prototype`);
    if (types.isDate(other)) {
      assert.ok(Object.is((one as Date).getTime(), other.getTime()), path);
      continue;
    }
    if (ArrayBuffer.isView(other) || other instanceof URL || types.isBoxedPrimitive(other)) {
      assert.deepEqual(one, other, path);
      continue;
    }
    pairs.push(...parts(one, other, path));
  }
}

function parts(one: object, other: object, path: string): [unknown, unknown, string][] {
  if (types.isMap(one) && types.isMap(other)) {
    const others = [...other];
    assert.equal(one.size, other.size, path);
    return [...one].flatMap(([key, item], index): [unknown, unknown, string][] => [
      [key, others[index]?.[0], `${path} key ${index}`],
      [item, others[index]?.[1], `${path} item ${index}`],
    ]);
  }
  if (types.isSet(one) && types.isSet(other)) {
    const others = [...other];
    assert.equal(one.size, other.size, path);
    return [...one].map((each, index) => [each, others[index], `${path} member ${index}`]);
  }
  const isArray = Array.isArray(other);
  if (isArray) assert.equal((one as unknown[]).length, other.length, path);
  const keysOf = (value: object): string[] =>
    Object.getOwnPropertyNames(value).filter((key) => !(isArray && key === "length"));
  const keys = keysOf(other);
  assert.deepEqual(keysOf(one).toSorted(), keys.toSorted(), path);
  return keys.map((key) => {
    const [mine, theirs] = [one, other].map((each) => Object.getOwnPropertyDescriptor(each, key)!);
    assert.equal(mine!.enumerable, theirs!.enumerable, `${path}.${key} enumerable`);
    // read, not taken from the descriptors: newer versions of V8 have the stack as a getter
    return [...[one, other].map((each) => (each as Record<string, unknown>)[key]), `${path}.${key}`] as [
      unknown,
      unknown,
      string,
    ];
  });
}
