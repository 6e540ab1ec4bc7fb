"""Makes linalg.json: products of small matrices by NumPy. Run: python3 linalg.py > linalg.json"""
import json
import numpy as np

TYPES = "float64 float32 int32 uint32 int16 uint16 int8 uint8 bool".split()
KINDS = {"int64": "float64", "uint64": "float64"}


def matrix(t, shape, seed):
    """Whole numbers, so that products are exact; over the limits of narrow types, so that they wrap around."""
    values = (np.arange(int(np.prod(shape))) * 37 + seed * 11) % 101 - (0 if t[0] in "ub" else 50)
    return (values % 3 == 0 if t == "bool" else values).reshape(shape).astype(t)


def said(a):
    a = np.asarray(a)
    return {"dtype": KINDS.get(a.dtype.name, a.dtype.name), "shape": list(a.shape), "values": a.ravel().tolist()}


pairs = [(t, t) for t in TYPES] + [("float64", "float32"), ("float32", "int16"), ("int8", "uint8"), ("bool", "int16"),
                                   ("float32", "int32"), ("uint8", "uint16")]
shapes = [((2, 3), (3, 4)), ((5, 9), (9, 5)), ((3,), (3, 2)), ((2, 3), (3,)), ((4,), (4,)), ((2, 1, 2, 3), (4, 3, 2)),
          ((1, 7), (7, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((3, 2, 0), (0, 1))]
products = [
    {"types": [s, t], "shapes": [list(x), list(y)], "result": said(matrix(s, x, 1) @ matrix(t, y, 2))}
    for s, t in pairs for x, y in (shapes if s == t == "float64" else shapes[:6])
]
outers = [{"types": [s, t], "result": said(np.outer(matrix(s, (3,), 1), matrix(t, (5,), 2)))} for s, t in pairs]
special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0])
print(json.dumps({
    "products": products,
    "outers": outers,
    "specialOuter": [repr(float(x)) for x in np.outer(special, special).ravel()],
    "specialProduct": [repr(float(x)) for x in (special.reshape(2, 3) @ special.reshape(3, 2)).ravel()],
}))
