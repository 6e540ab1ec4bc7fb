import { dtypes } from "../dtype.js";
import { Code, i32code, type Local } from "./code.js";
import { emitVector } from "./emit-vector.js";
import { type FunctionType, type ImportedFunction, moduleOf, valueType } from "./encoder.js";
import { graphOf } from "./graph.js";
import {
  emitLoad,
  emitNumber,
  emitPackedStore,
  emitSame,
  emitStore,
  type OperandType,
  type OperandVariables,
  packedElements,
} from "./operand.js";
import { maskOf, type Vector } from "./vector.js";

/** A kernel that computes one array from others, element by element. */
export interface ElementwiseKernel {
  readonly inputs: readonly OperandType[];
  readonly output: OperandType;
  /** The value, in the lanes of the output's type. */
  readonly value: Vector;
}

const { i32, f64, f32 } = valueType;

const walk: readonly ImportedFunction[] = [
  { module: "kernels", name: "first_element", takes: [i32, i32, i32], answers: [i32] },
  { module: "kernels", name: "element_address", takes: [i32, i32, i32, i32], answers: [i32] },
  { module: "kernels", name: "element_stride", takes: [i32, i32], answers: [i32] },
  { module: "kernels", name: "row_length", takes: [i32], answers: [i32] },
  { module: "kernels", name: "operand_number", takes: [i32, i32], answers: [f64] },
];
const [firstElement, elementAddress, elementStride, rowLengthOf, operandNumber] = [0, 1, 2, 3, 4] as const;

const parameters = { args: 0, chunk: 1, chunks: 2 } as const;

/** Above so many nodes fewer vectors are computed side by side: there are 16 registers. */
const shortValue = 24;

/** Above so many nodes truth values are stored as they come: what they are of takes most of the time. */
const mostPacked = 100;

/** Engines take 50,000 variables in a function; casts of what it is given come to those that are counted here. */
const mostLocals = 45_000;

/** So many nodes never need more variables than that, which else is seen when they are written. */
const fewNodes = 500;

/** Beyond these it is not even tried. Graphs are walked by functions that call themselves. */
const most = { nodes: 20_000, levels: 2000 };

/** Whether engines take a kernel of this size. */
export function fits(kernel: ElementwiseKernel): boolean {
  const { nodes, levels } = graphOf(kernel.value);
  if (nodes.length > most.nodes || levels > most.levels) return false;
  return nodes.length < fewNodes || codeOf(kernel).code.locals.length <= mostLocals;
}

const type: FunctionType = { takes: [i32, i32, i32], answers: [] };

/** The module of a kernel. The arguments of its jobs are described in kernels/iteration.ts; the output comes last. */
export function emitKernel(kernel: ElementwiseKernel): Uint8Array {
  const { code, imports } = codeOf(kernel);
  return moduleOf(type, code.locals, code.finish(), imports);
}

