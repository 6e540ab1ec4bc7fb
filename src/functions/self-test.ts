import { describeFunction, releaseHandles } from "./inspector.js";

/** How functions can be captured here. */
export interface CaptureMode {
  /** `"full"`: any function, with its captured variables. */
  readonly mode: "full" | "by-reference-only";
  /** Why not in full. */
  readonly reason?: string;
}

let mode: CaptureMode | undefined;

/**
 * Whether this runtime lets captured variables be read: tested once, by capturing a known closure.
 * `[[Scopes]]` is internal to V8 and was missing in Node 19.2; Node's permission model can deny the inspector.
 */
export function captureMode(): CaptureMode {
  mode ??= test();
  return mode;
}

function test(): CaptureMode {
  const probe = { known: true };
  const closure = (): object => probe;
  try {
    const description = describeFunction(closure);
    const seen =
      description.kind === "function" &&
      description.scopes.some(({ variables }) =>
        // by value: a minifier may have renamed it
        Object.values(Object.getOwnPropertyDescriptors(variables)).some(({ value }) => value === probe),
      );
    releaseHandles();
    return seen
      ? { mode: "full" }
      : { mode: "by-reference-only", reason: "this V8 does not show the scopes of a function" };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const reason =
      code === "ERR_ACCESS_DENIED"
        ? "Node's permission model denies the inspector (allow it with --allow-inspector, from Node 24 on)"
        : `the inspector cannot be used here (${message})`;
    return { mode: "by-reference-only", reason };
  }
}
