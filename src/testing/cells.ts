/**
 * Numbers that a test and its tasks share, wherever the tasks run: in shared memory, or in a file where no memory
 * is shared. All changes are atomic.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { whileAwaited, whileBlocked } from "../pool/execution-lock.js";

/** A row of numbers; an argument for tasks, which change it by the functions of this module. */
export type Cells = Int32Array | FileCells;

/** Cells in a file, for tasks in other processes. */
export interface FileCells {
  /** The folder that holds them. */
  readonly folder: string;
}

/** ms after which a lock is taken over: whoever held it was killed. */
const staleAfter = 1_000;

/** A row of zeroed cells that tasks of all threads share. */
export function sharedCells(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
}

/** Makes cells of the kind that suits an executor, and removes them. */
export class CellMaker {
  readonly #inMemory: boolean;
  readonly #files: FileCells[] = [];

  /** @param inMemory - whether the executor's tasks see shared memory. */
  constructor(inMemory: boolean) {
    this.#inMemory = inMemory;
  }

  make(length: number): Cells {
    if (this.#inMemory) return sharedCells(length);
    const cells = fileCells(length);
    this.#files.push(cells);
    return cells;
  }

  remove(): void {
    for (const { folder } of this.#files) rmSync(folder, { recursive: true, force: true });
  }
}

/** The same that tasks of all processes share; the folder is to be removed in the end. */
export function fileCells(length: number): FileCells {
  const folder = mkdtempSync(path.join(tmpdir(), "ungil-cells-"));
  writeFileSync(path.join(folder, "cells"), JSON.stringify(Array.from({ length }, () => 0)));
  return { folder };
}

/** The value of a cell. */
export function loadCell(cells: Cells, at: number): number {
  return cells instanceof Int32Array ? Atomics.load(cells, at) : read(cells)[at]!;
}

/** All values, as they are one after the other. */
export function valuesOf(cells: Cells): number[] {
  return cells instanceof Int32Array ? [...cells] : read(cells);
}

/** Changes a cell, and wakes who waits for it. */
export function storeCell(cells: Cells, at: number, value: number): void {
  if (cells instanceof Int32Array) {
    Atomics.store(cells, at, value);
    Atomics.notify(cells, at);
  } else change(cells, at, () => value);
}

/**
 * Adds to a cell.
 * @returns the value before.
 */
export function addToCell(cells: Cells, at: number, amount: number): number {
  if (cells instanceof Int32Array) return Atomics.add(cells, at, amount);
  return change(cells, at, (value) => value + amount);
}

/** Makes a cell at least as large as a value. */
export function raiseCell(cells: Cells, at: number, least: number): void {
  if (!(cells instanceof Int32Array)) {
    change(cells, at, (value) => Math.max(value, least));
    return;
  }
  for (let value = Atomics.load(cells, at); value < least; value = Atomics.load(cells, at)) {
    Atomics.compareExchange(cells, at, value, least);
  }
}

/** Blocks the thread while a cell is 0. */
export function waitForCell(cells: Cells, at: number): void {
  whileBlocked(() => {
    if (cells instanceof Int32Array) while (Atomics.load(cells, at) === 0) Atomics.wait(cells, at, 0);
    else while (loadCell(cells, at) === 0) pause();
  });
}

/** Lets the event loop run while a cell is 0. */
export async function awaitCell(cells: Cells, at: number): Promise<void> {
  await whileAwaited(async () => {
    while (loadCell(cells, at) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  });
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

function read({ folder }: FileCells): number[] {
  for (;;) {
    const text = readFileSync(`${folder}/cells`, "utf8");
    // whoever writes has cut the file off first
    if (text.endsWith("]")) return JSON.parse(text) as number[];
  }
}

/** @returns the value before. */
function change(cells: FileCells, at: number, next: (value: number) => number): number {
  lock(cells);
  try {
    const values = read(cells);
    const before = values[at]!;
    values[at] = next(before);
    writeFileSync(`${cells.folder}/cells`, JSON.stringify(values));
    return before;
  } finally {
    rmdirSync(`${cells.folder}/lock`);
  }
}

function lock({ folder }: FileCells): void {
  for (;;) {
    try {
      return mkdirSync(`${folder}/lock`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    pause();
    const since = statSync(`${folder}/lock`, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > staleAfter) rmdirSync(`${folder}/lock`);
  }
}
