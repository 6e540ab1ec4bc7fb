/**
 * The scheduler's side of a worker that is reached by messages: what is common to threads and processes.
 * A host adds how messages travel and how the worker ends.
 *
 * @module
 */
import { SerializationError } from "../errors.js";
import type { ShippedFunction } from "../functions/index.js";
import {
  type EncodeHooks,
  encode,
  memoryArrived,
  ReadShapes,
  refusal,
  ShapeTable,
  ValueReader,
  ValueWriter,
} from "../wire/index.js";
import type { Batch } from "./batch.js";
import { encodeCarriedBy, refusalOfCarried, type WireCarried } from "./carried.js";
import type { Channel } from "./channel.js";
import { ChunkCall } from "./chunk-call.js";
import { Decoding } from "./decoding.js";
import { ending, RunWriter, readFrame } from "./frames.js";
import { FunctionLedger } from "./function-ledger.js";
import type { HostWorker, SendTerms, WorkerEvents, WorkerExit } from "./host.js";
import { inbound } from "./inbound.js";
import { joinStacks } from "./join-stacks.js";
import { Link } from "./link/index.js";
import { NestedSubmissions, passing } from "./nested-submissions.js";
import { outbound } from "./outbound.js";
import { type FromWorker, status, type ToWorker, type WireResult, type WireTask } from "./protocol.js";
import { quietEnds } from "./quiet-ends.js";
import { postReason } from "./reason.js";
import type { GivenWords } from "./status-words.js";
import type { Task } from "./task.js";
import type { TaskKind } from "./task-kind.js";
import { noteWakeUp } from "./wake-cost.js";

/** Frames that are taken in within one turn of the event loop: timers and sockets have a turn in between. */
const framesPerTurn = 256;

/** Frames of so many bytes take about as long to be read as it takes to wake the worker for them. */
const worthRinging = 128 * 1024;

export class MessageWorker implements HostWorker {
  readonly #channel: Channel;
  readonly #events: WorkerEvents;
  readonly #executorName: string;
  readonly #link: Link<ToWorker, FromWorker>;
  readonly #words: GivenWords;
  readonly #outbound: EncodeHooks;
  readonly #ledger = new FunctionLedger();
  readonly #frame = new RunWriter(new ValueWriter(), new ShapeTable());
  readonly #reader = new ValueReader(new ReadShapes());
  /** By status word: its task, unless the scheduler is done with it; the worker has not answered for the word. */
  readonly #sent: (Task | undefined)[] = [];
  readonly #quietEnds = quietEnds(this.#sent);
  readonly #nested: NestedSubmissions;
  /** The stable function that was sent last, and its number in the worker. */
  #known: ShippedFunction | undefined;
  #knownNumber = 0;
  /** Answers that are still being decoded: a worker's end is told after them. */
  readonly #decoding: Decoding;
  /** Messages have been taken in since the event loop last had a turn. */
  #inTurn = false;
  /** Whether there is more to take in in the next turn. */
  #goesOn = false;
  #gone = false;
  /** Whether it was woken for the first of the frames that are being sent. */
  #woken = false;
  /** Bytes of frames that were sent since the bell was last rung. */
  #unannounced = 0;
  /** What it said it is about to end of. */
  #dyingOf: { readonly error: unknown } | undefined;
  answers = 0;
  ghosts = 0;
  /** Whoever does not stop is ended. */
  readonly occupied = false;
  /** Whether it was asked to end. */
  stopping = false;

