/**
 * Functions of JavaScript that C calls while a call runs. They run on the thread that made the call.
 *
 * @module
 */
import { scalarCheck } from "./numbers.js";
import { type Convert, isAddress } from "./pointers.js";
import { refuser } from "./refuse.js";
import type { CType, FunctionType } from "./types.js";

/**
 * Of an asynchronous call none are taken: C would have to wait on its thread until this one calls the function, for ever
 * if this thread ends meanwhile.
 */
export function callbackConverter(type: FunctionType, what: string): Convert {
  const refuse = refuser(what);
  const check = resultCheck(type.returns, what);
  return (value, state) => {
    if (isAddress(value)) return value;
    if (typeof value !== "function") return refuse(value, "a function, an address or null");
    if (state.isAsync) {
      return refuse(
        value,
        "an address or null: a JavaScript function can only be called back on its own thread. Call without submit, in a " +
          "task of a ThreadPoolExecutor if it takes long",
      );
    }
    const fallback = zeroOf(type.returns);
    return (...args: unknown[]) => {
      if (state.hasFailed) return fallback;
      try {
        return check((value as (...args: unknown[]) => unknown)(...args));
      } catch (error) {
        // it must not pass through C, whose frames know nothing of it
        state.fail(error);
        return fallback;
      }
    };
  };
}

function resultCheck(type: CType, what: string): (result: unknown) => unknown {
  if (type.kind === "void") return () => undefined;
  const refuse = refuser(`the result of ${what}`);
  const scalar = scalarCheck(type);
  if (scalar) return (result) => scalar(result, refuse);
  return (result) => (isAddress(result) ? result : refuse(result, "an address or null"));
}

/** What C gets from a callback that has thrown. */
function zeroOf(type: CType): unknown {
  if (type.kind === "void") return undefined;
  if (type.kind === "bool") return false;
  return type.kind === "pointer" ? null : 0;
}
