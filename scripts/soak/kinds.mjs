// Kinds of tasks: how often they are submitted, with what, and what may become of them.
import {
  CancelledError,
  QueueFullError,
  SerializationError,
  TimeoutError,
  UngilError,
  WorkerExitError,
} from "ungil";
import * as tasks from "./tasks.mjs";

const isValue = (id, value) => value === tasks.valueOf(id);

function echoed(id, value, [data]) {
  const same = value?.id === id && isValue(id, value.value);
  return same && JSON.stringify(value.data) === JSON.stringify(data);
}

const payload = (random) => {
  const size = random.integer(0, 4);
  if (size === 0)
    return { list: [1, 2.5, "three", null, true], nested: { text: "x".repeat(random.integer(0, 50)) } };
  if (size === 1) return "text ".repeat(random.integer(0, 2_000));
  if (size === 2) return Array.from({ length: random.integer(0, 300) }, (_, i) => ({ i, half: i / 2 }));
  return random.integer(-1e9, 1e9);
};

const exitsWith = (id, error) => error instanceof WorkerExitError && error.exitCode === (id % 100) + 1;
const saying = (errorClass, text) => (id, error) =>
  error instanceof errorClass && error.message === text.replace("#", id);

/** A task that behaves, with its arguments. */
const good = (weight, fn, args = () => [], accepts = isValue) => ({ weight, fn, args, accepts });
/** A fault that hurts nobody but the task itself. */
const own = (weight, fn, failsWith) => ({ weight, fn, args: () => [], failsWith });
/** A fault that takes the worker down while the task runs. */
const fatal = (weight, fn, failsWith) => ({ ...own(weight, fn, failsWith), fatal: true });
const crashed = (_id, error) => error instanceof WorkerExitError && error.reason === "exit";

export const kinds = [
  good(150, tasks.quick),
  good(50, tasks.echo, (random) => [payload(random)], echoed),
  good(10, tasks.burn, (random) => [random.integer(0, 300_000)]),
  good(10, tasks.later, (random) => [random.integer(0, 5)]),
  { ...good(4, tasks.nest, (random) => [random.integer(1, 5)]), submits: true },
  { ...good(3, tasks.failFirst, (random) => [random.integer(0, 3)]), retries: 3 },
  // these only end by being stopped
  { ...good(2, tasks.obey), mustStop: true },
  { ...good(2, tasks.obeyLater), mustStop: true },
  { ...good(1, tasks.ignore), mustStop: true, ends: true },
  own(3, tasks.throwing, saying(RangeError, "task #")),
  own(3, tasks.rejecting, saying(TypeError, "task #")),
  own(1, tasks.overflowing, (_id, error) => error instanceof RangeError),
  own(1, tasks.tooLarge, (_id, error) => error instanceof RangeError),
  own(2, tasks.uncloneable, (_id, error) => error instanceof SerializationError),
  own(1, tasks.hostile, (id, error) => error instanceof Error && error.message.includes(`hostile ${id}`)),
  fatal(1, tasks.exiting, exitsWith),
  fatal(1, tasks.vanishing, exitsWith),
  fatal(1, tasks.exitingLater, exitsWith),
  fatal(1, tasks.throwingInTimer, crashed),
  fatal(1, tasks.unhandled, crashed),
  fatal(
    0.2,
    tasks.exhausting,
    (_id, error) => error instanceof WorkerExitError && error.reason === "out-of-memory",
  ),
];

/** Only where tasks may lose their worker through no fault of their own. */
export const undermining = { ...good(1, tasks.undermining), undermines: true };

/** What is known to be wrong at the call. */
export const refusedAtCall = (error) => error instanceof QueueFullError;

export const isCancelled = (error) => error instanceof CancelledError;
export const isTimeout = (error) => error instanceof TimeoutError;
export const isLost = (error) => error instanceof WorkerExitError;
export const isOurs = (error) => error instanceof UngilError;
