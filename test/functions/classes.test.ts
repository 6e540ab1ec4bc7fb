// oxlint-disable typescript/unbound-method -- lone methods are what is sent
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { after, test } from "node:test";
import { refusal, TestWorker } from "./harness.js";

const worker = new TestWorker();
after(() => worker.close());

const constant = 42;

class Base {
  constructor(public v: number) {}
  hi(): string {
    return `base${this.v}`;
  }
  static make(): Base {
    return new this(1);
  }
}
class Derived extends Base {
  #p = 5;
  static count = 3;
  static marked = "";
  static #hidden = 9;
  static {
    Derived.marked = "by block";
  }
  get p(): number {
    return this.#p;
  }
  override hi(): string {
    return `${super.hi()}derived${this.#p}`;
  }
  #private(): number {
    return 1;
  }
  callPrivate(): number {
    return this.#private();
  }
  static readHidden(): number {
    return Derived.#hidden;
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    yield 1;
  }
}

test("case 15: a class with private, static and accessor members works by value", async () => {
  const use = (): unknown[] => {
    const d = new Derived(2);
    return [
      d.hi(),
      d.p,
      Derived.count,
      Derived.marked,
      d.callPrivate(),
      Derived.readHidden(),
      Derived.make().hi(),
    ];
  };
  assert.deepEqual(await worker.run(use), ["base2derived5", 5, 3, "by block", 1, 9, "base1derived5"]);
  Derived.count = 77;
  assert.equal(await worker.run(() => Derived.count), 77);
});

test("case 16: a class that extends a local class, a mixin or a builtin", async () => {
  // oxlint-disable-next-line typescript/no-explicit-any -- TypeScript wants it of a mixin
  const mixin = <T extends new (...args: any[]) => object>(Parent: T) =>
    class Mixed extends Parent {
      mixed(): string {
        return "mixed";
      }
    };
  const Mixed = mixin(Base);
  class Failure extends RangeError {
    extra = 1;
  }
  const use = (): unknown[] => {
    const failure = new Failure("m");
    return [
      new Derived(1) instanceof Base,
      new Mixed(4).hi(),
      new Mixed(4).mixed(),
      failure.message,
      failure.extra,
      failure instanceof RangeError,
      failure instanceof Failure,
    ];
  };
  assert.deepEqual(await worker.run(use), [true, "base4", "mixed", "m", 1, true, true]);
});

test("case 17: computed member names keep the value they had", async () => {
  let key = "dyn";
  class C {
    [`${key}1`](): number {
      return constant;
    }
    static [key](): string {
      return "s";
    }
    get [Symbol.toStringTag](): string {
      return "C";
    }
  }
  key = "changed";
  const use = (): unknown[] => {
    const c = new C() as unknown as Record<string, () => unknown>;
    return [
      c["dyn1"]?.(),
      (C as unknown as Record<string, () => unknown>)["dyn"]?.(),
      Object.prototype.toString.call(c),
    ];
  };
  assert.deepEqual(await worker.run(use), [42, "s", "[object C]"]);
  const field = "field";
  class WithField {
    [field] = 1;
  }
  assert.match(refusal(() => new WithField()).message, /member name \[field\] was computed/);
});

test("case 18: instances keep their prototype, also in cycles", async () => {
  const inst = new Base(9);
  assert.deepEqual(await worker.run(() => [inst.hi(), inst instanceof Base]), ["base9", true]);
  class Node {
    next: Node | undefined;
    constructor(readonly name: string) {}
    follow(): string {
      return this.next!.name;
    }
  }
  const one = new Node("one");
  const two = new Node("two");
  one.next = two;
  two.next = one;
  assert.deepEqual(await worker.run(() => [one.follow(), two.follow(), one.next!.next === one]), [
    "two",
    "one",
    true,
  ]);
});

test("case 19: an instance with private members, or of a class over a native one, is refused", () => {
  const d = new Derived(1);
  const error = refusal(() => d.hi());
  assert.match(error.message, /`d`: it is an instance of class Derived with private \(#\) members/);
  class Emitter extends EventEmitter {}
  const emitter = new Emitter();
  assert.match(
    refusal(() => emitter.listenerCount("x")).message,
    /Emitter \(extends EventEmitter\), which holds native state/,
  );
  class OwnMap extends Map {}
  const own = new OwnMap();
  assert.match(refusal(() => own.size).message, /OwnMap \(extends Map\)/);
});

const object = {
  k: 3,
  m(): number {
    return this.k;
  },
  get g(): number {
    return this.k * 2;
  },
  set g(value: number) {
    this.k = value;
  },
  async later(): Promise<number> {
    return this.k;
  },
  *each(): Generator<number> {
    yield this.k;
  },
  [`comp`](x: number): number {
    return x;
  },
  "str-key"(): string {
    return "s";
  },
  12(): number {
    return 12;
  },
  nested: { f: (x: number): number => x + constant },
  [Symbol.iterator]: function* (): Generator<number> {
    yield 9;
  },
};

test("case 20: objects with methods, accessors, generators and symbol keys", async () => {
  const use = async (): Promise<unknown[]> => [
    object.m(),
    object.g,
    await object.later(),
    [...object.each()],
    (object as unknown as { comp(x: number): number }).comp(5),
    object["str-key"](),
    object[12](),
    object.nested.f(1),
    [...object],
  ];
  assert.deepEqual(await worker.run(use), [3, 6, 3, [3], 5, "s", 12, 43, [9]]);
  const assign = (): number => {
    object.g = 10;
    return object.k;
  };
  assert.equal(await worker.run(assign), 10);
});

test("case 21: a lone method works, one with super or an outer private name is refused", async () => {
  const lone = {
    m(this: unknown): string {
      return typeof this;
    },
  }.m;
  assert.equal(await worker.run(lone), "undefined");
  assert.equal(await worker.run(object["str-key"]), "s");
  assert.equal(await worker.run((object as unknown as { comp(x: number): number }).comp, 4), 4);
  const getter = Object.getOwnPropertyDescriptor(object, "g")!.get!;
  assert.equal(await worker.run(getter.bind({ k: 5 })), 10);
  assert.equal(await worker.run(Base.prototype.hi.bind({ v: 1 })), "base1");
  assert.match(refusal(Derived.prototype.hi).message, /#p|super/);
  const child = {
    q(): string {
      return String(super.toString());
    },
  };
  assert.match(refusal(child.q).message, /uses `super`, whose object cannot be found/);
  assert.match(refusal(Derived.prototype.callPrivate).message, /#private of the class around it/);
});

test("classes that refer to each other", async () => {
  class X {
    y(): string {
      return new Y().z();
    }
  }
  class Y {
    z(): string {
      return `z${typeof X}`;
    }
  }
  assert.equal(await worker.run(() => new X().y()), "zfunction");
});

test("static initialisers that run again leave captured variables as they were", async () => {
  let count = 1;
  const next = (): number => ++count;
  class Numbered {
    static id = next();
  }
  assert.deepEqual(await worker.run(() => [count, Numbered.id, next()]), [2, 2, 3]);
  assert.equal(count, 2);
});
