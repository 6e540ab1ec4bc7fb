"""Writes what NumPy makes of arrays with all edge cases: python3 make.py, which needs NumPy 1.24."""

import json
import os
import sys

import numpy as np
from evaluate import evaluate, pack

sys.path.insert(0, os.path.dirname(__file__))

FLOATS = ["float64", "float32"]
WHOLES = ["int32", "uint32", "int16", "uint16", "int8", "uint8"]
ALL = [*FLOATS, *WHOLES, "bool"]

rng = np.random.RandomState(20260101)


def sample(dtype, shape):
    size = int(np.prod(shape))
    if dtype == "bool":
        return (rng.random_sample(size) < 0.5).reshape(shape)
    if dtype in FLOATS:
        return (rng.random_sample(size) * 20 - 10).astype(dtype).reshape(shape)
    info = np.iinfo(dtype)
    return np.array([rng.randint(info.min, info.max + 1, dtype="int64") for _ in range(size)]).astype(dtype).reshape(shape)


def special(dtype):
    return np.array([0.0, -0.0, 1.5, np.inf, -2.5, np.nan, -np.inf, 3.0, np.nan, 1.5], dtype)


def zeros(dtype):
    return np.array([0, -0.0, 1, 0, 0, 2, 0], dtype)


def arrays(shapes, dtypes=ALL, specials=True):
    for dtype in dtypes:
        for shape in shapes:
            yield {"a": sample(dtype, shape)}
        if specials:
            yield {"a": zeros(dtype)}
            if dtype in FLOATS:
                yield {"a": special(dtype)}
                yield {"a": np.array([[1, np.nan, 3], [4, 2, -np.inf]], dtype)}


def cases(expressions, inputs):
    for arrays in inputs:
        packed = {name: pack(a) for name, a in arrays.items()}
        yield {"inputs": packed, "outputs": {e: evaluate(e, packed) for e in expressions}}


def write(family, *groups):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), family + ".json")
    with open(path, "w") as file:
        json.dump([case for group in groups for case in group], file, separators=(",", ":"))
        file.write("\n")


WHOLE = ["sum", "prod", "mean", "var", "std", "min", "max", "argmin", "argmax", "any", "all", "count_nonzero", "median"]

write(
    "reductions",
    cases([f"np.{name}(a)" for name in WHOLE], arrays([(1,), (37,)])),
    cases(
        [
            "np.sum(a, axis=0)",
            "np.sum(a, axis=1)",
            "np.sum(a, axis=2)",
            "np.sum(a, axis=(0, 2))",
            "np.prod(a, axis=1)",
            "np.mean(a, axis=0, keepdims=True)",
            "np.var(a, axis=1, ddof=1)",
            "np.std(a, axis=(1, 2))",
            "np.min(a, axis=0)",
            "np.max(a, axis=-1, keepdims=True)",
            "np.argmin(a, axis=1)",
            "np.argmax(a, axis=0)",
            "np.any(a, axis=1)",
            "np.all(a, axis=2)",
            "np.count_nonzero(a, axis=1)",
            "np.median(a, axis=1)",
        ],
        arrays([(3, 5, 4)], specials=False),
    ),
    cases(["np.ptp(a)", "np.ptp(a, axis=0)"], arrays([(4, 5)], [*FLOATS, *WHOLES], False)),
    cases(["np.quantile(a, 0.3)", "np.quantile(a, [0, 0.25, 1])"], arrays([(1,), (38,)], ["float64", "int16"])),
    cases(["np.quantile(a, [0.1, 0.9], axis=1)"], arrays([(3, 5, 4)], ["float64", "uint8"], False)),
    cases(["np.sum(a)", "np.prod(a)", "np.any(a)", "np.all(a)", "np.count_nonzero(a)"], arrays([(0,)], specials=False)),
)

write(
    "scans",
    cases(["np.cumsum(a)", "np.cumprod(a)", "np.diff(a)"], arrays([(1,), (21,)])),
    cases(
        ["np.cumsum(a, axis=0)", "np.cumsum(a, axis=-1)", "np.cumprod(a, axis=1)", "np.diff(a, axis=1)", "np.diff(a, n=2, axis=0)"],
        arrays([(3, 4, 2)], specials=False),
    ),
)

