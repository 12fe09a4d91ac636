"""The one renderer of tables for terminals and files of text, and the columns of designs that tables and pages show.

A table fits its width by the mildest means: first its less important columns go, then heads and gaps are shortened, then long
texts lose their middle, then further columns go, the least important first. What went is named in a last line."""
import os
import sys

from . import text

WIDTH = 80
TEXT_LIMITS = (24, 16, 12)
WHOLE = 40          # of texts that people type again
EXTRA = 0           # the priority of columns that are shown where there is room


class Column:
    """A column: heads from the longest to the shortest, each a title and the lines under it; the path of a field and the scale that it
    is shown in; how important it is (EXTRA: left out before anything else is shortened); digits; how a last line names it; whole: texts that
    people type again, which stay whole up to WHOLE columns."""

    def __init__(self, heads, path="", scale=1, priority=1, digits=4, name="", left=None, whole=False):
        self.heads = [tuple(head) for head in heads]
        self.path, self.scale, self.priority, self.digits, self.left = path, scale, priority, digits, left
        self.whole = whole
        self.name = name or " ".join(part for part in self.heads[0][:1])


DESIGN = [
    Column([("design",)], "id", priority=13),
    Column([("die", "mm2")], "chip.area_mm2", priority=9, digits=3),
    Column([("SRAM", "MB")], "chip.sram_bytes", 1e-6, priority=7, digits=3),
    Column([("perf", "TFLOP/s"), ("TFLOP", "/s"), ("TFL.", "/s")], "chip.peak_flops", 1e-12, priority=6, digits=3, name="TFLOP/s"),
    Column([("chips/", "server"), ("chips", "/srv")], "server.num_chips", priority=8, name="chips a server"),
    Column([("servers",), ("srvs",), ("srv",)], "point.num_servers", priority=10),
    Column([("TP",)], "point.tensor_parallel", priority=5),
    Column([("PP",)], "point.pipeline_parallel", priority=4),
    Column([("AP",)], "point.attention_parallel", priority=5),
    Column([("EP",)], "point.expert_parallel", priority=5),
    Column([("batch",)], "point.batch", priority=11),
    Column([("micro-", "batch"), ("micro",)], "point.micro_batch", priority=2, name="micro-batch"),
    Column([("tokens/s", "sustained"), ("tok/s", "sust.")], "point.tokens_per_s", priority=3, digits=3, name="sustained tokens/s, prefill counted"),
    Column([("tokens/s", "decode"), ("tok/s", "dec.")], "point.generate_tokens_per_s", priority=EXTRA, digits=3, name="decode tokens/s"),
    Column([("tokens/s", "a user"), ("tok/s", "user")], "point.user_tokens_per_s", priority=EXTRA, digits=3, name="tokens/s a user"),
    Column([("TTFT", "mean, s")], "point.ttft_s", priority=EXTRA, digits=3, name="mean TTFT"),
    Column([("TPOT", "s")], "point.tpot_s", priority=EXTRA, digits=3, name="TPOT"),
    Column([("TTFT at", "quant., s")], "point.quantile_ttft_s", priority=EXTRA, digits=3, name="TTFT at the quantile, with the wait"),
    Column([("TPOT at", "quant., s")], "point.quantile_tpot_s", priority=EXTRA, digits=3, name="TPOT at the quantile"),
    Column([("load",)], "point.rate_load", priority=EXTRA, digits=3, name="load by the rate"),
    Column([("goodput", "1/s")], "point.goodput_requests_per_s", priority=EXTRA, digits=3, name="goodput, requests/s"),
    Column([("prefill", "s")], "point.prefill_latency_s", priority=EXTRA, digits=3, name="prefill latency"),
    Column([("latency", "s"), ("lat.", "s")], "point.generate_latency_s", priority=12, digits=3, name="latency"),
    Column([("server", "$")], "server.cost_usd", priority=EXTRA, digits=3, name="server price"),
    Column([("system", "$")], "point.system_usd", priority=EXTRA, digits=3, name="system price"),
    Column([("system", "W")], "point.system_power_w", priority=EXTRA, digits=3, name="system power"),
    Column([("J/token",)], "point.j_per_output_token", priority=EXTRA, digits=3, name="J a token"),
    Column([("$/1M", "tokens")], "point.usd_per_output_token", 1e6, priority=14, digits=4, name="$/1M tokens"),
]
# Columns that tables have only where some design has a value that is not 1.
ONLY_SOME = ("point.attention_parallel", "point.expert_parallel", "point.ttft_s", "point.quantile_ttft_s", "point.quantile_tpot_s", "point.rate_load",
             "point.goodput_requests_per_s")


def is_told(column, values):
    """Whether a column with these values says something."""
    return column.path not in ONLY_SOME or any(value not in (None, 1) for value in values)


def told_columns(found, columns):
    from . import records
    return [column for column in columns if is_told(column, (records.field(design, column.path) for design in found))]


