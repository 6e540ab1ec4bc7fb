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


def arctangent(x):
    """By halving the angle until the series is short."""
    halvings = 0
    while abs(x) > Decimal("0.05"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    total, power, n = Decimal(0), x, 1
    while abs(power) > abs(x) * Decimal(10) ** -60:
        total += power / n
        power, n = -power * x * x, n + 2
    return total * 2**halvings


def arcsine(x):
    if abs(x) == 1:
        return (PI / 2).copy_sign(x)
    return arctangent(x / ((1 - x) * (1 + x)).sqrt())


def area_sine(x):
    size = abs(x)
    value = (size + (size * size + 1).sqrt()).ln()
    return value.copy_sign(x)


FUNCTIONS |= {
    "arcsin": (arcsine, lambda r: r.uniform(-1, 1)),
    "arcsin near 1": (arcsine, lambda r: (1 - 10.0 ** r.uniform(-15, -1)) * r.choice([1, -1])),
    "arccos": (lambda x: PI / 2 - arcsine(x), lambda r: r.uniform(-1, 1)),
    "arccos near 1": (lambda x: PI / 2 - arcsine(x), lambda r: (1 - 10.0 ** r.uniform(-7, -1)) * r.choice([1, -1])),
    "arctan": (arctangent, lambda r: r.uniform(-4, 4)),
    "arctan of any": (arctangent, lambda r: 10.0 ** r.uniform(-20, 20) * r.choice([1, -1])),
    "arcsinh": (area_sine, lambda r: r.uniform(-4, 4)),
    "arcsinh of large": (area_sine, lambda r: 10.0 ** r.uniform(0, 160) * r.choice([1, -1])),
    "arccosh": (lambda x: (x + (x * x - 1).sqrt()).ln(), lambda r: r.uniform(1, 4)),
    "arccosh of large": (lambda x: (x + (x * x - 1).sqrt()).ln(), lambda r: 10.0 ** r.uniform(0, 160)),
    "arctanh": (lambda x: ((1 + x) / (1 - x)).ln() / 2, lambda r: r.uniform(-0.999, 0.999)),
    "arctanh near 0": (lambda x: ((1 + x) / (1 - x)).ln() / 2, lambda r: 10.0 ** r.uniform(-9, -1) * r.choice([1, -1])),
    "cbrt": (lambda x: abs(x) ** (1 / Decimal(3)) * (1 if x > 0 else -1), lambda r: 10.0 ** r.uniform(-300, 300) * r.choice([1, -1])),
}


def power(x, y):
    """Of numbers below 0 too, to whole ones."""
    size = (y * abs(x).ln()).exp()
    return -size if x < 0 and y % 2 != 0 else size


# of two numbers
PAIRS = {
    "power": (power, lambda r: (r.uniform(0, 2), r.uniform(-10, 10))),
    "power, large": (power, lambda r: (r.uniform(0.9, 1.1), r.uniform(-6000, 6000))),
    "power, any": (power, lambda r: (10.0 ** r.uniform(-100, 100), r.uniform(-3, 3))),
    "power, whole": (power, lambda r: (r.uniform(-5, 5), float(r.randint(-9, 9)))),
    "power near 1": (power, lambda r: (0.9205 + r.uniform(0, 0.0001), r.uniform(3000, 5000))),
    "arctan2": (
        lambda y, x: arctangent(y / x) + (0 if x > 0 else PI.copy_sign(y)),
        lambda r: (r.uniform(-4, 4), r.uniform(-4, 4)),
    ),
    "hypot": (lambda x, y: (x * x + y * y).sqrt(), lambda r: (r.uniform(-4, 4), r.uniform(-4, 4))),
    "hypot, any": (
        lambda x, y: (x * x + y * y).sqrt(),
        lambda r: (10.0 ** r.uniform(-200, 200), 10.0 ** r.uniform(-200, 200)),
    ),
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
    for name, (function, draw) in PAIRS.items():
        points = [draw(r) for _ in range(120)]
        points += [(single(x), single(y)) for x, y in (draw(r) for _ in range(120)) if 1e-37 < abs(x) < 1e37 > abs(y) > 1e-37]
        data[name] = [[x, y, float(function(Decimal(x), Decimal(y)))] for x, y in points]
    with open("elementary.json", "w") as file:
        file.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in data.items()) + "\n}\n")


main()
