import { type Code, i32code, type Local } from "./code.js";
import { opcodes } from "./opcodes.js";
import type { Vector } from "./vector.js";

/** What the code of a graph needs to know of the kernel around it. */
export interface Surroundings {
  readonly code: Code;
  /** How many elements a vector has. */
  readonly elements: number;
  /** How many vectors are computed side by side. */
  readonly copies: number;
  /** Puts the vector of an input on the stack, of each copy's elements. */
  input(index: number, copy: number): void;
  /** The number of an imported function. */
  imported(name: string): number;
  /** The variable that holds the address of a table. */
  table(name: string): Local;
}

const laneCodes = {
  f64: {
    splat: opcodes.lanes.splatF64,
    extract: opcodes.lanes.extractF64,
    replace: opcodes.lanes.replaceF64,
  },
  f32: {
    splat: opcodes.lanes.splatF32,
    extract: opcodes.lanes.extractF32,
    replace: opcodes.lanes.replaceF32,
  },
  i32: {
    splat: opcodes.lanes.splatI32,
    extract: opcodes.lanes.extractI32,
    replace: opcodes.lanes.replaceI32,
  },
} as const;

/** The nodes that a node is made of. */
export function partsOf(form: Vector["form"]): readonly Vector[] {
  switch (form.kind) {
    case "op":
    case "call":
      return form.args;
    case "shift":
    case "shuffle":
      return [form.value];
    case "lookup":
      return [form.index];
    case "either":
      return [form.mask, form.rare, form.usual];
    default:
      return [];
  }
}

/** The variables of a node, one for each copy. */
type Values = readonly Local[];

type Known = Map<Vector["form"], Values>;

/**
 * Computes a graph, and answers the variables of its value. Each step is done for all copies before the next one: a chain
 * of steps that wait for each other would else fill the processor's queues, with nothing in them that can begin.
 */
export function emitVector(root: Vector, around: Surroundings): Values {
  const { code, copies, elements } = around;
  return emit(root, new Map());

  function each(compute: (copy: number) => void): Values {
    return Array.from({ length: copies }, (_none, copy) => {
      const value = code.local("v128");
      compute(copy);
      code.set(value);
      return value;
    });
  }

  function emit(node: Vector, known: Known): Values {
    let values = known.get(node.form);
    if (!values) known.set(node.form, (values = compute(node, known)));
    return values;
  }

  function compute({ form, lanes }: Vector, known: Known): Values {
    switch (form.kind) {
      case "input":
        return each((copy) => around.input(form.index, copy));
      case "constant": {
        const local = code.constantLocal(form.bytes);
        return Array.from({ length: copies }, () => local);
      }
      case "op": {
        const args = form.args.map((arg) => emit(arg, known));
        return each((copy) => {
          for (const values of args) code.get(values[copy]!);
          code.vector(form.opcode);
        });
      }
      case "shift": {
        const value = emit(form.value, known);
        return each((copy) => code.get(value[copy]!).i32(form.by).vector(form.opcode));
      }
      case "shuffle": {
        const value = emit(form.value, known);
        return each((copy) => code.shuffle(value[copy]!, form.bytes));
      }
      case "call": {
        const args = form.args.map((arg) => emit(arg, known));
        return each((copy) =>
          emitCalls(
            form.name,
            args.map((values) => values[copy]!),
            lanes as keyof typeof laneCodes,
          ),
        );
      }
      case "lookup": {
        const index = emit(form.index, known);
        return each((copy) => emitLookup(form, index[copy]!));
      }
      case "either":
        return emitEither(form, known);
    }
  }

  function emitCalls(name: string, args: readonly Local[], lanes: keyof typeof laneCodes): void {
    const { splat, extract, replace } = laneCodes[lanes];
    for (let lane = 0; lane < elements; lane++) {
      for (const value of args) code.get(value).ofLane(extract, lane);
      code.call(around.imported(name));
      if (lane === 0) code.vector(splat);
      else code.ofLane(replace, lane);
    }
  }

  function emitLookup(
    { table, entries, words, word }: Vector["form"] & { kind: "lookup" },
    index: Local,
  ): void {
    const { memory, lanes } = opcodes;
    const shift = Math.log2(words * 8);
    const address = (lane: number): Code =>
      code
        .get(index)
        .ofLane(lanes.extractI32, 2 * lane)
        .i32(entries - 1)
        .plain(i32code.and)
        .i32(shift)
        .plain(i32code.shl)
        .get(around.table(table))
        .plain(i32code.add);
    address(0).memory(memory.load64Zero, word * 8);
    if (elements === 1) return;
    const first = code.local("v128");
    code.set(first);
    address(1)
      .get(first)
      .lane(memory.load64Lane, word * 8, 1);
  }

  function emitEither(form: Vector["form"] & { kind: "either" }, known: Known): Values {
    const masks = emit(form.mask, known);
    const usual = emit(form.usual, known);
    const results = usual.map((value) => {
      const result = code.local("v128");
      code.get(value).set(result);
      return result;
    });
    for (const [copy, mask] of masks.entries()) {
      code.get(mask);
      if (copy > 0) code.vector(opcodes.bits.and);
    }
    code.vector(opcodes.i32.bitmask).i32(0xf).plain(i32code.ne);
    code.when(() => {
      // what is computed here only is not known after it
      for (const [copy, rare] of emit(form.rare, new Map(known)).entries())
        code.get(usual[copy]!).get(rare).get(masks[copy]!).vector(opcodes.bits.select).set(results[copy]!);
    });
    return results;
  }
}
