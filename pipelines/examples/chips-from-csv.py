#!/usr/bin/env python3
"""Chips from a spreadsheet saved as CSV, in the place of chiplet-gen.

    chips-from-csv.py chips.csv | server-pack --constants K --hardware H | ...

Columns: those of chips.csv beside this file. The hardware file H says how chips are packed; its Chip is not used.
"""
import csv
import sys

import msgpack

with open(sys.argv[1], newline="", encoding="utf-8") as table:
    for number, row in enumerate(csv.DictReader(table)):
        tdp_w, link = float(row["tdp_w"]), {"num": 1, "bytes_per_s": float(row["link_gb_per_s"]) * 1e9}
        chip = {
            "name": row["name"], "area_mm2": float(row["area_mm2"]), "peak_flops": float(row["tflops"]) * 1e12,
            "sram_bytes": float(row["sram_mb"]) * 1e6, "sram_bytes_per_s": float(row["sram_gb_per_s"]) * 1e9,
            "core_power_w": tdp_w, "tdp_w": tdp_w, "cost_usd": float(row["die_usd"]), "package_link": link,
        }
        record = {"schema": "chiplet-cloud/chip/1", "id": f"c{number}", "chip": chip}
        sys.stdout.buffer.write(msgpack.packb(record))
