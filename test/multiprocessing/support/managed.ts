// Classes of which managers make objects: exports, so that their processes import them from here.

export class Counter {
  #n: number;
  readonly _secret = 1;

  constructor(n = 0) {
    this.#n = n;
  }

  get value(): number {
    return this.#n;
  }

  increment(by = 1): number {
    this.#n += by;
    return this.#n;
  }

  async later(): Promise<number> {
    await null;
    return this.#n;
  }

  itself(): this {
    return this;
  }
}

export class NotFound extends Error {
  override readonly name = "NotFound";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export class Store {
  find(key: string): string {
    throw new NotFound(`there is no ${key}`, 404);
  }

  unsendable(): unknown {
    return new WeakMap();
  }
}