function codeOf({ inputs, output, value: given }: ElementwiseKernel): {
  readonly code: Code;
  readonly imports: readonly ImportedFunction[];
} {
  const value = output.dtype === "bool" ? maskOf("m32", given) : given;
  const { nodes } = graphOf(value);
  const elements = nodes.some(({ lanes }) => /64/.test(lanes)) || output.dtype === "float64" ? 2 : 4;
  const calls = importedCalls(nodes);
  const imports = [...walk, ...calls.values()];
  const names = [...calls.keys()];
  const imported = (name: string): number => walk.length + names.indexOf(name);
  const code = new Code(3);
  const operands = [...inputs, output].map(({ dtype, pattern }): OperandVariables => {
    const once = pattern === "same" || pattern === "number";
    return {
      dtype,
      pattern,
      pointer: code.local("i32"),
      stride: pattern === "strided" ? code.local("i32") : 0,
      value: once ? code.local("v128") : 0,
    };
  });
  const target = operands.at(-1)!;
  const stored = code.local("v128");
  const tables = new Map<string, Local>();
  for (const { form } of nodes)
    if (form.kind === "lookup" && !tables.has(form.table)) tables.set(form.table, code.local("i32"));

  const valuesOf = (root: Vector, count: number, copies: number, first = 0): readonly Local[] =>
    emitVector(root, {
      code,
      elements: count,
      copies,
      input: (index, copy) => emitLoad(code, operands[index]!, count, (first + copy) * count),
      imported,
      table: (name) => tables.get(name)!,
    });
  const compute = (count: number, copies: number): void => {
    const results = valuesOf(value, count, copies);
    for (const [copy, result] of results.entries()) {
      // a constant, or an input that is the same for all, is not to be packed for the store in place
      code.get(result).set(stored);
      emitStore(code, target, stored, count, copy * count);
    }
  };
  const advance = (count: number): void => {
    for (const { pattern, dtype, pointer, stride } of operands) {
      if (pattern === "same" || pattern === "number") continue;
      code.get(pointer);
      if (pattern === "contiguous") code.i32(count * dtypes[dtype].itemsize);
      else code.get(stride).i32(count).plain(i32code.mul);
      code.plain(i32code.add).set(pointer);
    }
  };

  const [at, end, rowLength, row, column, left] = Array.from({ length: 6 }, () => code.local("i32")) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const { args, chunk, chunks } = parameters;
  code.get(args).get(chunk).get(chunks).call(firstElement).set(at);
  code.get(args).get(chunk).i32(1).plain(i32code.add).get(chunks).call(firstElement).set(end);
  code.get(args).call(rowLengthOf).set(rowLength);
  for (const [name, address] of tables) code.call(imported(name)).set(address);
  for (const [index, operand] of operands.entries()) {
    if (operand.pattern === "strided") code.get(args).i32(index).call(elementStride).set(operand.stride);
    if (operand.pattern !== "number") continue;
    code.get(args).i32(index).call(operandNumber);
    emitNumber(code, operand);
  }

  const repeats = nodes.length > shortValue ? 2 : 4;
  /** All the truth values of a store, as many of them side by side as of other values. */
  const computePacked = (): void => {
    const vectors = packedElements / elements;
    const masks: Local[] = [];
    for (let first = 0; first < vectors; first += repeats)
      masks.push(...valuesOf(given, elements, repeats, first));
    emitPackedStore(code, target, masks, given.lanes, elements);
  };
  code.block(() => {
    code.loop(() => {
      code.get(at).get(end).plain(i32code.geU).leaveIf(1);
      code.get(at).get(rowLength).plain(i32code.divU).set(row);
      code.get(at).get(rowLength).plain(i32code.remU).set(column);
      // the rest of the row, or of the chunk
      code.get(rowLength).get(column).plain(i32code.sub).tee(left);
      code.get(end).get(at).plain(i32code.sub);
      code.get(left).get(end).get(at).plain(i32code.sub).plain(i32code.leU);
      code.plain(0x1b).tee(left); // select
      code.get(at).plain(i32code.add).set(at);
      for (const [index, operand] of operands.entries()) {
        if (operand.pattern === "number") continue;
        code.get(args).i32(index).get(row).get(column).call(elementAddress).set(operand.pointer);
        if (operand.pattern === "same") emitSame(code, operand);
      }
      const pass = (count: number, work: () => void): void => {
        code.block(() => {
          code.loop(() => {
            code.get(left).i32(count).plain(i32code.ltU).leaveIf(1);
            work();
            advance(count);
            code.get(left).i32(count).plain(i32code.sub).set(left).leave(0);
          });
        });
      };
      const packs = output.dtype === "bool" && output.pattern === "contiguous";
      if (packs && nodes.length <= mostPacked) pass(packedElements, computePacked);
      else pass(elements * repeats, () => compute(elements, repeats));
      pass(elements, () => compute(elements, 1));
      pass(1, () => compute(1, 1));
      code.leave(0);
    });
  });
  return { code, imports };
}

/** The functions that are called for each lane, and those that tell where tables are. */
function importedCalls(nodes: readonly Vector[]): Map<string, ImportedFunction> {
  const calls = new Map<string, ImportedFunction>();
  for (const { form, lanes } of nodes) {
    if (form.kind === "lookup")
      calls.set(form.table, { module: "kernels", name: form.table, takes: [], answers: [i32] });
    if (form.kind !== "call") continue;
    const type = lanes === "f64" ? f64 : lanes === "f32" ? f32 : i32;
    const takes = form.args.map(() => type);
    calls.set(form.name, { module: "kernels", name: form.name, takes, answers: [type] });
  }
  return calls;
}
