"""Writes powers.ts: 2^(i/256), which exponentials of vectors begin with.

Run it from this folder: python3 powers.py
"""
import struct
from decimal import Decimal, getcontext

getcontext().prec = 60
ENTRIES = 256


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def main():
    words = []
    for i in range(ENTRIES):
        exact = Decimal(2) ** (Decimal(i) / ENTRIES)
        near = float(exact)
        words.append((bits(near) - (i << 44)) % 2**64)
        words.append(bits(float(exact / Decimal(near) - 1)))
    rows = [", ".join(f"0x{word:016x}" for word in words[k : k + 4]) for k in range(0, len(words), 4)]
    with open("powers.ts", "w") as file:
        file.write(
            "// Made by powers.py.\n\n"
            "/**\n"
            " * For i from 0 to 255 the bits of 2^(i/256) as a float64, less i << 44: (256 k + i) << 44 added to them gives\n"
            " * 2^(k + i/256). Behind each what is lost by its rounding, in units of it, as a float64.\n"
            " */\n"
            "const powers = memory.data<u64>([\n" + "".join(f"  {row},\n" for row in rows) + "]);\n\n"
            "/** Where the table is. */\n"
            "export function table_powers(): usize {\n  return powers;\n}\n"
        )


main()
