/**
 * What is used of koffi, the optional package that calls C functions, with types of our own: nobody who does not use
 * this chapter needs its declarations.
 *
 * @module
 */
import { loadKoffi } from "../koffi.js";

/** A type of koffi's; opaque here. */
export type KoffiType = { readonly size: number; readonly alignment: number };

/** A C function as koffi gives it. */
export interface KoffiFunction {
  (...args: unknown[]): unknown;
  /** Calls it on a thread of Node's pool; the last argument is told `(error, result)`. */
  async(...args: unknown[]): void;
}

/** A library that koffi has loaded. */
export interface KoffiLibrary {
  func(name: string, result: string | KoffiType, parameters: readonly unknown[]): KoffiFunction;
  symbol(name: string): bigint;
}

/** The parts of koffi that are used. */
export interface Koffi {
  load(file: string | null): KoffiLibrary;
  struct(members: Readonly<Record<string, string | KoffiType>>): KoffiType;
  array(of: string | KoffiType, length: number): KoffiType;
  pointer(to: string | KoffiType): KoffiType;
  proto(result: string | KoffiType, parameters: readonly unknown[]): KoffiType;
  out(type: KoffiType): unknown;
  inout(type: KoffiType): unknown;
  type(name: string): KoffiType;
  offsetof(type: KoffiType, member: string): number;
  readonly decode: {
    (pointer: bigint, type: string | KoffiType, length?: number): unknown;
    string(pointer: bigint, length?: number): string;
  };
  errno(value?: number): number;
}

/** koffi. @throws MissingDependencyError, which says how to install it. */
export const koffi = (): Koffi => loadKoffi("ungil/native").koffi as Koffi;

/** Where koffi was found, for other threads and processes. */
export const koffiFile = (): string => loadKoffi("ungil/native").file;
