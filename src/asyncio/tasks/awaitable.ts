import { InvalidArgumentError } from "../../errors.js";
import type { Future } from "../../futures/future.js";

/** What can be waited for: a task, a future, a promise, or a function, which is called. */
export type Awaitable<T> = Future<T> | PromiseLike<T> | (() => T | PromiseLike<T>);

/** What an {@link Awaitable} gives. */
export type AwaitedOf<A> = A extends (...args: never[]) => infer R ? Awaited<R> : Awaited<A>;

/** Whether a value has a method `then`. @throws what its getter throws. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === "object" && value !== null) || typeof value === "function") &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** @throws InvalidArgumentError for what can't be waited for. */
export function checkAwaitable(argument: string, value: unknown): void {
  if (typeof value === "function" || isThenable(value)) return;
  throw new InvalidArgumentError(argument, value, "a function, a task, a future or a promise");
}

/** A limit in ms, `null` for none; one that has passed (0 or less) is one. @throws InvalidArgumentError. */
export function checkLimit(argument: string, value: unknown): number | null {
  if (value === null || (typeof value === "number" && !Number.isNaN(value))) return value;
  throw new InvalidArgumentError(argument, value, "a time in ms, or null for no limit");
}
