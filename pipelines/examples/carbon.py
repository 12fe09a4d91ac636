#!/usr/bin/env python3
"""The carbon of making a server and of running it: an entry of your own, which every later stage passes on.

    server-pack ... | carbon.py | llm-map ... | tco-eval ... | pareto | rec2csv --fields id,carbon.embodied_kg

The two figures are stand-ins, to be replaced by those of a fab and of a grid.
"""
import sys

import msgpack

KG_PER_CM2 = 1.5       # of a processed 7 nm wafer: a stand-in
KG_PER_KWH = 0.4       # of electricity: a stand-in
LIFE_HOURS = 1.5 * 365 * 24

for record in msgpack.Unpacker(sys.stdin.buffer, max_buffer_size=0):
    chip, server = record["chip"], record["server"]
    silicon_cm2 = server["num_chips"] * chip["area_mm2"] / 100
    record["carbon"] = {
        "embodied_kg": silicon_cm2 * KG_PER_CM2 / chip.get("yield", 1),
        "most_in_use_kg": server["tdp_w"] / 1000 * LIFE_HOURS * KG_PER_KWH,
    }
    sys.stdout.buffer.write(msgpack.packb(record))
