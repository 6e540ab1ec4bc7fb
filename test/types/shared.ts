// What must and must not compile of records and maps that threads share.
import { expectTypeOf } from "expect-type";
import {
  attach,
  type Handle,
  type Lock,
  type RLock,
  SharedMap,
  SharedStruct,
  type SharedStructArray,
  type SharedStructClass,
} from "ungil/threading";

const Particle = SharedStruct.define({
  x: "float64",
  hits: "uint32",
  total: "bigint64",
  alive: "boolean",
  name: "string:32",
  colour: ["uint8", 3],
});
const particle = new Particle({ x: 1, total: 2n, alive: true, name: "n", colour: [1, 2, 3] });
expectTypeOf(particle.x).toEqualTypeOf<number>();
expectTypeOf(particle.total).toEqualTypeOf<bigint>();
expectTypeOf(particle.alive).toEqualTypeOf<boolean>();
expectTypeOf(particle.name).toEqualTypeOf<string>();
expectTypeOf(particle.colour).toExtend<Uint8Array>();
expectTypeOf(particle.lock).toEqualTypeOf<Lock | RLock>();
expectTypeOf(particle.toJSON().colour).toEqualTypeOf<number[]>();
expectTypeOf<InstanceType<typeof Particle>>().toEqualTypeOf<typeof particle>();
particle.x += 1;
// @ts-expect-error a number is no string
particle.name = 1;
// @ts-expect-error its elements can be changed, not itself
particle.colour = new Uint8Array(3);
// @ts-expect-error there is no such field
void particle.y;
// @ts-expect-error there is no such field
void new Particle({ y: 1 });
// @ts-expect-error a bigint is wanted
void new Particle({ total: 1 });
// @ts-expect-error no such type
void SharedStruct.define({ x: "float128" });
// @ts-expect-error a string has a most length
void SharedStruct.define({ x: "string" });

expectTypeOf(particle.atomic.add("hits", 1)).toEqualTypeOf<number>();
expectTypeOf(particle.atomic.add("total", 1n)).toEqualTypeOf<bigint>();
// @ts-expect-error only integers can be changed atomically
particle.atomic.add("x", 1);
// @ts-expect-error only single integers
particle.atomic.add("colour", 1);
// @ts-expect-error a bigint is no number
particle.atomic.add("hits", 1n);

const particles = Particle.array(3);
expectTypeOf(particles).toExtend<SharedStructArray<(typeof Particle)["fields"]>>();
expectTypeOf(particles.get(1)).toEqualTypeOf<typeof particle>();
expectTypeOf(particles.columns.x).toExtend<Float64Array>();
expectTypeOf(particles.columns.total).toExtend<BigInt64Array>();
expectTypeOf(particles.columns.alive).toExtend<Uint8Array>();
// @ts-expect-error strings have no column
void particles.columns.name;
for (const each of particles) expectTypeOf(each).toEqualTypeOf<typeof particle>();
expectTypeOf(Particle).toExtend<SharedStructClass<{ x: "float64" } & (typeof Particle)["fields"]>>();

const counts = new SharedMap<string, number>({ entries: 10 });
expectTypeOf(counts.get("k")).toEqualTypeOf<number | undefined>();
expectTypeOf(counts.add("k", 1)).toEqualTypeOf<number>();
expectTypeOf(counts.update("k", (n) => (n ?? 0) + 1)).toEqualTypeOf<number>();
expectTypeOf(counts.update("k", () => undefined)).toEqualTypeOf<number | undefined>();
expectTypeOf(counts.getOrSet("k", () => 1)).toEqualTypeOf<number>();
expectTypeOf([...counts]).toEqualTypeOf<[string, number][]>();
expectTypeOf(counts.set("k", 1)).toEqualTypeOf<typeof counts>();
// @ts-expect-error keys are strings
counts.get(1);
// @ts-expect-error values are numbers
counts.set("k", "1");
// @ts-expect-error it has a size
void new SharedMap();
// @ts-expect-error no such way to make room
void new SharedMap({ entries: 1, evict: "fifo" });
// @ts-expect-error an object can't be held
void new SharedMap<string, object>({ entries: 1 });
const texts = new SharedMap<number, string>({ entries: 10 });
// @ts-expect-error strings can't be added to
texts.add(1, 1);
// @ts-expect-error a promise can't be held
void texts.getOrSet(1, async () => "x");
expectTypeOf(new SharedMap<number, Uint8Array>({ entries: 1 }).get(1)).toEqualTypeOf<
  Uint8Array | undefined
>();
expectTypeOf(attach({} as Handle<typeof counts>)).toEqualTypeOf<typeof counts>();