  constructor(channel: Channel, events: WorkerEvents, executorName: string) {
    this.#channel = channel;
    this.#words = channel.words;
    this.#outbound = { ...outbound, copiesMemory: channel.copiesMemory };
    this.#events = events;
    this.#executorName = executorName;
    this.#decoding = new Decoding(executorName, () => events.told());
    this.#link = new Link<ToWorker, FromWorker>("scheduler", channel.memory, channel.port, {
      message: (message) => this.#receive(message),
      frame: (memory, word, wordCount, byte, byteCount) =>
        readFrame(this.#reader, this, memory, word, wordCount, byte, byteCount),
    });
    this.#nested = new NestedSubmissions({
      executorName,
      post: (message, transfer) => this.#link.post(message, transfer),
      submit: (submission) => this.#events.nested(submission),
    });
  }

  send(tasks: readonly Task[], batch: Batch, terms: SendTerms): boolean {
    const { lent, mayMove } = terms;
    let postponed: Task[] | undefined;
    let refusals: [Task, SerializationError][] | undefined;
    this.#channel.sending();
    for (let at = 0; at < tasks.length; at++) {
      const task = tasks[at]!;
      let known: unknown = task.args;
      let carried: WireCarried | undefined;
      try {
        // what follows stays in use until the worker has answered for the task
        const word = this.#words.take();
        task.word = word;
        this.#sent[word] = task;
        if (at === 0) batch.word = word;
        const { kind } = task;
        carried = encodeCarriedBy(task, outbound);
        if (kind.isChunk) {
          this.#sendChunk(task, kind.fn as ChunkCall, lent, carried);
          continue;
        }
        if (!carried && this.#addToFrame(task, kind, lent)) continue;
        // rule 9: what only structured clone can copy gets a message of its own, else two tasks would share objects
        this.#sendFrame();
        const encoded = encode(task.args, "arguments", this.#outbound, task.options.transfer, "moved");
        known = encoded.value;
        if (encoded.moves && !mayMove) {
          (postponed ??= []).push(task);
          this.#forget(task.word);
          continue;
        }
        const { id, attempt } = task;
        const fn = this.#ledger.refer(task.fn as ShippedFunction);
        this.#teach(task);
        const { value, marked, transfer } = encoded;
        const moves = transfer.length > 0;
        const wireTask: WireTask = { id, attempt, fn, args: value, marked, word, carried, moves };
        this.#link.post({ kind: "run", task: wireTask, lent }, transfer);
        task.moved = encoded.moves;
      } catch (error) {
        this.#forget(task.word);
        (refusals ??= []).push([
          task,
          refusalOfCarried(carried, error) ?? refusal(known, "arguments", error),
        ]);
      }
    }
    this.#sendFrame();
    const forget = this.#ledger.takeOldest();
    if (forget) {
      this.#known = undefined;
      this.#link.post(forget);
    }
    const woken = this.#ring() || this.#woken;
    this.#woken = false;
    // last: the scheduler calls the user's callbacks, which may stop the other tasks
    if (postponed) for (const task of postponed.toReversed()) terms.postponed(task);
    if (refusals) for (const [task, error] of refusals) terms.refused(task, error);
    return woken;
  }

  prevent(task: Task): boolean {
    return task.word >= 0 && this.#words.change(task.word, status.sent, status.prevented);
  }

  askToStop(task: Task, reason: unknown): void {
    const { word } = task;
    if (word < 0 || !this.#words.change(word, status.begun, status.asked)) return;
    postReason(reason, outbound, (value, marked) =>
      this.#link.post({ kind: "abort", word, reason: value, marked }),
    );
  }

  hasBegun(task: Task): boolean {
    return task.word >= 0 && this.#words.read(task.word) !== status.sent;
  }

  isWaiting(batch: Batch): boolean {
    return batch.left === batch.size && batch.word >= 0 && this.#words.read(batch.word) === status.sent;
  }

  get unwritten(): number {
    return this.#channel.unwritten;
  }

  get asleep(): boolean {
    return this.#link.otherSleeps;
  }

  release(task: Task): void {
    if (task.word < 0) return;
    // rule 2: the word stays in use until the worker has answered for it, which may not have looked yet
    this.#sent[task.word] = undefined;
    task.word = -1;
    this.#channel.output?.ended(task);
    this.ghosts++;
  }

  poll(): void {
    // whole: a message taken by hand has no event any more, and its sender reckons with one
    this.#takeIn();
  }

  relieve(ahead: boolean): void {
    if (!(ahead && this.#link.takeAhead(this.#quietEnds))) this.#link.relieve();
  }

  /** Asks for what the worker has printed. */
  handIn(): void {
    this.#link.post({ kind: "handIn" });
  }

  look(): boolean {
    if (this.#link.drain(framesPerTurn) === 0) return false;
    this.#events.told();
    return true;
  }

  attend(): void {
    this.#link.wake();
  }

  rest(): void {
    this.#takeIn();
  }

  stop(): void {
    this.stopping = true;
    this.#link.post({ kind: "stop" });
  }

  terminate(): void {
    this.#channel.terminate();
  }

  keepAlive(alive: boolean): void {
    this.#channel.keepAlive(alive);
  }

  /** A message came through the port. */
  receive(envelope: unknown): void {
    this.#link.hold(envelope);
    this.#arrived();
  }

  /** Messages came that lie in no queue, and bring no event of their own. */
  receiveAll(envelopes: readonly unknown[]): void {
    for (const envelope of envelopes) this.#link.hold(envelope);
    this.#arrived();
  }

  /**
   * Node delivers up to a thousand messages before timers and sockets have a turn, and a bell that answers what the
   * last one set off is among them.
   */
  #arrived(): void {
    if (this.#inTurn) this.#goesOn = true;
    else {
      this.#beginTurn();
      this.#takeIn();
    }
  }

  /** Takes in all that the worker sent before its end. */
  takeInAll(): void {
    const { port } = this.#channel;
    for (let next = port.receive(); next; next = port.receive()) this.#link.received(next.message);
    while (this.#link.drain() > 0);
  }

  /** The worker ended, and nothing more comes. */
  async exited(exit: WorkerExit): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    if (this.#decoding.goesOn) await this.#decoding.done();
    this.#events.exited({ ...this.#dyingOf, ...exit });
    this.#sent.length = 0;
    this.#nested.close();
  }

  /** Takes in what has arrived, a part in each turn of the event loop, then sleeps until the bell rings. */
  #takeIn(): void {
    try {
      do {
        if (this.#link.drain(framesPerTurn) < framesPerTurn) continue;
        this.#goesOn = true;
        this.#beginTurn();
        return;
      } while (!this.#link.sleep());
    } finally {
      this.#events.told();
    }
  }

  #beginTurn(): void {
    if (this.#inTurn) return;
    this.#inTurn = true;
    setImmediate(() => {
      this.#inTurn = false;
      if (!this.#goesOn) return;
      this.#goesOn = false;
      this.#beginTurn();
      this.#takeIn();
    });
  }

  // ── tasks on their way out ────────────────────────────────────────────────────────────────────────────

  /** Whether the task is in the frame that is being written now. */
  #addToFrame(task: Task, kind: TaskKind, lent: boolean): boolean {
    const shipped = kind.fn as ShippedFunction;
    if (shipped !== this.#known) {
      if (!shipped.stable) return false;
      this.#knownNumber = this.#ledger.keep(shipped);
      this.#known = shipped;
    }
    if (kind.options.transfer) return false;
    if (this.#words.hasFreshPages || this.#ledger.hasNews) this.#teach(task);
    const frame = this.#frame;
    if (!frame.add(task.word, task.id, this.#knownNumber, task.attempt, task.args, lent)) return false;
    if (frame.full) {
      this.#sendFrame();
      // it reads while the next one is written
      if (this.#unannounced >= worthRinging && this.#ring()) this.#woken = true;
    }
    return true;
  }

  /** Copied, not moved unless the user asked for it: it can be taken back, and sent again. */
  #sendChunk(task: Task, call: ChunkCall, lent: boolean, carried: WireCarried | undefined): void {
    this.#sendFrame();
    const functions = call.functions.map((shipped) => this.#ledger.keep(shipped));
    this.#teach(task);
    const { word, id, attempt } = task;
    const { transfer = [] } = task.options;
    const { request } = call;
    this.#link.post({ kind: "chunk", word, id, attempt, functions, request, lent, carried }, transfer);
    task.moved = transfer.length > 0;
  }

  #sendFrame(): void {
    if (this.#frame.count === 0) return;
    const frame = this.#frame.finish();
    this.#unannounced += 4 * frame.wordCount + frame.byteCount;
    this.#link.send(frame);
  }

  /** Before the tasks, in a message of its own: a task's arguments may turn out not to be cloneable. */
  #teach(task: Task): void {
    const pages = this.#words.takeFreshPages();
    const news = this.#ledger.takeNews();
    if (pages.length === 0 && !news) return;
    const { functions, codes } = news ?? { functions: [], codes: [] };
    try {
      this.#link.post({ kind: "learn", functions, codes, pages });
    } catch (cause) {
      this.#words.untold(pages);
      this.#known = undefined;
      if (news) this.#ledger.untold(news);
      throw new SerializationError(`the function ${task.name} can't be sent: ${String(cause)}`, task.name, {
        cause,
      });
    }
  }

  /** The task of a word that is not in use any more. */
  #forget(word: number): Task | undefined {
    const task = this.#sent[word];
    this.#sent[word] = undefined;
    this.#words.giveBack(word);
    if (task) {
      task.word = -1;
      this.#channel.output?.ended(task);
    } else this.ghosts--;
    return task;
  }

  #ring(): boolean {
    const start = performance.now();
    this.#unannounced = 0;
    const woken = this.#link.ring();
    if (woken) noteWakeUp(performance.now() - start);
    return woken;
  }

  // ── what comes back ───────────────────────────────────────────────────────────────────────────────────

  /** See `FrameReceiver`. */
  result(word: number, flags: number, value: unknown, ran: number): void {
    this.answers++;
    const task = this.#forget(word);
    if (!task) return;
    this.#events.finished(task, (flags & ending.failed) === 0, value, ran, (flags & ending.waited) !== 0);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        return this.#events.ready();
      case "broken": {
        const broken = (error: unknown): void => this.#events.initializerFailed(error);
        return this.#decoding.decode(message.error, message.marked, broken, broken);
      }
      case "dying":
        return this.#decoding.decode(message.error, message.marked, (error) => {
          this.#dyingOf = { error };
        });
      case "done":
        return this.#done(message.result);
      case "part": {
        this.answers++;
        if (message.moves) memoryArrived();
        const call = this.#sent[message.word]?.fn;
        if (call instanceof ChunkCall) call.handedIn(message.answer);
        return;
      }
      case "output": {
        const { stream, text, task, word } = message;
        return this.#channel.output?.tell(stream, text, task, this.#sent[word]);
      }
      case "handedIn":
        return this.#channel.handedIn();
      case "memory":
        return this.#events.memory(message.bytes);
      case "progress": {
        const task = this.#sent[message.word];
        if (!task) return;
        return this.#decoding.decode(message.value, message.marked, (report) =>
          this.#events.progress(task, report),
        );
      }
      case "submit": {
        const { submission } = message;
        const parent = this.#sent[submission.parent];
        return this.#decoding.decode(
          submission.args,
          submission.marked,
          (args) => this.#nested.submit(submission, parent, args),
          (error) => this.#nested.refuse(submission.ticket, error),
          passing(inbound),
        );
      }
      case "gaveWay":
        for (const word of message.tasks) {
          const task = this.#sent[word];
          if (task) this.#events.gaveWay(task);
        }
        return;
      case "cancel":
        return this.#decoding.decode(message.reason, message.marked, (reason) =>
          this.#nested.future(message.ticket)?.abort(reason),
        );
    }
  }

  #done(result: WireResult): void {
    this.answers++;
    const { word, ok, ran, waited, moves } = result;
    if (moves) memoryArrived();
    const task = this.#sent[word];
    if (!task) return void this.#forget(word);
    const finished = (succeeded: boolean, value: unknown): void => {
      // the ladder may have settled it while its answer was being decoded
      if (task.word === word) this.#events.finished(task, succeeded, value, ran, waited);
    };
    this.#decoding.decode(
      result.value,
      result.marked,
      (value) => {
        if (!ok) joinStacks(value, task.origin, this.#executorName);
        finished(ok, value);
      },
      (cause) =>
        finished(false, new SerializationError("the result can't be read here", "result", { cause })),
      inbound,
      () => this.#forget(word),
    );
  }
}
