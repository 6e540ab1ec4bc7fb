import { TimeoutError } from "../../errors.js";

/**
 * Waits for something on this thread for a limited time, in ms. What it computes can't be ended here; what it awaits is
 * given up.
 */
export async function within<T>(promise: PromiseLike<T>, limit: number, message: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(message())), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
