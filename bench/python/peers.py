"""Python's pools in the rows that have them: peers.py ROW CONTENDER WORKERS SIZE prints its metrics as JSON."""

import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def add_one(x):
    return x + 1


def executor_of(contender, workers):
    return {"python-threads": ThreadPoolExecutor, "python-processes": ProcessPoolExecutor}[contender](workers)


def tiny(contender, workers, size):
    """Submits tasks in windows and awaits all their results."""
    with executor_of(contender, workers) as executor:
        for future in [executor.submit(add_one, x) for x in range(size["warmUp"])]:
            future.result()
        start = time.perf_counter()
        for first in range(0, size["tasks"], size["window"]):
            futures = [executor.submit(add_one, x) for x in range(first, min(first + size["window"], size["tasks"]))]
            for future in futures:
                future.result()
        return {"perSecond": size["tasks"] / (time.perf_counter() - start)}


def single(contender, workers, size):
    """One task at a time."""
    with executor_of(contender, workers) as executor:
        for x in range(size["warmUp"]):
            executor.submit(add_one, x).result()
        times = []
        for x in range(size["tasks"]):
            start = time.perf_counter()
            executor.submit(add_one, x).result()
            times.append((time.perf_counter() - start) * 1e6)
        times.sort()
        return {"p50": times[len(times) // 2], "p99": times[int(len(times) * 0.99)]}


def mapped(contender, workers, size):
    """Maps over a range of numbers; a tuned chunk is the best of a few sizes."""
    items = range(size["items"])
    tuned = [1_000, 10_000, 50_000]
    best = 0.0
    if contender.startswith("python-processes"):
        with ProcessPoolExecutor(workers) as executor:
            for chunk in [1] if contender == "python-processes-1" else tuned:
                best = max(best, rate(len(items), lambda: list(executor.map(add_one, items, chunksize=chunk))))
    else:
        chunks = {"python-pool-1": [1], "python-pool-default": [None], "python-pool-tuned": tuned}[contender]
        with multiprocessing.Pool(workers) as pool:
            pool.map(add_one, range(1_000))
            for chunk in chunks:
                best = max(best, rate(len(items), lambda: pool.map(add_one, items, chunksize=chunk)))
    return {"perSecond": best}


def rate(count, action):
    start = time.perf_counter()
    action()
    return count / (time.perf_counter() - start)


def produce(queue, kind, items):
    make = {
        "numbers": lambda n: n,
        "objects": lambda n: {"id": n, "name": f"item {n}", "tags": ["first", "second"]},
        "buffers": lambda n: bytes(102_400),
    }[kind]
    for n in range(items):
        queue.put(make(n))


def queued(kind):
    """Takes items out of a queue that another process fills."""

    def row(contender, workers, size):
        queue = multiprocessing.Queue(2 * size["window"])
        process = multiprocessing.Process(target=produce, args=(queue, kind, size["items"]))
        process.start()
        queue.get()
        perSecond = rate(size["items"] - 1, lambda: [queue.get() for _ in range(size["items"] - 1)])
        process.join()
        return {"perSecond": perSecond}

    return row


ROWS = {"tiny-windows": tiny, "tiny-at-once": tiny, "single": single, "map": mapped}
ROWS.update({f"process-{name}": row for name, row in ROWS.items()})
ROWS.update({f"queue-{kind}": queued(kind) for kind in ["numbers", "objects", "buffers"]})

if __name__ == "__main__":
    row, contender, workers, size = sys.argv[1:]
    print(json.dumps(ROWS[row](contender, int(workers), json.loads(size))))
