import type { TestContext } from "node:test";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { transfer } from "ungil";
import { Thread, type ThreadSettings } from "ungil/threading";

/** Starts a thread, and ends it with the test if nothing else has. */
export function started<A extends readonly unknown[]>(
  test: TestContext,
  target: (...args: A) => unknown,
  args: readonly [...A],
  settings: ThreadSettings = {},
): Thread {
  const thread = new Thread({
    target: target as unknown as (...args: unknown[]) => unknown,
    args,
    ...settings,
  });
  thread.start();
  test.after(async () => {
    thread.terminate();
    await thread.join();
  });
  return thread;
}

/** Calls a function in a thread of its own. @returns what it answers, once the thread has ended. */
export async function answerOf<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args: readonly [...A],
  settings: ThreadSettings = {},
): Promise<Awaited<R>> {
  const { port1, port2 } = new MessageChannel();
  const thread = new Thread({
    target: async (port: MessagePort, call: (...given: unknown[]) => unknown, ...given: unknown[]) => {
      port.postMessage(await call(...given));
    },
    args: [transfer(port2, [port2]), fn as unknown as (...given: unknown[]) => unknown, ...args],
    ...settings,
  });
  const answer = new Promise<Awaited<R>>((resolve, reject) => {
    port1.once("message", resolve);
    port1.once("close", () => reject(new Error("the thread has ended without an answer")));
  });
  thread.start();
  await thread.join();
  return answer.finally(() => port1.close());
}