write(
    "sorting",
    cases(
        ["np.sort(a)", "np.argsort(a, kind='stable')", "np.unique(a)", "np.unique(a, return_counts=True)[1]"],
        arrays([(1,), (30,)]),
    ),
    cases(
        ["np.sort(a, axis=0)", "np.sort(a, axis=1)", "np.argsort(a, axis=0, kind='stable')", "np.unique(a, return_inverse=True)[1].reshape(a.shape)", "np.unique(a, return_index=True)[1]"],
        arrays([(4, 9)], specials=False),
    ),
    cases(
        ["np.searchsorted(np.sort(a), b)", "np.searchsorted(np.sort(a), b, side='right')"],
        ({"a": sample(dtype, (31,)), "b": sample(dtype, (2, 9))} for dtype in ALL),
    ),
    cases(
        ["np.searchsorted(np.sort(a), a)", "np.searchsorted(np.sort(a), a, side='right')"],
        ({"a": special(dtype)} for dtype in FLOATS),
    ),
    cases(
        ["np.histogram(a)[0]", "np.histogram(a)[1]", "np.histogram(a, bins=4, range=(-3, 50))[0]", "np.histogram(a, bins=[-5, 0, 1, 7.5])[0]"],
        arrays([(1,), (60,)], [*FLOATS, *WHOLES], False),
    ),
    cases(["np.histogram(a, 7, density=True)[0]"], arrays([(50,)], ["float64", "int8"], False)),
    cases(
        ["np.bincount(a)", "np.bincount(a, minlength=300)", "np.bincount(a, weights=a * 0.5)"],
        ({"a": sample("uint8", (50,)).astype(dtype)} for dtype in ["uint8", "int32"]),
    ),
)

RNG = "np.random.default_rng(20260101)"

write(
    "random",
    cases(
        [
            f"{RNG}.random(37)",
            f"{RNG}.random((3, 5), dtype=np.float32)",
            "(lambda r: (r.random(3, dtype=np.float32), r.random(4, dtype=np.float32), r.random(2))[1])(" + RNG + ")",
            "(lambda r: (r.random(3, dtype=np.float32), r.random(4, dtype=np.float32), r.random(2))[2])(" + RNG + ")",
            "np.random.default_rng(0).random(3)",
            "np.random.default_rng(2**70 + 5).random(3)",
            "np.random.default_rng([1, 2**40, 3, 4, 5, 6]).random(3)",
            "np.random.Generator(np.random.PCG64(np.random.SeedSequence(7).spawn(3)[2])).random(3)",
            f"{RNG}.integers(10, size=50)",
            f"{RNG}.integers(-5, 2**31 - 1, 20, dtype=np.int32)",
            f"{RNG}.integers(0, 2**32, 20, dtype=np.uint32)",
            f"{RNG}.integers(-2**40, 2**45, 20)",
            f"{RNG}.integers(0, 2**32, 20)",
            f"{RNG}.integers(0, 2**32 - 1, 20)",
            f"{RNG}.integers(-7, 1000, 21, dtype=np.int16)",
            f"{RNG}.integers(0, 2**16, 21, dtype=np.uint16)",
            f"{RNG}.integers(-128, 100, 23, dtype=np.int8)",
            f"{RNG}.integers(0, 256, 23, dtype=np.uint8)",
            f"{RNG}.integers(3, 3, 4, endpoint=True, dtype=np.uint8)",
            f"{RNG}.integers(0, 2, 40, dtype=bool)",
            f"{RNG}.normal(size=600)",
            f"{RNG}.normal(10, 0.5, (3, 4))",
            f"{RNG}.exponential(size=400)",
            f"{RNG}.exponential(2.5, (4, 3))",
            f"{RNG}.permutation(60)",
            f"{RNG}.permutation(np.arange(24, dtype=np.int16).reshape(6, 4))",
            f"{RNG}.permutation(np.arange(24, dtype=np.float64).reshape(6, 4), axis=1)",
            "(lambda r, a: (r.shuffle(a), a)[1])(" + RNG + ", np.arange(30, dtype=np.int32))",
            "(lambda r, a: (r.shuffle(a, axis=1), a)[1])(" + RNG + ", np.arange(30, dtype=np.int32).reshape(5, 6))",
            f"{RNG}.choice(20, 12)",
            f"{RNG}.choice(20, 12, replace=False)",
            f"{RNG}.choice(20, 12, replace=False, shuffle=False)",
            f"{RNG}.choice(20000, 30, replace=False)",
            f"{RNG}.choice(20000, 600, replace=False)[:50]",
            f"{RNG}.choice(5, 12, p=[0.1, 0.2, 0.3, 0.15, 0.25])",
            f"{RNG}.choice(6, 5, replace=False, p=[0.1, 0.2, 0.3, 0.15, 0.25, 0])",
            f"{RNG}.choice(np.arange(24, dtype=np.int16).reshape(6, 4), (2, 3))",
            "(lambda r: [r.random(), r.integers(100), r.normal(), r.integers(100), r.random()])(" + RNG + ")",
        ],
        [{}],
    ),
)
