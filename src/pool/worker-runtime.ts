/**
 * What runs inside an isolated worker: receives tasks, runs them, answers. How messages travel is the
 * entry file's business; the rest is the same for threads and processes.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { elapsed } from "../elapsed.js";
import { referenceTo, resolveReference } from "../functions/references.js";
import { FunctionReviver } from "../functions/revive.js";
import type { ChunkRequest } from "../futures/chunks.js";
import type { Executor } from "../futures/executor.js";
import { ReadShapes, ShapeTable } from "../wire/codec/shapes.js";
import { ValueReader } from "../wire/codec/value-reader.js";
import { ValueWriter } from "../wire/codec/value-writer.js";
import { type DecodeHooks, decode } from "../wire/decode.js";
import { type EncodeHooks, encode, refusal } from "../wire/encode.js";
import { memoryArrived } from "../wire/moved-memory.js";
import { receiveCarried, runAs } from "./carried.js";
import { ChunkEnd } from "./chunk-end.js";
import { type ChunkWorker, runChunkOf } from "./chunk-host.js";
import { taskStorage } from "./current-task.js";
import { ending, ResultWriter, readFrame } from "./frames.js";
import { initialize } from "./initialize.js";
import { KeptFunctions } from "./kept-functions.js";
import { Lane, Lanes } from "./lanes.js";
import { Link, type LinkMemory, type LinkPort } from "./link/index.js";
import { loadedWithin } from "./loading.js";
import { postEncoded } from "./post-encoded.js";
import {
  type FromWorker,
  status,
  type ToWorker,
  type WireFunction,
  type WireTask,
  type WorkerSetup,
} from "./protocol.js";
import { RunningTask, runningTaskOf, type TaskSurroundings } from "./running-task.js";
import { Lookout } from "./spin-lane.js";
import type { TaskWords } from "./status-words.js";
import { TaskLock } from "./task-lock.js";
import { isThenable } from "./thenable.js";
import { useDecoded } from "./use-decoded.js";
import type { OutputStream } from "./worker-output.js";
import { WorkerSubmissions } from "./worker-submissions.js";

type AnyFunction = (...args: unknown[]) => unknown;

/** How the runtime reaches its scheduler. */
export interface RuntimeChannel {
  readonly port: LinkPort;
  readonly memory: LinkMemory | undefined;
  /** See `EncodeHooks`. */
  readonly copiesMemory: boolean;
  /** Where both sides say what became of the tasks here. */
  readonly words: TaskWords;
  /** Lets the worker end when nothing else keeps it; what it prints until then still travels. */
  close(): void;
  /** What `maxMemoryPerWorker` limits, in bytes. */
  memoryInUse(): number;
  /** Settles when all that was printed so far has arrived. */
  outputHandedIn(): Promise<void>;
}

/** Tasks give way to timers and I/O after this many ms; while others of them wait for something, earlier. */
const turnTime = 10;
const sharedTurnTime = 1;

/** While there is more to do, the other side is woken for results every so many ms. */
const ringTime = 0.5;

export class WorkerRuntime implements TaskSurroundings {
  readonly words: TaskWords;
  readonly #channel: RuntimeChannel;
  readonly #setup: WorkerSetup;
  readonly #link: Link<FromWorker, ToWorker>;
  readonly #results = new ResultWriter(new ValueWriter(), new ShapeTable());
  readonly #reader = new ValueReader(new ReadShapes());
  readonly #reviver = new FunctionReviver();
  readonly #functions = new KeptFunctions(this.#reviver);
  readonly #lanes: Lanes;
  readonly #lookout: Lookout | undefined;
  /** Tasks that have returned a promise, by status word. */
  readonly #waiting = new Map<number, RunningTask>();
  readonly #submissions: WorkerSubmissions;
  readonly #lock = new TaskLock();
  readonly #inbound: DecodeHooks;
  /** What travels back: data and errors. */
  readonly #outbound: EncodeHooks;
  /** The lane that the frame which is being read becomes. */
  #arriving: Lane | undefined;
  #working = false;
  #workPlanned = false;
  /** The time, as of the last look at the clock. */
  #now = elapsed();
  /** ms that tasks have kept the event loop busy since it last had a turn: messages may come without one. */
  #busy = 0;
  /** When the other side was last woken for results. */
  #rung = 0;