MODEL = Column([("model",)], "model", priority=15)

# How a page shows the same fields, in its order: title and unit.
PAGE = {
    "id": ("design", ""), "point.usd_per_output_token": ("$/1M", "tokens out"), "point.generate_latency_s": ("latency", "s"),
    "point.prefill_latency_s": ("prefill", "s"), "point.ttft_s": ("TTFT", "mean, s"), "point.tpot_s": ("TPOT", "s"),
    "point.quantile_ttft_s": ("TTFT", "at the quantile, s"), "point.quantile_tpot_s": ("TPOT", "at the quantile, s"), "point.rate_load": ("load", "by the rate"),
    "point.goodput_requests_per_s": ("goodput", "requests/s"), "point.batch": ("batch", ""), "point.num_servers": ("servers", ""),
    "chip.area_mm2": ("die", "mm²"), "server.num_chips": ("chips", "per server"), "point.tensor_parallel": ("tensor", "parallel"),
    "point.pipeline_parallel": ("pipeline", "parallel"), "point.attention_parallel": ("attention", "parallel"), "point.expert_parallel": ("expert", "parallel"),
    "point.micro_batch": ("micro", "batch"), "point.tokens_per_s": ("tokens/s", "sustained"), "point.generate_tokens_per_s": ("tokens/s", "decode"), "point.user_tokens_per_s": ("tokens/s", "a user"),
    "point.system_usd": ("system", "$"), "point.system_power_w": ("system", "W"), "point.j_per_output_token": ("energy", "J/token"),
    "chip.sram_bytes": ("SRAM", "MB"), "chip.peak_flops": ("peak", "TFLOP/s"), "server.cost_usd": ("server", "$"),
}


def scaled(value, scale):
    """A number in its scale; anything else as it is."""
    return value * scale if text.is_number(value) and scale != 1 else value


def terminal_width():
    """The columns of the terminal on standard output, $COLUMNS first; 80 where it is none."""
    return columns_of(sys.stdout)


def columns_of(stream):
    if not stream.isatty():
        return WIDTH
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and 0 < int(given) < 100000:
        return max(int(given), 20)
    try:
        return max(os.get_terminal_size(stream.fileno()).columns, 20)
    except OSError:
        return WIDTH


class Shape:
    """One way to show a table: which columns, with which of their heads, how far apart, texts cut to how many columns."""

    def __init__(self, columns, cells, levels, gap, limit):
        self.columns, self.gap = columns, " " * gap
        self.heads = [column.heads[level] for column, level in zip(columns, levels)]
        alone = len(columns) == 1
        self.cells = [[text.cut(cell, max(limit, WHOLE) if column.whole and not alone else limit) if limit else cell for cell in cells[column]]
                      for column in columns]
        self.heads = [[text.cut(line, limit) if limit else line for line in map(text.clean, head)] for head in self.heads]
        self.widths = [max(map(text.width, head + cells)) for head, cells in zip(self.heads, self.cells)]

    def width(self):
        return sum(self.widths) + len(self.gap) * (len(self.widths) - 1)

    def lines(self):
        deep = max(len(head) for head in self.heads)
        rows = [[head[i] if i < len(head) else "" for head in self.heads] for i in range(deep)]
        rows += [list(row) for row in zip(*self.cells)]
        for row in rows:
            yield self.gap.join(text.pad(cell, width, column.left)
                                for cell, width, column in zip(row, self.widths, self.columns)).rstrip()


def _ways(columns):
    """The columns to show and the limit of their texts, mildest first: finitely many."""
    by_importance = sorted(columns, key=lambda column: column.priority)
    extras = sum(column.priority == EXTRA for column in columns)
    for gone in range(extras + 1):
        yield by_importance[:gone], 0
    for limit in TEXT_LIMITS:
        yield by_importance[:extras], limit
    for gone in range(extras + 1, len(columns)):
        yield by_importance[:gone], TEXT_LIMITS[-1]
    for limit in range(TEXT_LIMITS[-1], 0, -1):
        yield by_importance[:-1], limit


def _fitted(columns, cells, width):
    """The mildest shape that fits, and the columns that it leaves out."""
    for gone, limit in _ways(columns):
        shown = [column for column in columns if column not in gone]
        shape = Shape(shown, cells, [0] * len(shown), 2, limit)
        if shape.width() > width:
            shape = _tight(shown, cells, limit, width)
        if shape.width() <= width:
            break
    return shape, [column for column in columns if column in gone]


def _tight(columns, cells, limit, width):
    """The shape with the shortest heads, each then as long as there is room for it, the most important first."""
    levels = [len(column.heads) - 1 for column in columns]
    shape = Shape(columns, cells, levels, 1, limit)
    for i in sorted(range(len(columns)), key=lambda i: -columns[i].priority):
        for level in range(levels[i]):
            longer = Shape(columns, cells, levels[:i] + [level] + levels[i + 1:], 1, limit)
            if longer.width() <= width:
                shape, levels = longer, levels[:i] + [level] + levels[i + 1:]
                break
    return shape


