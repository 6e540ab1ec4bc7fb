"""Makes arrays.json: what NumPy 2 says of printing, promotion, ranges and files. Run: python3 arrays.py > arrays.json"""
import base64, io, itertools, json, zlib
import numpy as np

TYPES = "float64 float32 int32 uint32 int16 uint16 int8 uint8 bool".split()
# a float32 that is 1000 times another one in their own precision only
RATIO = [next(k for k in range(1, 200) if float(np.float32(float(np.float32(k / 7)) * 1000)) / float(np.float32(k / 7)) > 1000
              and np.float32(float(np.float32(k / 7)) * 1000) / np.float32(k / 7) == np.float32(1000))]
rng = np.random.default_rng(20)


def data(a):
    """Elements of an array, deflated."""
    return {"dtype": a.dtype.name, "shape": list(a.shape),
            "bytes": base64.b64encode(zlib.compress(np.ascontiguousarray(a).tobytes(), 9)).decode()}


def printed(a):
    return {**data(a), "str": str(a), "repr": repr(a)}


def cases():
    nan, inf = np.nan, np.inf
    for t in TYPES:
        for shape in [(), (0,), (1,), (3,), (0, 3), (3, 0), (2, 3), (2, 1, 3), (2, 2, 2, 2), (1, 1)]:
            yield np.arange(np.prod(shape)).reshape(shape).astype(t)
        yield np.array([0, 1, 1, 0]).astype(t)
        yield (np.arange(30) * 37 % 128).astype(t)
        for shape in [(1001,), (40, 26)] + ({"int16": [(1000,), (4, 300), (5, 10, 30)], "float32": [(40, 4), (2, 600), (7, 7, 7, 7)]}.get(t, [])):
            yield (np.arange(np.prod(shape)) % 127).reshape(shape).astype(t)
    for t in ["int32", "int16", "int8"]:
        i = np.iinfo(t)
        yield np.array([i.min, i.max, 0, -1], t)
        yield np.array([[-1, 10], [100, -100]], t)
    yield np.array([0, 4294967295], "uint32")
    floats = [
        [0.0, -0.0], [-0.0], [nan], [inf], [-inf], [nan, inf, -inf], [nan, 1.0], [-inf, 1.5], [inf, 1e10], [nan, 1e-10],
        [1.0, nan, -2.5, inf], [1 / 3], [1 / 3, 1.0], [0.1 + 0.2], [1e-4], [9.99e-5], [1e8], [99999999.0], [1e16, 1.0],
        [1.0, 1000.0], [1.0, 1001.0], [0.001, 1.0], [0.00099, 1.0], [1e300, 1e-300], [5e-324], [1.7976931348623157e308],
        [123456789.123], [12345.678901234], [0.000244140625], [0.5 ** 9, 1.0], [0.5 ** 9 * 3, 2.0], [1 + 0.5 ** 9],
        [3 * 0.5 ** 9 + 5], [1.5, 2.25, 1e5], [-1.5, 10.25], [-1000.0, 1.0], [1e100, 1e-100, 0], [1e22], [1e21, 2.0],
        [1.23456789012e10], [2.0 ** 53], [1e7 + 0.1], [1e-5, 1e-4], [0.1, 0.25, 0.125], [999999.5], [1e6], [999999.0],
        [1e5, 1.0], [100.125, 0.25], [1.23456785e-3 * 1e3], [1.000000005], [9.999999995], [0.999999999], [99.999999999],
        [1e-100, nan, -inf], [1e-300] * 3, [-1e-5, nan], [1.0000000049e10], [16777216.0, 1.0], [3.4028235e38],
        [np.float32(float(np.float32(k / 7)) * 1000) for k in RATIO] + [np.float32(k / 7) for k in RATIO],
    ]
    for values in floats:
        for t in ["float64", "float32"]:
            with np.errstate(over="ignore"):
                a = np.array(values, t)
            yield a
            yield a[0]  # a scalar is given as an array without axes
    for t in ["float64", "float32"]:
        for scale in [1, 1e3, 1e-3, 1e9, 1e-9]:
            yield (rng.standard_normal(13) * scale).astype(t)
            yield (rng.standard_normal((2, 7)) * scale).astype(t)
        yield np.exp(rng.standard_normal(40) * 3).astype(t)
        yield np.exp(rng.standard_normal(20) * 30).astype(t)
        yield (rng.integers(0, 50, (60, 30)) / 50).astype(t)
        yield rng.integers(-5, 5, (5, 15, 16)).astype(t)
        yield np.where(rng.random(30) < 0.2, nan, rng.standard_normal(30)).astype(t)
        yield (rng.integers(0, 2 ** 24, 40) / 2 ** 14).astype(t)
        yield (rng.integers(0, 2 ** 11, 40) / 2 ** 10).astype(t)
        for x in [1e5, 1e6, 1e7, 123456.789, 1e15, 1e16, 1e17, 1e-4, 1e-5, 0.1, 1 / 3, 2.5e-7, 16777216, nan, -inf, -0.0]:
            yield np.array(x, t)


def widened(dtype):
    return {"int64": "float64", "uint64": "float64", "float16": "float32"}.get(dtype.name, dtype.name)


