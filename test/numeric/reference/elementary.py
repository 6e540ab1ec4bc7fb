"""Writes elementary.json: numbers, and what functions of them are, rounded once from 60 digits.

Run it from this folder: python3 elementary.py
"""
import json
import random
import struct
from decimal import Decimal, getcontext

getcontext().prec = 80
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")


def sine(x):
    x = x % (2 * PI)
    term = total = x
    n = 1
    while abs(term) > Decimal(10) ** -70:
        term = -term * x * x / ((n + 1) * (n + 2))
        total += term
        n += 2
    return total


FUNCTIONS = {
    "exp": (lambda x: x.exp(), lambda r: r.uniform(-740, 709)),
    "exp near 0": (lambda x: x.exp(), lambda r: r.uniform(-1, 1)),
    "log": (lambda x: x.ln(), lambda r: 10.0 ** r.uniform(-307, 307)),
    "log near 1": (lambda x: x.ln(), lambda r: r.uniform(0.5, 2)),
    "sin": (sine, lambda r: r.uniform(-1000, 1000)),
    "sin near 0": (sine, lambda r: r.uniform(-4, 4)),
    "sin of large": (sine, lambda r: r.uniform(-5e5, 5e5)),
    "cos": (lambda x: sine(x + PI / 2), lambda r: r.uniform(-1000, 1000)),
    "cos near 0": (lambda x: sine(x + PI / 2), lambda r: r.uniform(-4, 4)),
    "exp2": (lambda x: Decimal(2) ** x, lambda r: r.uniform(-1074, 1023)),
    "exp2 near 0": (lambda x: Decimal(2) ** x, lambda r: r.uniform(-1, 1)),
    "expm1": (lambda x: x.exp() - 1, lambda r: r.uniform(-40, 709)),
    "expm1 near 0": (lambda x: x.exp() - 1, lambda r: r.uniform(-1, 1) ** 3),
    "log2": (lambda x: x.ln() / Decimal(2).ln(), lambda r: 10.0 ** r.uniform(-307, 307)),
    "log2 near 1": (lambda x: x.ln() / Decimal(2).ln(), lambda r: 1 + r.uniform(-1, 1) ** 5 / 2),
    "log10": (lambda x: x.log10(), lambda r: 10.0 ** r.uniform(-307, 307)),
    "log10 near 1": (lambda x: x.log10(), lambda r: 1 + r.uniform(-1, 1) ** 5 / 2),
    "log1p": (lambda x: (1 + x).ln(), lambda r: 10.0 ** r.uniform(-20, 307)),
    "log1p near 0": (lambda x: (1 + x).ln(), lambda r: r.uniform(-0.98, 0.98) ** 5),
    "tan": (lambda x: sine(x) / sine(x + PI / 2), lambda r: r.uniform(-1000, 1000)),
    "tan near 0": (lambda x: sine(x) / sine(x + PI / 2), lambda r: r.uniform(-2, 2)),
    "tan of large": (lambda x: sine(x) / sine(x + PI / 2), lambda r: r.uniform(-5e5, 5e5)),
    "sinh": (lambda x: (x.exp() - (-x).exp()) / 2, lambda r: r.uniform(-710, 710)),
    "sinh near 0": (lambda x: (x.exp() - (-x).exp()) / 2, lambda r: r.uniform(-1.3, 1.3) ** 3),
    "cosh": (lambda x: (x.exp() + (-x).exp()) / 2, lambda r: r.uniform(-710, 710)),
    "cosh near 0": (lambda x: (x.exp() + (-x).exp()) / 2, lambda r: r.uniform(-2, 2)),
    "tanh": (lambda x: 1 - 2 / ((2 * x).exp() + 1), lambda r: r.uniform(-25, 25)),
    "tanh near 0": (lambda x: 1 - 2 / ((2 * x).exp() + 1), lambda r: r.uniform(-1.3, 1.3) ** 3),
}


def single(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def main():
    r = random.Random(20261127)
    data = {}
    for name, (function, draw) in FUNCTIONS.items():
        points = [draw(r) for _ in range(120)]
        # numbers that float32 has, so that both types can be tested with them
        points += [single(x) for x in (draw(r) for _ in range(120)) if 1e-37 < abs(x) < 1e37]
        data[name] = [[x, float(function(Decimal(x)))] for x in points]
    with open("elementary.json", "w") as file:
        file.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in data.items()) + "\n}\n")


main()
