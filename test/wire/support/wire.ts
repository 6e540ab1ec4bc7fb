/** The functions under test, which no entry of the package exports. */
interface Wire {
  encode(
    value: unknown,
    what: string,
    hooks: {
      referenceTo(errorClass: unknown): unknown;
      shipFunction?(fn: (...args: never[]) => unknown): unknown;
    },
    list?: readonly ArrayBuffer[],
    copies?: "cloned" | "moved",
  ): { value: unknown; marked: boolean; transfer: readonly ArrayBuffer[]; moves: boolean };
  decode(
    value: unknown,
    hooks: { resolveClass(reference: unknown): Promise<undefined>; patience?: number },
  ): unknown;
  transfer<T extends object>(value: T, list?: readonly ArrayBuffer[]): T;
}

export const { encode, decode, transfer } = (await import(
  new URL("../wire/index.js", import.meta.resolve("ungil")).href
)) as Wire;
