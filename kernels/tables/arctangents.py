"""Writes arctangents.ts: angles that arc tangents of vectors are counted from.

Run it from this folder: python3 arctangents.py
"""
import struct
from decimal import Decimal, getcontext

getcontext().prec = 60
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def arctangent(x):
    """Of a number from 0 to 1.5, by halving the angle until the series is short."""
    halvings = 0
    while abs(x) > Decimal("0.01"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    total, power, n = Decimal(0), x, 1
    while abs(power) > Decimal(10) ** -55:
        total += power / n
        power, n = -power * x * x, n + 2
    return total * 2**halvings


def main():
    # the index is minus the number of bounds that are reached, of which the lower three bits count
    entries = [[0, 0, 0, 0] for _ in range(8)]
    for reached in range(5):
        center = [0, 0.5, 1, 1.5, 1][reached]
        exact = PI / 2 if reached == 4 else arctangent(Decimal(center))
        near = float(exact)
        entry = [float(reached < 4), float(center), near, float(exact - Decimal(near))]
        entries[-reached % 8] = [bits(x) for x in entry]
    with open("arctangents.ts", "w") as file:
        file.write(
            "// Made by arctangents.py.\n\n"
            "/**\n"
            " * For minus the number of the bounds 7/16, 11/16, 19/16, 39/16 that a number x has reached, in its lower 3 bits: p, c\n"
            " * and an angle, whose rounding has lost what is behind it, as float64. The arc tangent of x is this angle and that\n"
            " * whose tangent is (p x - c) / (p + c x).\n"
            " */\n"
            "const arctangents = memory.data<u64>([\n"
            + "".join("  " + ", ".join(f"0x{word:016x}" for word in entry) + ",\n" for entry in entries)
            + "]);\n\n"
            "/** Where the table is. */\n"
            "export function table_arctangents(): usize {\n  return arctangents;\n}\n"
        )


main()
