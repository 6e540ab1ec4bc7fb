"""Writes programs.json: small random programs of tasks, and what Python's asyncio does with them.

    python3.13 make.py

A program is a list of steps; a step is [name, number, ...]. Time is virtual: a step of `ms` takes exactly so long. Each
program is run several times, with what happens in one moment in other orders: where that makes a difference, several
things happen at one moment, and what comes of it is the loop's own affair. Such a program is left out.
"""

import asyncio
import json
import os
import sys
import warnings
from random import Random

assert sys.version_info >= (3, 13), "the rules of cancellation are those of Python 3.13"

COUNT = 200
MOST_PER_PROGRAM = 60


class Maker:
    """Makes one program."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.times = set()
        self.number = -1
        self.tasks = []

    def program(self):
        return [*self.steps(3, 3), ["sleep", self.next(), self.ms()]]

    def next(self):
        self.number += 1
        return self.number

    def ms(self):
        """A time that no other step has."""
        while True:
            ms = self.random.randint(1, 400)
            if ms not in self.times:
                self.times.add(ms)
                return ms

    def chance(self, part):
        return self.random.random() < part

    def steps(self, depth, count=None):
        count = self.random.randint(1, 3) if count is None else count
        return [self.step(depth) for _ in range(count)]

    def children(self, depth):
        return [self.child(depth) for _ in range(self.random.randint(1, 3))]

    def child(self, depth):
        name = f"t{self.next()}"
        self.tasks.append(name)
        return [name, self.steps(depth)]

    def step(self, depth):
        n = self.next()
        inner = depth - 1
        kind = self.random.randrange(27 if depth > 0 else 12)
        if kind == 0:
            return ["log", n]
        if kind == 4 and self.chance(0.35):
            return ["raise", n, self.ms()]
        if kind in (5, 6) and self.tasks:
            return ["cancel", n, self.random.choice(self.tasks), self.ms()]
        if kind == 7:
            return [self.random.choice(["set", "await set"]), n, self.random.randrange(2)]
        if kind == 8:
            return [self.random.choice(["put", "get"]), n, self.random.randrange(2)]
        which = self.random.randrange(2)
        if kind == 9:
            return ["meet", n, which]
        if kind == 10:
            return self.random.choice([["task done", n, which, self.ms()], ["join queue", n, which]])
        if kind == 11 and self.chance(0.4):
            return self.random.choice(
                [["shut down", n, which, self.chance(0.5), self.ms()], ["break", n, which, self.ms()], ["reset", n, which, self.ms()]]
            )
        if kind in (12, 13, 14):
            return [
                "group",
                n,
                self.children(inner),
                self.steps(inner, self.random.randrange(3)),
                self.chance(0.6),
            ]
        if kind in (15, 16):
            return ["timeout", n, self.ms(), self.steps(inner), self.chance(0.7)]
        if kind == 17:
            return ["wait_for", n, self.ms(), self.steps(inner), self.chance(0.7)]
        if kind == 18:
            return ["gather", n, self.children(inner), self.chance(0.4)]
        if kind == 19:
            return ["shield", n, self.child(inner)]
        if kind == 20:
            return ["except", n, self.steps(inner)]
        if kind == 21:
            return ["finally", n, self.steps(inner), self.steps(0)]
        if kind == 22:
            return [
                "cancelled",
                n,
                self.steps(inner),
                self.random.choice(["raise", "go on", "sleep"]),
                self.ms(),
            ]
        if kind == 23:
            return ["spawn", n, self.child(inner)]
        if kind == 24 and self.tasks:
            return ["join", n, self.random.choice(self.tasks)]
        if kind == 25:
            return ["lock", n, self.random.randrange(2), self.steps(inner)]
        if kind == 26:
            return ["semaphore", n, self.random.randrange(2), self.steps(inner)]
        return ["sleep", n, self.ms()]


class Stuck(BaseException):
    """Nothing is going to happen any more."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes when there is nothing to do. With `order`, callbacks of one moment run in another order."""

    def __init__(self, order):
        super().__init__()
        self.now = 0.0
        self.order = order
        self._clock_resolution = 1e-9
        select = self._selector.select

        def pass_time(timeout=None):
            if timeout is None:
                raise Stuck()
            self.now += timeout
            if self.order:
                ready = list(self._ready)
                self.order.shuffle(ready)
                self._ready.clear()
                self._ready.extend(ready)
            return select(0)

        self._selector.select = pass_time

    def time(self):
        return self.now


