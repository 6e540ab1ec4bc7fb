import { InvalidArgumentError } from "../../errors.js";
import { unknownMethod } from "../locks/unknown-method.js";
import { type Endpoint, Handle, handleKind, own, type Served } from "../sharing/index.js";
import { makers } from "./makers.js";
import { type Maker, make } from "./object-proxy.js";

/** What a manager makes and registers, in its own process. */
class ServedManager implements Served {
  readonly #registered = new Map<string, Maker>();
  readonly #shutdown: () => void;

  constructor(shutdown: () => void) {
    this.#shutdown = shutdown;
  }

  call(method: string, args: readonly unknown[]): unknown {
    const [name, ...rest] = args as [string, ...unknown[]];
    switch (method) {
      case "make":
        return makers[name]!(...(rest as never[]));
      case "register":
        this.#registered.set(name, rest[0] as Maker);
        return undefined;
      case "create":
        return make(this.#makerOf(name), rest);
      case "shutdown":
        return this.#shutdown();
      default:
        throw unknownMethod("Manager", method);
    }
  }

  #makerOf(name: string): Maker {
    const maker = this.#registered.get(name);
    if (maker) return maker;
    const names = [...this.#registered.keys()].map((each) => JSON.stringify(each)).join(", ");
    throw new InvalidArgumentError(
      "name",
      name,
      `registered with the manager (${names || "nothing is, so far"})`,
    );
  }
}

/** A manager's process as others see it. */
export class ManagerRoot extends Handle {
  ask<R>(method: "make" | "register" | "create" | "shutdown", args: readonly unknown[]): Promise<R> {
    return this.call<R>(method, args);
  }
}

const rootOf = (endpoint: Endpoint): ManagerRoot => Reflect.construct(ManagerRoot, [endpoint]) as ManagerRoot;

/** Makes one, in the manager's process. */
export const makeRoot = (shutdown: () => void): ManagerRoot =>
  rootOf(own("Manager", new ServedManager(shutdown)));

handleKind("Manager", rootOf);
