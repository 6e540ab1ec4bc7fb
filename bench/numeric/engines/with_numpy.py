"""Measures operations of NumPy: a line of JSON with operation, dtype and n in, the times in microseconds out."""
import json
import sys
import time

import numpy as np

arrays = {}


def given(dtype, n, k):
    key = (dtype, n, k)
    if key not in arrays:
        rng = np.random.default_rng(k)
        shape = (n, n) if n == 1024 else n
        arrays[key] = rng.random(shape).astype(dtype)
    return arrays[key]


def work(operation, dtype, n):
    a, b, c = (given(dtype, n, k) for k in range(3))
    out = given(dtype, n, 3)
    mask = given("bool", n, 4) if operation == "count" else None
    rng = np.random.default_rng(1)
    return {
        "sum": lambda: a.sum(),
        "mean": lambda: a.mean(),
        "std": lambda: a.std(),
        "var": lambda: a.var(),
        "min": lambda: a.min(),
        "max": lambda: a.max(),
        "dot": lambda: a.dot(b),
        "cumsum": lambda: a.cumsum(out=out),
        "histogram": lambda: np.histogram(a, bins=100, range=(0, 1)),
        "sort": lambda: np.sort(a),
        "argsort": lambda: np.argsort(a),
        "random": lambda: rng.random(n, dtype=dtype),
        "random-numpy": lambda: rng.random(n, dtype=dtype),
        "fused": lambda: a * b + c,
        "triad": lambda: a + 3 * b,
        "sqrt": lambda: np.sqrt(a, out=out),
        "exp": lambda: np.exp(a, out=out),
        "log": lambda: np.log(a, out=out),
        "sin": lambda: np.sin(a, out=out),
        "count": lambda: np.count_nonzero(a > 0.5),
        "matmul": lambda: np.matmul(a, b, out=out),
        "matmul-blas": lambda: np.matmul(a, b, out=out),
    }[operation]


print(json.dumps({"ready": f"NumPy {np.__version__}"}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        run = work(asked["operation"], asked["dtype"], asked["n"])
        times = []
        for _ in range(asked["repetitions"]):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1e6)
        print(json.dumps({"times": times}), flush=True)
    except Exception as error:  # the row is then missing for this engine
        print(json.dumps({"missing": str(error)}), flush=True)
