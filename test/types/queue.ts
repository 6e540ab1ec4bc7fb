// What a user writes with queues and pipes, and what the compiler says to it.
import { expectTypeOf } from "expect-type";
import type { Future, ThreadPoolExecutor } from "ungil";
import {
  type Connection,
  connectionWait,
  JoinableQueue,
  Pipe,
  Process,
  Queue,
  SimpleQueue,
} from "ungil/multiprocessing";

interface Job {
  readonly id: number;
}

const queue = new Queue<Job>(10);
expectTypeOf(queue.put({ id: 1 })).toEqualTypeOf<Promise<void>>();
expectTypeOf(queue.get({ timeout: 5, signal: new AbortController().signal })).toEqualTypeOf<Promise<Job>>();
expectTypeOf(queue.getNowait()).toEqualTypeOf<Promise<Job>>();
expectTypeOf(queue.qsize()).toEqualTypeOf<Promise<number>>();
expectTypeOf(queue.empty()).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(queue.maxsize).toEqualTypeOf<number>();
// @ts-expect-error an item of another type
void queue.put("job");
// @ts-expect-error no such option
void queue.get({ timout: 5 });
// @ts-expect-error a plain queue can't be joined
void queue.join();
// @ts-expect-error a number of items
export const wrong = new Queue<Job>("10");

export async function loop(): Promise<void> {
  for await (const job of queue) expectTypeOf(job).toEqualTypeOf<Job>();
  {
    await using own = new Queue<Job>();
    expectTypeOf(own).toEqualTypeOf<Queue<Job>>();
  }
}

const joinable = new JoinableQueue<Job>();
expectTypeOf(joinable.join({ timeout: 1 })).toEqualTypeOf<Promise<void>>();
expectTypeOf(joinable).toExtend<Queue<Job>>();
expectTypeOf(new SimpleQueue<Job>().get()).toEqualTypeOf<Promise<Job>>();

// ---- pipes ----
const [a, b] = Pipe<string, number>();
expectTypeOf(a).toEqualTypeOf<Connection<string, number>>();
expectTypeOf(b).toEqualTypeOf<Connection<number, string>>();
expectTypeOf(a.recv()).toEqualTypeOf<Promise<number>>();
expectTypeOf(b.recv()).toEqualTypeOf<Promise<string>>();
void a.send("text");
// @ts-expect-error the other end sends numbers
void a.send(5);
expectTypeOf(Pipe<Job>()).toEqualTypeOf<[Connection<Job, Job>, Connection<Job, Job>]>();
expectTypeOf(Pipe()[0].recv()).toEqualTypeOf<Promise<unknown>>();

const [reader, writer] = Pipe<Job>({ duplex: false });
expectTypeOf(reader.recv()).toEqualTypeOf<Promise<Job>>();
void writer.send({ id: 1 });
// @ts-expect-error it only receives
void reader.send({ id: 1 });
expectTypeOf(writer.recv()).toEqualTypeOf<Promise<never>>();
expectTypeOf(a.recvBytes()).toEqualTypeOf<Promise<Uint8Array>>();
expectTypeOf(a.recvBytesInto(new Float64Array(2), { offset: 8 })).toEqualTypeOf<Promise<number>>();
// @ts-expect-error a text is no buffer
void a.sendBytes("text");

expectTypeOf(connectionWait([a, b])).toEqualTypeOf<
  Promise<(Connection<string, number> | Connection<number, string>)[]>
>();
const child = new Process({
  target: async (end: Connection<number, string>) => void (await end.recv()),
  args: [b],
});
void connectionWait([a, reader, child.sentinel], { timeout: 10 });
// @ts-expect-error a number can't be waited for
void connectionWait([a, 5]);
export const wrongEnd = new Process({
  target: (end: Connection<number, string>) => end.recv(),
  // @ts-expect-error the child receives texts
  args: [reader],
});

// ---- as arguments of tasks ----
declare const pool: ThreadPoolExecutor;
expectTypeOf(pool.submit((jobs: Queue<Job>) => jobs.get(), queue)).toEqualTypeOf<Future<Job>>();