class Run:
    """Runs one program, and notes what happens."""

    def __init__(self, loop):
        self.loop = loop
        self.trace = []
        self.tasks = {}
        self.events = [asyncio.Event(), asyncio.Event()]
        self.queues = [asyncio.Queue(1), asyncio.Queue(1)]
        self.locks = [asyncio.Lock(), asyncio.Lock()]
        self.semaphores = [asyncio.Semaphore(2), asyncio.Semaphore(2)]
        self.barriers = [asyncio.Barrier(2), asyncio.Barrier(3)]

    def note(self, text):
        self.trace.append([round(self.loop.time()), text])

    async def main(self, program):
        try:
            async with asyncio.timeout(3000):
                await self.steps(program)
            self.note("main ends")
        except BaseException as error:
            self.note(f"main: {words(error)}")

    async def steps(self, steps):
        for name, n, *rest in steps:
            for _ in range(self.loop.order.randrange(3) if self.loop.order else 0):
                await asyncio.sleep(0)
            await getattr(self, f"do_{name.replace(' ', '_')}")(n, *rest)

    async def body(self, name, steps):
        try:
            self.note(f"{name} starts")
            await self.steps(steps)
            self.note(f"{name} ends")
        except BaseException as error:
            self.note(f"{name}: {words(error)}")
            raise

    async def spawn(self, children, create=asyncio.create_task):
        made = []
        for name, steps in children:
            self.tasks[name] = create(self.body(name, steps))
            made.append(self.tasks[name])
        # all have begun, whatever the loop does first
        await asyncio.sleep(0)
        return made

    async def do_log(self, n):
        self.note(f"{n}")

    async def do_sleep(self, n, ms):
        await asyncio.sleep(ms)
        self.note(f"{n} slept")

    async def do_raise(self, n, ms):
        await asyncio.sleep(ms)
        raise ValueError(f"E{n}")

    async def do_cancel(self, n, name, ms):
        await asyncio.sleep(ms)
        task = self.tasks.get(name)
        if task:
            self.note(f"{n} cancels {name}: {'yes' if task.cancel() else 'no'}")
            # it takes turns of the loop until it has reached all that it concerns, this task maybe
            for _ in range(12):
                await asyncio.sleep(0)

    async def do_set(self, n, which):
        self.events[which].set()

    async def do_await_set(self, n, which):
        await self.events[which].wait()
        self.note(f"{n} is set")

    async def do_put(self, n, which):
        await self.queues[which].put(n)
        self.note(f"{n} put")

    async def do_get(self, n, which):
        self.note(f"{n} got {await self.queues[which].get()}")

    async def do_meet(self, n, which):
        self.note(f"{n} met {await self.barriers[which].wait()}")

    async def do_break(self, n, which, ms):
        await asyncio.sleep(ms)
        await self.barriers[which].abort()

    async def do_reset(self, n, which, ms):
        await asyncio.sleep(ms)
        await self.barriers[which].reset()

    async def do_task_done(self, n, which, ms):
        await asyncio.sleep(ms)
        self.queues[which].task_done()

    async def do_join_queue(self, n, which):
        await self.queues[which].join()
        self.note(f"{n} all done")

    async def do_shut_down(self, n, which, immediate, ms):
        await asyncio.sleep(ms)
        self.queues[which].shutdown(immediate)

    async def do_group(self, n, children, steps, catches):
        try:
            async with asyncio.TaskGroup() as group:
                await self.spawn(children, group.create_task)
                await self.steps(steps)
            self.note(f"{n} group ends")
        except BaseException as error:
            self.note(f"{n} group: {words(error)}")
            if not (catches and isinstance(error, BaseExceptionGroup)):
                raise

    async def do_timeout(self, n, ms, steps, catches):
        try:
            async with asyncio.timeout(ms):
                await self.steps(steps)
            self.note(f"{n} in time")
        except BaseException as error:
            self.note(f"{n} timeout: {words(error)}")
            if not (catches and isinstance(error, TimeoutError)):
                raise

    async def do_wait_for(self, n, ms, steps, catches):
        try:
            await asyncio.wait_for(self.steps(steps), ms)
            self.note(f"{n} in time")
        except BaseException as error:
            self.note(f"{n} wait_for: {words(error)}")
            if not (catches and isinstance(error, TimeoutError)):
                raise

    async def do_gather(self, n, children, return_exceptions):
        made = await self.spawn(children)
        try:
            results = await asyncio.gather(*made, return_exceptions=return_exceptions)
            self.note(f"{n} gathered {' '.join(words(each) for each in results)}")
        except BaseException as error:
            self.note(f"{n} gather: {words(error)}")
            raise

    async def do_shield(self, n, child):
        (task,) = await self.spawn([child])
        try:
            await asyncio.shield(task)
            self.note(f"{n} shield ends")
        except BaseException as error:
            self.note(f"{n} shield: {words(error)}")
            raise

    async def do_except(self, n, steps):
        try:
            await self.steps(steps)
        except (Exception, BaseExceptionGroup) as error:
            self.note(f"{n} caught {words(error)}")

    async def do_finally(self, n, steps, cleanup):
        try:
            await self.steps(steps)
        finally:
            self.note(f"{n} finally")
            await self.steps(cleanup)
            self.note(f"{n} cleaned up")

    async def do_cancelled(self, n, steps, then, ms):
        try:
            await self.steps(steps)
        except asyncio.CancelledError:
            self.note(f"{n} is cancelled")
            if then == "sleep":
                await asyncio.sleep(ms)
                self.note(f"{n} slept")
            if then != "go on":
                raise

    async def do_spawn(self, n, child):
        await self.spawn([child])

    async def do_join(self, n, name):
        task = self.tasks.get(name)
        if task and task is not asyncio.current_task():
            try:
                await task
                self.note(f"{n} joined")
            except BaseException as error:
                self.note(f"{n} join: {words(error)}")
                raise

    async def do_lock(self, n, which, steps):
        async with self.locks[which]:
            self.note(f"{n} locked")
            await self.steps(steps)

    async def do_semaphore(self, n, which, steps):
        async with self.semaphores[which]:
            self.note(f"{n} entered")
            await self.steps(steps)


