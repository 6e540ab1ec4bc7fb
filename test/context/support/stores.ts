// Modules of a program: a store that is propagated, and tasks that use it.
import { AsyncLocalStorage } from "node:async_hooks";
import { currentTask, propagate } from "ungil";

export interface Request {
  id: string;
  readonly roles?: Set<string>;
}

export const request = propagate("request", new AsyncLocalStorage<Request>());
export const tenant = propagate("tenant", new AsyncLocalStorage<string>());

/** Not propagated. */
export const local = new AsyncLocalStorage<string>();

export function seen(): [string | undefined, string | undefined, string | undefined] {
  return [request.getStore()?.id, tenant.getStore(), local.getStore()];
}

export async function seenLater(): Promise<ReturnType<typeof seen>> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  return seen();
}

export function seenFor(_item: number): string | undefined {
  return request.getStore()?.id;
}

/** Changes what it was given, which must be nobody else's. */
export function rename(): string | undefined {
  const store = request.getStore();
  if (store) store.id += "!";
  return store?.id;
}

export function describe(): string {
  const store = request.getStore();
  return `${store?.id} ${store?.roles instanceof Set} ${[...(store?.roles ?? [])].join()}`;
}

/** Submits another, within a store of its own or as it is. */
export async function nest(own: string | undefined): Promise<unknown> {
  const { executor } = currentTask();
  if (own === undefined) return executor.submit(seen);
  return request.run({ id: own }, () => executor.submit(seen));
}

export async function nestMap(): Promise<unknown> {
  return currentTask().executor.map(seenFor, [1, 2, 3]);
}
