"""Items a second through Python's queue.Queue: queues.py KIND PAIRS ITEMS."""

import queue
import sys
import threading
import time

TEXT = "s" * 1024
MAKERS = {
    "numbers": lambda i: i,
    "objects": lambda i: {"id": i, "name": "item", "ok": True},
    "texts": lambda i: TEXT,
}


def run(make, pairs, count):
    items = queue.Queue(1024)
    start = threading.Barrier(2 * pairs + 1)

    def produce():
        start.wait()
        for i in range(count):
            items.put(make(i))

    def consume():
        start.wait()
        for _ in range(count):
            items.get()

    threads = [threading.Thread(target=each) for each in [produce, consume] * pairs]
    for thread in threads:
        thread.start()
    start.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return pairs * count / (time.perf_counter() - begun)


kind, pairs, total = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
run(MAKERS[kind], pairs, total // pairs // 4)
print(run(MAKERS[kind], pairs, total // pairs))
