import type { CaptureContext } from "./context.js";
import { isNativeFunction } from "./natives.js";
import type { PropertyEntry } from "./payload.js";
import type { Trail } from "./trail.js";

/** Own properties of an object, except those named. */
export function propertiesOf(
  context: CaptureContext,
  holder: object,
  trail: Trail,
  except: readonly (string | symbol)[] = [],
): PropertyEntry[] {
  return Reflect.ownKeys(holder)
    .filter((key) => !except.includes(key))
    .map((key) => propertyEntry(context, holder, key, trail));
}

function propertyEntry(
  context: CaptureContext,
  holder: object,
  key: string | symbol,
  trail: Trail,
): PropertyEntry {
  const step = trail.to(propertyPart(key, holder));
  const name = typeof key === "symbol" ? context.slot(key, step) : key;
  const descriptor = Object.getOwnPropertyDescriptor(holder, key)!;
  const hidden = descriptor.enumerable ? {} : { hidden: true as const };
  const getter: unknown = descriptor["get"];
  const setter: unknown = descriptor["set"];
  // a native accessor is a value in disguise: `stack` of errors from Node 22 on
  const isAccessor = "get" in descriptor && !(getter !== undefined && isNativeFunction(getter));
  if (isAccessor)
    return [
      name,
      null,
      {
        ...(getter === undefined ? {} : { get: context.slot(getter, step) }),
        ...(setter === undefined ? {} : { set: context.slot(setter, step) }),
        ...hidden,
      },
    ];
  const slot = context.slot(Reflect.get(holder, key), step);
  return descriptor.enumerable ? [name, slot] : [name, slot, hidden];
}

function propertyPart(key: string | symbol, holder: object): string {
  if (typeof key === "symbol") return `[${String(key)}]`;
  return Array.isArray(holder) ? `[${key}]` : `.${key}`;
}
