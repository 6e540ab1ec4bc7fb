"""Writes logarithms.ts: 1/c and log(c) for numbers c between the roots of 1/2 and of 2, which powers of vectors begin with.

Run it from this folder: python3 logarithms.py
"""
import struct
from decimal import Decimal, getcontext

getcontext().prec = 60
ENTRIES = 128
FIRST = 0x3FE6955500000000


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def number(word):
    return struct.unpack("<d", struct.pack("<Q", word))[0]


def main():
    words = []
    for i in range(ENTRIES):
        low, high = (number(FIRST + ((i + more) << 45)) for more in (0, 1))
        inverse = 1.0 if low < 1 < high else round(2 / (low + high) * 256) / 256
        exact = -Decimal(inverse).ln()
        near = float((exact * 2**42).to_integral_value()) / 2**42
        words += [bits(inverse), bits(near), bits(float(exact - Decimal(near))), 0]
    rows = [", ".join(f"0x{word:016x}" for word in words[k : k + 4]) for k in range(0, len(words), 4)]
    with open("logarithms.ts", "w") as file:
        file.write(
            "// Made by logarithms.py.\n\n"
            "/**\n"
            " * Numbers z whose bits less 0x3fe6955500000000 have i in the upper 7 of their lower 52 are near a number c, whose\n"
            " * inverse is a multiple of 1/256: that, log(c) to 42 bits behind the point, and the rest of it, as float64.\n"
            " */\n"
            "const logarithms = memory.data<u64>([\n" + "".join(f"  {row},\n" for row in rows) + "]);\n\n"
            "/** Where the table is. */\n"
            "export function table_logarithms(): usize {\n  return logarithms;\n}\n"
        )


main()