def words(value):
    if isinstance(value, BaseExceptionGroup):
        # who awaits a task that fails has its error once more: in ungil it is there once
        return f"({' '.join(sorted({words(each) for each in value.exceptions}))})"
    if isinstance(value, asyncio.CancelledError):
        return "cancelled"
    if isinstance(value, TimeoutError):
        return "too late"
    if isinstance(value, asyncio.QueueShutDown):
        return "shut down"
    if isinstance(value, asyncio.BrokenBarrierError):
        return "broken"
    if isinstance(value, ValueError) and "task_done" in str(value):
        return "too often"
    return str(value) if isinstance(value, BaseException) else "fine"


def run(program, order=None):
    """What happens until the program ends; None where it never does."""
    loop = VirtualLoop(order)
    loop.set_exception_handler(lambda *_: None)
    run = Run(loop)
    try:
        loop.run_until_complete(run.main(program))
    except Stuck:
        return None
    finally:
        loop._selector.select = lambda timeout=None: []
    ends = [each for each in run.trace if each[1].startswith("main")]
    if not ends:
        return None
    end = ends[0]
    # what else happens in its last moment is a matter of order, too
    return [*sorted(each for each in run.trace if each[0] < end[0]), end]


def trace_of(program):
    """None where the order within a moment makes a difference."""
    trace = run(program)
    if trace is None or not 4 < len(trace) < MOST_PER_PROGRAM:
        return None
    # tasks that wait for each other in a circle: to cancel one is too much for Python
    if any("recursion" in what for _, what in trace):
        return None
    return trace if all(run(program, Random(each)) == trace for each in range(6)) else None


def main():
    sys.unraisablehook = lambda *_: None
    warnings.simplefilter("ignore")
    found = []
    seed = 0
    while len(found) < COUNT:
        program = Maker(seed).program()
        trace = trace_of(program)
        if trace:
            found.append({"seed": seed, "program": program, "trace": trace})
        seed += 1
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "programs.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(each, separators=(",", ":")) for each in found) + "\n]\n")
    print(f"{COUNT} of {seed} programs, {sum(len(each['trace']) for each in found)} events")


main()