def promotion():
    pairs = {f"{a} {b}": widened(np.result_type(a, b)) for a in TYPES for b in TYPES}
    triples = {" ".join(t): widened(np.result_type(*t)) for t in itertools.combinations(TYPES, 3)
               if np.result_type(*t).name not in ("int64", "uint64")}
    casts = {f"{c} {a}": [b for b in TYPES if np.can_cast(a, b, "no" if c == "no" else c)]
             for c in ["no", "safe", "same_kind", "unsafe"] for a in TYPES}
    scalars = {}
    for t in TYPES:
        for s in [True, 3, -3, 2.5]:
            with np.errstate(all="ignore"):
                try:
                    r = (np.ones(1, t) + s).dtype
                    # what the default integer of Python is, is int32 here
                    scalars[f"{t} {json.dumps(s)}"] = "int32" if t == "bool" and r.name == "int64" else widened(r)
                except OverflowError:
                    scalars[f"{t} {json.dumps(s)}"] = "OverflowError"
    quotients = {f"{a} {b}": widened((np.ones(1, a) / np.ones(1, b)).dtype) for a in TYPES for b in TYPES}
    roots = {a: widened(np.sqrt(np.ones(1, a)).dtype) for a in TYPES}
    return {"quotients": quotients, "roots": roots, "pairs": pairs, "triples": triples, "casts": casts, "scalars": scalars}


def ranges():
    aranges = [(5,), (0,), (-3,), (2, 7), (0, 1, 0.1), (1, 2, 0.3), (5, 0, -1), (10, 1, -2.5), (0.5, 3), (-0.3, 0.9, 0.07),
               (1e6, 1e6 + 3, 0.4), (3, 3), (0, 1, 1e-2)]
    linspaces = [(0, 1, 5), (0, 1, 50), (1, 0, 7), (0, 1, 1), (0, 1, 0), (2, 2, 4), (-1.5, 3.7, 13), (0, 0.3, 4), (1e-310, 2e-310, 5),
                 (0, 5e-324, 4), (0, 100, 8)]
    result = []
    for t in ["float64", "float32", "int32", "uint8", "int8"]:
        for args in aranges:
            with np.errstate(all="ignore"):
                try:
                    a = np.arange(*args, dtype=t)
                except (OverflowError, ValueError):
                    continue
            if t in ("uint8", "int8", "int32") and not np.array_equal(a, np.arange(*map(int, args), dtype="i8") if all(float(x).is_integer() for x in args) else a.astype("i8")):
                continue
            if t == "uint8" and min(args) < 0 or t in ("uint8", "int8") and max(args) > 127:
                continue
            result.append({"call": "arange", "args": args, **data(a)})
        for args in linspaces:
            if t == "uint8" and min(args) < 0:
                continue
            for endpoint in [True, False]:
                result.append({"call": "linspace", "args": args, "endpoint": endpoint, **data(np.linspace(*args, endpoint=endpoint, dtype=t))})
    return result


def npy(a, **kw):
    file = io.BytesIO()
    np.lib.format.write_array(file, a, **kw)
    return base64.b64encode(file.getvalue()).decode()


def files():
    result = []
    for t in TYPES:
        for shape in [(), (0,), (3,), (2, 3)]:
            a = (np.arange(np.prod(shape)) % 2 * 3 + np.arange(np.prod(shape))).reshape(shape).astype(t)
            result.append({**data(a), "npy": npy(a)})
    a = np.arange(24.0).reshape(2, 3, 4)
    result += [{**data(a), "npy": npy(a, version=v)} for v in [(1, 0), (2, 0), (3, 0)]]
    result += [{**data(a), "npy": npy(np.asfortranarray(a))},
               {**data(a.astype("f4").T), "npy": npy(a.astype("f4").T)}]
    for t in ["f8", "f4", "i4", "u4", "i2", "u2"]:
        a = (np.arange(6) * 257 - (0 if "u" in t else 300)).reshape(2, 3).astype(t)
        result.append({**data(a), "npy": npy(a.astype(">" + t))})
    for t, to in [("i8", "f8"), ("u8", "f8"), (">i8", "f8"), ("f2", "f4"), (">f2", "f4")]:
        a = np.array([[0, 1, 2], [255, 1000, 2047]]).astype(t)
        result.append({**data(a.astype(to)), "npy": npy(a)})
    half = np.arange(0, 65536, 7, dtype="u2")[::32].copy().view("f2")
    half = half[~np.isnan(half)]
    result.append({**data(half.astype("f4")), "npy": npy(half)})
    for values in [[-0.0, np.nan, np.inf, -np.inf, 5e-324]]:
        a = np.array(values)
        result.append({**data(a), "npy": npy(a)})
    refused = [{"type": str(a.dtype), "npy": npy(a)} for a in
               [np.array([1j]), np.array(["a"]), np.array([b"a"]), np.zeros(1, "M8[s]"), np.zeros(1, [("a", "i4")]), np.array([2 ** 60 + 1]), np.array([2 ** 63 + 1], "u8"), np.zeros(1, "g")]]
    archives = []
    for compressed in [False, True]:
        file = io.BytesIO()
        (np.savez_compressed if compressed else np.savez)(file, np.arange(3.0), mask=np.array([True, False]), **{"größe": np.arange(4, dtype="u1").reshape(2, 2)})
        archives.append(base64.b64encode(file.getvalue()).decode())
    return {"arrays": result, "refused": refused, "archives": archives}


def as_array(x):
    return np.asarray(x)


print(json.dumps({
    "numpy": np.__version__,
    "printed": [printed(as_array(a)) for a in cases()],
    "promotion": promotion(),
    "ranges": ranges(),
    "files": files(),
}, ensure_ascii=False, indent=None, separators=(",", ":")))
