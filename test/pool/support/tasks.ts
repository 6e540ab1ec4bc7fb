// Tasks of the random programs. Each answers with its own token, or fails with it.
import { currentTask } from "ungil";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function answer(token: string): string {
  return token;
}

export async function answerLater(token: string): Promise<string> {
  await turn();
  return token;
}

export function fail(token: string): never {
  throw new RangeError(token);
}

export async function failLater(token: string): Promise<never> {
  await turn();
  throw new RangeError(token);
}

export function answerInObject(token: string): { token: string } {
  return { token };
}

export async function answerNested(token: string): Promise<string> {
  const { executor } = currentTask();
  const parts = [executor.submit(answer, `${token}a`), executor.submit(answerLater, `${token}b`)];
  const [a, b] = await Promise.all(parts);
  if (a !== `${token}a` || b !== `${token}b`) throw new Error(`swapped: ${a} and ${b}`);
  return token;
}

export async function failNested(token: string): Promise<string> {
  return await currentTask().executor.submit(fail, token);
}

/** Fails at its first attempt. */
export function answerAtSecond(token: string): string {
  if (currentTask().attempt === 1) throw new RangeError(`first ${token}`);
  return token;
}

/** Ends when it is asked to, and not before. */
export async function untilStopped(token: string): Promise<string> {
  const { signal } = currentTask();
  while (!signal.aborted) await turn();
  return token;
}

/** Ends its worker. */
export function exit(): never {
  process.exit(3);
}

/** Ends its worker a little later. */
export async function exitLater(): Promise<never> {
  await turn();
  return process.exit(4);
}

export async function answerItem(token: string, index: number): Promise<string> {
  if (index % 3 === 1) await turn();
  if (index % 7 === 6) throw new RangeError(token);
  return token;
}
