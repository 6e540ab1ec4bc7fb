"""One fault for concurrent.futures.ProcessPoolExecutor; writes what child.mjs writes, to descriptor 3."""
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, TimeoutError as Late, wait


def hold(ms):
    time.sleep(ms / 1000)
    return os.getpid()


def exit_now(_):
    os._exit(3)


def exit_in_timer(_):
    threading.Timer(0.05, os._exit, [3]).start()
    time.sleep(1.5)


def fail():
    raise ValueError("thrown in a thread")


def throw_in_timer(_):
    threading.Timer(0.05, fail).start()
    time.sleep(1.5)


def overflow(depth):
    return overflow(depth + 1) + 1


def exhaust(_):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))
    kept = []
    while True:
        kept.append(bytearray(1 << 20))


def return_function(_):
    return lambda: 1


class Unpicklable(Exception):
    def __reduce__(self):
        raise RuntimeError("pickling throws")


def throw_unpicklable(_):
    raise Unpicklable()


def throw_circular(_):
    error = ValueError("its own cause")
    error.__cause__ = error
    raise error


def say(**seen):
    os.write(3, (json.dumps(seen) + "\n").encode())


def outcome(future, cause, limit):
    try:
        future.result(limit)
    except Late:
        return {"hangs": True}
    except BaseException as error:
        return {"ms": max(0, round((time.monotonic() - cause) * 1000)), "error": type(error).__name__}
    return {"ms": max(0, round((time.monotonic() - cause) * 1000))}


def submit(pool, fn, argument=0):
    try:
        return pool.submit(fn, argument)
    except BaseException as error:
        from concurrent.futures import Future

        failed = Future()
        failed.set_exception(error)
        return failed


TASKS = {
    "none": (hold, 0),
    "exit-now": (exit_now, 0),
    "exit-timer": (exit_in_timer, 50),
    "throw-timer": (throw_in_timer, 50),
    "stack-overflow": (overflow, 0),
    "heap": (exhaust, 0),
    "result-function": (return_function, 0),
    "error-getter": (throw_unpicklable, 0),
    "error-circular": (throw_circular, 0),
}
SKIPPED = {
    "exit-promise": "no promise chains",
    "unhandled-rejection": "no promises",
    "endless-loop": "no means to stop running work",
    "abort-running": "no means to stop running work",
    "aborted-before": "takes no signal",
    "error-proxy": "no proxies",
    "module-throws": "no worker module",
    "module-hangs": "no worker module",
    "terminate": "no forced end before 3.14",
}


def main(fault, limit):
    if fault in SKIPPED:
        return say(skip=SKIPPED[fault])
    pool = ProcessPoolExecutor(2, **({"initializer": fail} if fault == "initializer" else {}))
    now = time.monotonic

    def recovery():
        seen = [submit(pool, hold, 200) for _ in range(2)]
        wait(seen, limit)
        well = all(one.done() and one.exception() is None for one in seen)
        say(recover=("full" if len({one.result() for one in seen}) == 2 else "partly") if well else "no")

    if fault in TASKS or fault == "killed":
        fn, after = TASKS.get(fault, (hold, 100))
        neighbour = submit(pool, hold, 700)
        begin = now()
        hit = submit(pool, fn, 3000 if fault == "killed" else 0)
        queued = [submit(pool, hold, 10) for _ in range(3)]
        if fault == "killed":
            time.sleep(0.1)
            begin, after = now(), 0
            os.kill(list(pool._processes)[-1], signal.SIGKILL)
        say(settle=outcome(hit, begin + after / 1000, limit))
        say(neighbours=[outcome(one, begin, limit) for one in [neighbour, *queued]])
        recovery()
    elif fault == "abort-queued":
        running = [submit(pool, hold, 600) for _ in range(2)]
        extra = [submit(pool, hold, 10) for _ in range(4)]
        begin = now()
        extra[3].cancel()
        say(settle={**outcome(extra[3], begin, limit), "started": False})
        say(neighbours=[outcome(one, begin, limit) for one in [*running, *extra[:3]]])
        recovery()
    elif fault == "initializer":
        say(settle=outcome(submit(pool, hold, 10), now(), limit))
    elif fault == "close":
        running = [submit(pool, hold, 500) for _ in range(2)]
        waiting = [submit(pool, hold, 10) for _ in range(2)]
        time.sleep(0.1)
        begin = now()
        pool.shutdown()
        say(settle={"ms": round((now() - begin) * 1000), "call": True})
        kept = lambda seen: {
            "done": sum(one.exception() is None for one in seen),
            "failed": sum(one.exception() is not None for one in seen),
            "hang": 0,
        }
        say(running=kept(running), waiting=kept(waiting))
    elif fault == "submit-after-close":
        pool.shutdown()
        say(settle=outcome(submit(pool, hold, 10), now(), limit))
    elif fault == "crash-loop":
        begin = now()
        seen = [outcome(submit(pool, exit_now), begin, limit) for _ in range(20)]
        say(settle=seen[-1])
        recovery()
    pool.shutdown(wait=True)
    say(done=True)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) / 1000)