def cells(columns, rows):
    """The texts of a table by column, each of which then knows whether it is aligned on the left."""
    found = {}
    for i, column in enumerate(columns):
        values = [row[i] for row in rows]
        texts = all(isinstance(value, str) or value is None for value in values)
        if column.left is None:
            column.left = bool(values) and texts and any(values)
        found[column] = [text.clean(value) if value else "-" for value in values] if texts else text.column(values, column.digits)
    return found


def render(columns, rows, where="", width=None):
    """The lines of a table: rows of values, one for each column. where: the file that has what is not shown."""
    width = width or terminal_width()
    shape, gone = _fitted(columns, cells(columns, rows), width)
    yield from shape.lines()
    if gone:
        names = list(dict.fromkeys(column.name for column in gone))
        note = f"not shown: {', '.join(names)}" + (f" ({where} has {'it' if len(names) == 1 else 'them'})" if where else "")
        yield text.wrapped(note, width, "  ")


def plain(head, rows, priorities=(), digits=4, where="", width=None):
    """The lines of a table of rows whose numbers have no common scale."""
    return render(*numbered(head, rows, priorities, digits), where, width)


def numbered(head, rows, priorities=(), digits=4):
    """Columns and rows of a table whose numbers are each shown to so many digits. head: (title, unit) of each column."""
    columns = [Column([tuple(part for part in titles if part)or ("",)], priority=priority, name=" ".join(part for part in titles if part))
               for titles, priority in zip(head, list(priorities) + [1] * len(head))]
    for i, column in enumerate(columns):
        column.left = all(isinstance(row[i], str) for row in rows) and not all(text.looks_like_number(row[i]) for row in rows)
    return columns, [[text.clean(text.number(value, digits)) or "-" for value in row] for row in rows]


def designs(found, where="", width=None, columns=None):
    """The lines of a table of designs."""
    from . import records
    columns = told_columns(found, columns or DESIGN)
    return render(columns, [[scaled(records.field(design, column.path), column.scale) for column in columns] for design in found],
                  where, width)


def print_path(path):
    """Says where a result is: as it is for a program that reads it, cleaned for a terminal."""
    sys.stdout.flush()
    sys.stdout.buffer.write((text.clean(path).encode() if sys.stdout.isatty() else os.fsencode(path)) + b"\n")


def facts(pairs, width=None):
    """What is computed, above a table: a line "name: value" for each pair whose value there is."""
    width = width or terminal_width()
    pairs = [(name, text.clean(value)) for name, value in pairs if value]
    broad = max((len(name) for name, _ in pairs), default=0) + 2
    return [f"{name + ':':<{broad}}{text.cut(value, width - broad)}" for name, value in pairs]


def page_design(found, numbers=None, book=None):
    """Titles, and rows of cells, of designs on a page. numbers: the place of each design in the stream `designs`; each cell then says which
    design it is of, which field, and its scale. book: the designs of the page, which rows lead to. What matters most is on the left,
    where a narrow window has it in sight."""
    from . import pages, records
    columns = sorted((column for column in told_columns(found, DESIGN) if column.path in PAGE), key=lambda column: list(PAGE).index(column.path))

    def origin(row, column):
        return {"data-row": row, "data-field": column.path, "data-scale": repr(float(column.scale))} if numbers is not None else {}
    rows = [pages.Row([(scaled(records.field(design, column.path), column.scale), origin(row, column)) for column in columns],
                      book.number(design) if book else None) for design, row in zip(found, numbers or range(len(found)))]
    return [PAGE[column.path] for column in columns], rows


def spread(found, count):
    """Of a frontier, cheapest first: the cheapest, the fastest, and at most `count` - 2 between, even in the logarithm of latency.
    Where that is of no help, because latencies are equal or missing, they are even in their order."""
    import math
    from . import records
    if len(found) <= count:
        return found
    latencies = [records.field(design, "point.generate_latency_s") for design in found]
    if count < 2:
        return found[:count]
    good = all(text.is_number(latency) and latency > 0 for latency in latencies)
    logs = [math.log(latency) for latency in latencies] if good else []
    if not good or logs[0] - logs[-1] <= 1e-12:
        return [found[i * (len(found) - 1) // (count - 1)] for i in range(count)]
    chosen, place = [0], 1
    for i in range(1, len(found) - 1):
        share = (logs[0] - logs[i]) / (logs[0] - logs[-1]) * (count - 1)
        if share >= place - 1e-9 and len(chosen) < count - 1:
            chosen.append(i)
            place = math.floor(share + 1e-9) + 1
    return [found[i] for i in chosen + [len(found) - 1]]
