"""The tables of designs that pages and terminals show: columns by field path, units, and the scale they are shown in."""
from . import pages, records

DESIGN = [
    ("design", "", "id", 1),
    ("die", "mm²", "chip.area_mm2", 1),
    ("SRAM", "MB", "chip.sram_bytes", 1e-6),
    ("peak", "TFLOP/s", "chip.peak_flops", 1e-12),
    ("chips", "per server", "server.num_chips", 1),
    ("servers", "", "point.num_servers", 1),
    ("tensor", "parallel", "point.tensor_parallel", 1),
    ("pipeline", "parallel", "point.pipeline_parallel", 1),
    ("batch", "", "point.batch", 1),
    ("micro", "batch", "point.micro_batch", 1),
    ("tokens/s", "", "point.generate_tokens_per_s", 1),
    ("prefill", "s (TTFT)", "point.prefill_latency_s", 1),
    ("generate", "s", "point.generate_latency_s", 1),
    ("server", "$", "server.cost_usd", 1),
    ("$/1M", "tokens out", "point.usd_per_output_token", 1e6),
]


def scaled(record, path, scale):
    value = records.field(record, path)
    return value if isinstance(value, str) or value is None or scale == 1 else value * scale


def design_rows(designs, columns, numbers):
    """Rows of cells for a page: each says which design of the stream `designs` it is of, which field, and its scale.
    numbers: the place of each design in that stream."""
    return [[(scaled(design, path, scale), {"data-row": row, "data-field": path, "data-scale": repr(float(scale))})
             for _, _, path, scale in columns] for design, row in zip(designs, numbers)]


def titles(columns):
    return [(title, unit) for title, unit, _, _ in columns]


def text_table(columns, rows):
    """Aligned for a terminal: two lines of heading, texts to the left, numbers to the right."""
    cells = [[title for title, _ in columns], [unit for _, unit in columns]]
    cells += [[pages.number(value) for value in row] for row in rows]
    left = [all(isinstance(row[i], str) for row in rows) for i in range(len(columns))]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(text.ljust(width) if to_left else text.rjust(width)
                               for text, width, to_left in zip(line, widths, left)).rstrip() for line in cells)


def spread(designs, count):
    """Of a frontier, cheapest first: the cheapest, the fastest, and `count` - 2 between, even in the logarithm of latency."""
    latencies = [records.field(design, "point.generate_latency_s") for design in designs]
    if len(designs) <= count:
        return designs
    chosen, ratio = [], (latencies[-1] / latencies[0]) ** (1 / (count - 1))
    due = latencies[0]
    for i, (design, latency) in enumerate(zip(designs, latencies)):
        if latency <= due * (1 + 1e-12) or i == len(designs) - 1:
            chosen.append(design)
            while due >= latency * (1 - 1e-12):
                due *= ratio
    return chosen
