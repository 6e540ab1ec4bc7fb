/**
 * Scopes and location of a function, through one in-process inspector session. No domain of the inspector is
 * enabled: calls of `Runtime` answer synchronously without it, and ordinary code keeps its speed (rule 1).
 *
 * @module
 */
import type { Session } from "node:inspector";

/** A scope that a function closes over, with a snapshot of its variables. */
export interface ScopeSnapshot {
  /** V8's name for the kind: `"Module"`, `"Closure (f)"`, `"Block"`, `"Script"`, `"Global"` … */
  readonly type: string;
  readonly variables: Record<string, unknown>;
}

/** Where V8 has a function's parameter list, counted from 0. */
export interface FunctionLocation {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What V8 tells of a function. */
export type FunctionDescription =
  | { readonly kind: "native" }
  | { readonly kind: "bound"; readonly target: unknown; readonly self: unknown; readonly args: unknown[] }
  | { readonly kind: "function"; readonly location: FunctionLocation; readonly scopes: ScopeSnapshot[] };

interface RemoteObject {
  readonly objectId?: string;
  readonly unserializableValue?: string;
  readonly value?: unknown;
}

interface InternalProperty {
  readonly name: string;
  readonly value?: RemoteObject;
}

/** An object that both sides of the session can reach: values go in and out through it as themselves. */
interface Holder {
  input: unknown;
  output: unknown;
}

const objectGroup = "ungil.capture";
const holderKey = Symbol.for("ungil.capture.holder");

let session: Session | undefined;
let holderId: string | undefined;
const holder: Holder = { input: undefined, output: undefined };

/** Sends one command. The in-process session calls back before `post` returns. */
export const post = (method: string, parameters: object = {}): unknown =>
  postTo(connect(), method, parameters);

function postTo(connected: Session, method: string, parameters: object = {}): unknown {
  let error: Error | null | undefined;
  let result: unknown;
  connected.post(method, parameters, (failure, answer) => {
    error = failure;
    result = answer;
  });
  if (error) throw new Error(`${method}: ${error.message}`, { cause: error });
  return result;
}

/** Listens to one event of the session. */
export function listen(event: string, listener: (message: object) => void): void {
  connect().on(event, listener);
}

/** Stops listening. */
export function unlisten(event: string, listener: (message: object) => void): void {
  session?.off(event, listener);
}

/** Most workers never capture a function, so that it is loaded when one does. */
const inspector = (): typeof import("node:inspector") => process.getBuiltinModule("node:inspector");

function connect(): Session {
  if (session) return session;
  const fresh = new (inspector().Session)();
  fresh.connect();
  session = fresh;
  return fresh;
}

function holderObject(): string {
  if (holderId !== undefined) return holderId;
  // the core module object is shared by every vm context, a global object is not (jest)
  const shared = inspector() as unknown as Record<symbol, Holder>;
  shared[holderKey] = holder;
  try {
    const expression = 'process.getBuiltinModule("inspector")[Symbol.for("ungil.capture.holder")]';
    const { result } = post("Runtime.evaluate", { expression, objectGroup: "ungil" }) as {
      result: RemoteObject;
    };
    if (result.objectId === undefined) throw new Error("the inspector did not hand out an object");
    holderId = result.objectId;
    return holderId;
  } finally {
    delete shared[holderKey];
  }
}

function callOnHolder(functionDeclaration: string, args: readonly object[] = []): RemoteObject {
  const { result } = post("Runtime.callFunctionOn", {
    objectId: holderObject(),
    functionDeclaration,
    arguments: args,
    objectGroup,
  }) as { result: RemoteObject };
  return result;
}

function objectIdOf(value: unknown): string {
  holder.input = value;
  try {
    const { objectId } = callOnHolder("function () { return this.input; }");
    if (objectId === undefined) throw new Error("the inspector did not hand out an object");
    return objectId;
  } finally {
    holder.input = undefined;
  }
}

/** The real value behind an inspector's handle. */
function valueOf({ objectId, unserializableValue, value }: RemoteObject): unknown {
  const argument =
    objectId !== undefined
      ? { objectId }
      : unserializableValue !== undefined
        ? { unserializableValue }
        : { value };
  callOnHolder("function (value) { this.output = value; }", [argument]);
  const output = holder.output;
  holder.output = undefined;
  return output;
}

/** Describes a function. Call {@link releaseHandles} when the capture is over. */
export function describeFunction(fn: object): FunctionDescription {
  const { internalProperties = [] } = post("Runtime.getProperties", {
    objectId: objectIdOf(fn),
    ownProperties: true,
  }) as { internalProperties?: InternalProperty[] };
  const internal = new Map(internalProperties.map(({ name, value }) => [name, value]));
  const target = internal.get("[[TargetFunction]]");
  if (target) {
    return {
      kind: "bound",
      target: valueOf(target),
      self: valueOf(internal.get("[[BoundThis]]") ?? {}),
      args: [...(valueOf(internal.get("[[BoundArgs]]") ?? {}) as unknown[])],
    };
  }
  const location = internal.get("[[FunctionLocation]]")?.value as FunctionLocation | undefined;
  if (!location) return { kind: "native" };
  const scopes: ScopeSnapshot[] = [];
  const scopesHandle = internal.get("[[Scopes]]");
  if (scopesHandle) {
    const raw = valueOf(scopesHandle) as ArrayLike<{ description: string; object: Record<string, unknown> }>;
    for (let index = 0; index < raw.length; index++) {
      const scope = raw[index]!;
      scopes.push({ type: scope.description, variables: scope.object });
    }
  }
  return { kind: "function", location, scopes };
}

/** One call on the stack, with line and column counted from 0. */
export interface StackFrame extends FunctionLocation {
  readonly url: string;
}

/**
 * The calls that led here, with the ids of their scripts. V8 tells them only to a session with the Runtime domain
 * on: a session of its own has it for the one command, which costs a tenth of a millisecond, some more after many
 * console messages, since they are reported to it.
 */
export function framesOnStack(): readonly StackFrame[] {
  const once = new (inspector().Session)();
  once.connect();
  try {
    postTo(once, "Runtime.enable");
    // an exception is reported with its stack; a silent one stops in no debugger
    const { exceptionDetails } = postTo(once, "Runtime.evaluate", {
      expression: "throw 0",
      silent: true,
    }) as {
      exceptionDetails?: { stackTrace?: { callFrames: StackFrame[] } };
    };
    return exceptionDetails?.stackTrace?.callFrames ?? [];
  } finally {
    once.disconnect();
  }
}

/** Lets go of every value that was described: a kept handle keeps its value alive. */
export function releaseHandles(): void {
  if (session) post("Runtime.releaseObjectGroup", { objectGroup });
}

/** What {@link uninitialised} variables are read as. */
export const uninitialised = Symbol("uninitialised");

/** Reads a variable of a snapshot: before its declaration ran, it throws from Node 22 on. */
export function readVariable(scope: ScopeSnapshot, name: string): unknown {
  try {
    return scope.variables[name];
  } catch {
    return uninitialised;
  }
}
