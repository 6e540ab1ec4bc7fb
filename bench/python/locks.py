"""What Python's threading.Lock costs, in ns."""

import platform
import threading
import time

TIMES = 200_000
HAND_OFFS = 5_000


def uncontended() -> float:
    lock = threading.Lock()
    start = time.perf_counter_ns()
    for _ in range(TIMES):
        lock.acquire()
        lock.release()
    return (time.perf_counter_ns() - start) / TIMES


def hand_off() -> float:
    semaphores = [threading.Semaphore(1), threading.Semaphore(0)]

    def side(own: int) -> None:
        for _ in range(HAND_OFFS):
            semaphores[own].acquire()
            semaphores[1 - own].release()

    other = threading.Thread(target=side, args=(1,))
    start = time.perf_counter_ns()
    other.start()
    side(0)
    other.join()
    return (time.perf_counter_ns() - start) / (2 * HAND_OFFS)


print(f"Python {platform.python_version()}: threading.Lock, free {sorted(uncontended() for _ in range(7))[3]:.0f}")
print(f"hand-off by two threading.Semaphores {sorted(hand_off() for _ in range(7))[3]:.0f}")