  constructor(channel: RuntimeChannel, setup: WorkerSetup) {
    this.#channel = channel;
    this.words = channel.words;
    this.#outbound = { referenceTo, copiesMemory: channel.copiesMemory };
    this.#setup = setup;
    this.#lanes = new Lanes(setup.tasksPerWorker);
    this.#link = new Link<FromWorker, ToWorker>("worker", channel.memory, channel.port, {
      message: (message) => this.#receive(message),
      frame: (memory, word, wordCount, byte, byteCount) => {
        readFrame(this.#reader, this, memory, word, wordCount, byte, byteCount);
        if (this.#arriving) this.#lanes.add(this.#arriving);
        this.#arriving = undefined;
      },
    });
    if (setup.spinCells) this.#lookout = new Lookout(setup.spinCells, this.#link);
    this.#inbound = {
      reviveFunction: (shipped) => {
        const { graph, codes } = shipped as Extract<WireFunction, { graph: unknown }>;
        this.#reviver.addCodes(codes);
        return this.#reviver.revive(graph);
      },
      resolveClass: (reference) => resolveReference(reference as never) as Promise<AnyFunction | undefined>,
    };
    this.#submissions = new WorkerSubmissions(setup, {
      post: (message, transfer) => this.#link.post(message, transfer),
      waits: (task) => this.#waiting.has(task.word),
    });
  }

  /** See `TaskSurroundings`. */
  get executor(): Executor {
    return this.#submissions.executor;
  }

  /** Runs the initializer, then says that tasks may come. */
  async start(): Promise<void> {
    try {
      await initialize(this.#setup, this.#lock, this.#reviver, this.#inbound);
    } catch (error) {
      return this.#tellError("broken", error);
    }
    this.#link.post({ kind: "ready" });
  }

  /** A message came through the port. */
  receive(envelope: unknown): void {
    this.#link.wake();
    this.#link.received(envelope);
    this.#now = elapsed();
    this.#work();
  }

  /** Messages came that lie in no queue, and bring no event of their own. */
  receiveAll(envelopes: readonly unknown[]): void {
    for (const envelope of envelopes) this.#link.hold(envelope);
    this.#link.drain();
    this.#now = elapsed();
    this.#work();
  }

  /** Tells what was printed here and now. */
  tellOutput(stream: OutputStream, text: string | Uint8Array): void {
    const { id: task = -1, word = -1 } = runningTaskOf(taskStorage.getStore()) ?? {};
    this.#link.post({ kind: "output", stream, text, task, word });
  }

  /** Wakes the other side for the results so far, if it sleeps. */
  #ring(): void {
    this.#rung = this.#now;
    this.#link.ring();
  }

  /** See `FrameReceiver`. */
  task(word: number, id: number, fn: number, attempt: number, args: unknown[], lent: boolean): void {
    this.#arriving ??= new Lane(lent);
    this.#arriving.add(word, id, attempt, this.#functions.get(fn), args);
  }

  /** See `TaskSurroundings`. */
  report(task: RunningTask, report: unknown): void {
    const { value, marked, transfer } = encode(report, "progress", this.#outbound, [], "moved");
    const { word } = task;
    if (word < 0) return;
    try {
      this.#link.post({ kind: "progress", word, value, marked }, transfer);
    } catch (error) {
      throw refusal(value, "progress", error);
    }
  }

  // ── running tasks ─────────────────────────────────────────────────────────────────────────────────────

  /** Runs what there is to run, then sleeps until the bell rings. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    try {
      for (;;) {
        const lane = this.#lanes.next();
        if (lane) {
          if (!this.#run(lane)) return this.#planWork();
        } else if (this.#link.drain() === 0) {
          this.#ring();
          if (this.#lookForMore()) continue;
          if (this.#link.sleep()) return;
        }
      }
    } finally {
      this.#working = false;
    }
  }

  #lookForMore(): boolean {
    // promises need the event loop
    if (this.#waiting.size > 0 || this.#busy > turnTime) return false;
    return this.#lookout?.look() === true;
  }

  /** Goes on when timers and I/O have had their turn. */
  #planWork(): void {
    this.#ring();
    if (this.#workPlanned) return;
    this.#workPlanned = true;
    setImmediate(() => {
      this.#workPlanned = false;
      this.#busy = 0;
      this.#now = elapsed();
      this.#work();
    });
  }

  /** Runs the tasks of a lane until one has to be waited for; false when the event loop is due for a turn. */
  #run(lane: Lane): boolean {
    this.#now = elapsed();
    this.#lookout?.resumed(this.#now);
    while (!lane.done) {
      if (this.#busy > (this.#waiting.size > 0 ? sharedTurnTime : turnTime)) {
        this.#lanes.putBack(lane);
        return false;
      }
      if (!this.#runNext(lane)) return true;
      if (this.#now - this.#rung > ringTime) this.#ring();
    }
    this.#lanes.end();
    return true;
  }

  /** Runs the next task of a lane; false when it has to be waited for. */
  #runNext(lane: Lane): boolean {
    const at = lane.at++;
    const word = lane.words[at]!;
    const fn = lane.functions[at]!;
    const args = lane.args[at]!;
    // rule 2: whoever changes the word first decides whether the task runs
    if (!this.words.change(word, status.sent, status.begun)) {
      this.#answer(word, ending.prevented, undefined, 0);
      lane.discard(at);
      return true;
    }
    const task = new RunningTask(lane.ids[at]!, lane.attempts[at]!, word, this);
    const { chunk } = lane;
    const combine = chunk?.combine;
    const arriving = lane.carried && receiveCarried(task, lane.carried, this.#inbound);
    const loads = typeof fn !== "function" || lane.marked || typeof combine === "object" || arriving;
    // what is still to be loaded needs no lock
    const entering = loads ? undefined : this.#lock.enter(task);
    if (loads || entering) {
      this.#waitFor(this.#prepare(fn, args, lane, task, arriving, entering), task, word, lane);
      return false;
    }
    const start = this.#now;
    let value: unknown;
    let ok = true;
    let waits = false;
    try {
      if (chunk) value = this.#runChunk(task, fn, chunk.request, combine);
      else value = runAs(task, fn, args);
      // within: `then` may be a getter that throws
      waits = isThenable(value);
    } catch (error) {
      ok = false;
      value = error;
    }
    if (waits) {
      this.#busy += elapsed() - start;
      this.#waitFor(value as PromiseLike<unknown>, task, word, lane, start);
      return false;
    }
    task.end();
    this.#lock.leave(task);
    this.#now = elapsed();
    const ran = this.#now - start;
    this.#busy += ran;
    this.#answer(word, ok ? 0 : ending.failed, value, ran);
    return true;
  }

  /** Runs a task whose function or arguments are not there yet. */
  async #prepare(
    revived: AnyFunction | Promise<AnyFunction>,
    raw: unknown,
    { marked, chunk }: Lane,
    task: RunningTask,
    arriving: Promise<void> | undefined,
    entering: Promise<void> | undefined,
  ): Promise<unknown> {
    const load = async (): Promise<[AnyFunction, AnyFunction | undefined, unknown]> => {
      const [fn] = await Promise.all([revived, arriving]);
      return [fn, await chunk?.combine, marked ? await decode(raw, this.#inbound) : raw];
    };
    const [fn, combine, args] = await loadedWithin(this.#setup.importTimeout, load());
    await (entering ?? this.#lock.enter(task));
    if (chunk) return this.#runChunk(task, fn, chunk.request, combine);
    return runAs(task, fn, args as unknown[]);
  }

  #runChunk(
    task: RunningTask,
    fn: AnyFunction,
    request: ChunkRequest,
    combine: AnyFunction | undefined,
  ): unknown {
    const worker: ChunkWorker = {
      inbound: this.#inbound,
      outbound: this.#outbound,
      post: (message, transfer) => this.#link.post(message, transfer),
    };
    return runAs(task, runChunkOf as AnyFunction, [task, worker, this.#lock.forItems(fn), request, combine]);
  }

  #waitFor(
    promise: PromiseLike<unknown>,
    task: RunningTask,
    word: number,
    lane: Lane,
    start = this.#now,
  ): void {
    this.#waiting.set(word, task);
    const settled = (flags: number, value: unknown): void => {
      this.#waiting.delete(word);
      task.end();
      this.#lock.leave(task);
      this.#now = elapsed();
      this.#answer(word, flags | ending.waited, value, this.#now - start);
      if (lane.done) this.#lanes.end();
      else this.#lanes.putBack(lane);
      this.#work();
    };
    // a promise of the user's making may call back at once, or twice
    Promise.resolve(promise).then(
      (value) => settled(0, value),
      (error: unknown) => settled(ending.failed, error),
    );
  }

  // ── answers ───────────────────────────────────────────────────────────────────────────────────────────

  #answer(word: number, flags: number, value: unknown, ran: number): void {
    if (ChunkEnd.is(value)) return this.#answerChunk(word, flags, value, ran);
    this.#reportMemory();
    // sent at once: the next task may take long, and whoever waits for this one may look for it before the bell
    const frame = this.#results.write(word, flags, value, ran);
    if (frame) return this.#link.send(frame);
    const ok = (flags & ending.failed) === 0;
    const waited = (flags & ending.waited) !== 0;
    postEncoded(value, ok ? "result" : "error", this.#outbound, (encoded, marked, transfer, refused) =>
      this.#link.post(
        {
          kind: "done",
          result: {
            word,
            ok: ok && !refused,
            value: encoded,
            marked,
            ran,
            waited,
            moves: transfer.length > 0,
          },
        },
        transfer,
      ),
    );
  }

  #answerChunk(word: number, flags: number, { answer, transfer }: ChunkEnd, ran: number): void {
    this.#reportMemory();
    const waited = (flags & ending.waited) !== 0;
    const moves = transfer.length > 0;
    this.#link.post(
      { kind: "done", result: { word, ok: true, value: answer, marked: false, ran, waited, moves } },
      transfer,
    );
  }

  #reportMemory(): void {
    if (!this.#setup.reportMemory) return;
    this.#link.post({ kind: "memory", bytes: this.#channel.memoryInUse() });
  }

  /** An error that nobody catches is about to end the worker. */
  dyingOf(error: unknown): void {
    this.#tellError("dying", error);
  }

  #tellError(kind: "broken" | "dying", error: unknown): void {
    postEncoded(error, "error", this.#outbound, (value, marked) =>
      this.#link.post({ kind, error: value, marked }),
    );
  }

  // ── what arrives ──────────────────────────────────────────────────────────────────────────────────────

  #receive(message: ToWorker): void {
    switch (message.kind) {
      case "learn":
        for (const page of message.pages) this.words.adopt(page);
        return this.#functions.learn(message.functions, message.codes);
      case "run":
        return this.#lanes.add(this.#laneOf(message.task, message.lent));
      case "chunk": {
        const { word, id, attempt, functions, request, lent, carried } = message;
        const [fn, combine] = functions.map((each) => this.#functions.get(each));
        const lane = new Lane(lent, false, { request, combine }, carried);
        lane.add(word, id, attempt, fn!, []);
        return this.#lanes.add(lane);
      }
      case "forget":
        return this.#functions.forget(message.functions, message.codes);
      case "abort": {
        const task = this.#waiting.get(message.word);
        if (!task) return;
        return useDecoded(message.reason, message.marked, this.#inbound, (reason) =>
          // what listens is the task's code
          runAs(task, () => task.abort(reason), []),
        );
      }
      case "settled": {
        const { ticket, outcome } = message;
        return useDecoded(outcome.value, outcome.marked, this.#inbound, (value) =>
          this.#submissions.settle(ticket, outcome, value),
        );
      }
      case "reported":
        return useDecoded(message.value, message.marked, this.#inbound, (value) =>
          this.#submissions.report(message.ticket, value),
        );
      case "handIn":
        return void this.#channel.outputHandedIn().then(() => this.#link.post({ kind: "handedIn" }));
      case "stop":
        this.#ring();
        return this.#channel.close();
    }
  }

  #laneOf({ word, id, attempt, fn, args, marked, carried, moves }: WireTask, lent: boolean): Lane {
    if (moves) memoryArrived();
    const lane = new Lane(lent, marked, undefined, carried);
    lane.add(word, id, attempt, this.#functions.of(fn), args as unknown[]);
    return lane;
  }
}
