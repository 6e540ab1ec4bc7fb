"""Evaluates NumPy expressions: reads requests as JSON, writes values as JSON. Arrays are bytes in base64."""

import base64
import json
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")


def pack(value):
    a = np.ascontiguousarray(value)
    return {"dtype": a.dtype.name, "shape": list(np.shape(value)), "data": base64.b64encode(a.tobytes()).decode()}


def unpack(packed):
    data = base64.b64decode(packed["data"])
    return np.frombuffer(data, dtype=packed["dtype"]).reshape(packed["shape"]).copy()


def evaluate(expression, inputs):
    return pack(eval(expression, {"np": np}, {name: unpack(a) for name, a in inputs.items()}))


if __name__ == "__main__":
    requests = json.load(sys.stdin)
    json.dump([evaluate(r["expression"], r["inputs"]) for r in requests], sys.stdout)
