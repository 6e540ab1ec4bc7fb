/** What the python experiment runs in Python: prints one object as JSON. Arguments: rounds, workers, steps, ms of a wait. */
export const pythonProgram = `
import asyncio, json, os, sys, time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

def burn(steps):
    state = 1
    for _ in range(steps):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
    return state

def pause(seconds):
    time.sleep(seconds)

async def together(workers, seconds):
    await asyncio.gather(*(asyncio.sleep(seconds) for _ in range(workers)))

def main():
    rounds, workers, steps = (int(text) for text in sys.argv[1:4])
    seconds = float(sys.argv[4]) / 1000
    with ThreadPoolExecutor(workers) as threads, ProcessPoolExecutor(workers) as processes:
        def all_of(executor, task, argument):
            for future in [executor.submit(task, argument) for _ in range(workers)]:
                future.result()
        runs = {
            "computeSequential": lambda: [burn(steps) for _ in range(workers)],
            "computeThreads": lambda: all_of(threads, burn, steps),
            "computeProcesses": lambda: all_of(processes, burn, steps),
            "waitSequential": lambda: [pause(seconds) for _ in range(workers)],
            "waitThreads": lambda: all_of(threads, pause, seconds),
            "waitAsyncio": lambda: asyncio.run(together(workers, seconds)),
        }
        times = {name: [] for name in runs}
        names = list(runs)
        for round in range(-1, rounds):
            for turn in range(len(names)):
                name = names[(turn + 1 + round) % len(names)]
                start = time.perf_counter()
                runs[name]()
                if round >= 0:
                    times[name].append((time.perf_counter() - start) * 1000)
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    interval = sys.getswitchinterval() * 1000
    print(json.dumps({
        "version": ".".join(str(part) for part in sys.version_info[:3]),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "gil": gil,
        "switchInterval": interval,
        "times": times,
    }))

if __name__ == "__main__":
    main()
`;
