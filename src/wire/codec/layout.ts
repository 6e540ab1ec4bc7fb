/** Where the values of an object come from, in the order of its keys. */
export interface ValueSource {
  value(): unknown;
}

type Maker = (source: ValueSource) => object;

/** Code is generated for a key list once that many objects with it were made: it costs as much as 100 of them. */
const worthGenerating = 32;

/** Most key lists that are kept for reuse by other connections. */
const mostLayouts = 4_000;

const layouts = new Map<string, Layout>();

let mayGenerate = true;

/** The layout for a key list; one per isolate, so that many short connections generate code once. */
export function layoutOf(keys: readonly string[]): Layout {
  const name = JSON.stringify(keys);
  let layout = layouts.get(name);
  if (layout === undefined) {
    if (layouts.size >= mostLayouts) layouts.clear();
    layouts.set(name, (layout = new Layout(keys)));
  }
  return layout;
}

/** Makes objects with given keys. */
export class Layout {
  readonly #keys: readonly string[];
  #made = 0;
  #maker: Maker | undefined;

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /** Makes an object of the next values. */
  make(source: ValueSource): object {
    if (this.#maker !== undefined) return this.#maker(source);
    if (++this.#made === worthGenerating) this.#maker = generate(this.#keys);
    const object = {};
    for (const key of this.#keys) setOwn(object, key, source.value());
    return object;
  }
}

/** Gives an object a property of its own, whatever `Object.prototype` has by that name: a setter, or a frozen one. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key in object) {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else (object as Record<string, unknown>)[key] = value;
}

/** A function whose object literal has the keys; undefined where the process forbids code from strings. */
function generate(keys: readonly string[]): Maker | undefined {
  if (!mayGenerate) return undefined;
  const properties = keys.map((key) => `${JSON.stringify(key)}:source.value()`);
  try {
    // oxlint-disable-next-line no-new-func, typescript/no-implied-eval -- keys are quoted, nothing else is put in
    return new Function("source", `return {${properties.join(",")}}`) as Maker;
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    mayGenerate = false;
    return undefined;
  }
}
