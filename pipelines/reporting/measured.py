"""Tables of measured inference: reading, checking, and what of them can be held against the model.

inputs/measured/README.md says what the columns are."""
import csv
import pathlib
import re
from typing import NamedTuple

from . import records, text
from .program import BAD_DATA, USAGE, did_you_mean, die

COUNTS = ("num_chips", "tensor_parallel", "pipeline_parallel", "expert_parallel", "batch", "prefill_len", "generate_len")
COLUMNS = ("source", "hardware", "model", "precision", *COUNTS, "context", "quantity", "value", "note")
WHOLE = ("prefill_ms", "decode_ms_per_token", "e2e_ms")
OPERATORS = ("op_us", "tb_per_s")
THROUGHPUTS = ("tokens_per_s_per_chip_output", "tokens_per_s_total")
QUANTITIES = WHOLE + THROUGHPUTS + OPERATORS


class Point(NamedTuple):
    """A measurement: where it stands, what ran on what, and how long it took."""
    place: str
    engine: str
    source: str
    hardware: str
    model: str
    bits: tuple
    tensor: int
    pipeline: int
    expert: int
    batch: int
    prompt: int
    answer: int
    quantity: str
    seconds: float
    algorithm: str = ""

    @property
    def chips(self):
        return self.tensor * self.pipeline

    @property
    def group(self):
        return self.engine, self.hardware

    @property
    def layout(self):
        """What one evaluation of the model is for."""
        return self.model, self.bits, self.tensor, self.pipeline, self.expert, self.algorithm


def engine_of(source):
    """A source without its version: the constants are those of an engine."""
    return re.sub(r"-v?[0-9][0-9.]*$", "", source)


def other_names():
    """{(kind, name): file}: inputs/names.csv."""
    return {(row["kind"], row["name"]): row["file"] for row in records.read_csv(records.INPUTS / "names.csv")}


def input_named(kind, name, names):
    """The file that a table names, or None: a path, a file of inputs/KIND, or another name of one."""
    name = names.get((kind, name), name)
    known = records.INPUTS / kind / f"{name}.yaml"
    if known.is_file():
        return str(known)
    return str(pathlib.Path(name).resolve()) if pathlib.Path(name).is_file() else None


class Table:
    """A table that is read: points, and the rows that are left out, with the reason."""

    def __init__(self, path):
        self.path, self.name, self.points, self.left_out = path, pathlib.Path(path).stem, [], []
        self.names = other_names()

    def fault(self, line, column, expected):
        die(BAD_DATA, f"{self.path}:{line}: column {column}: {expected}")

    def whole(self, line, row, column):
        value = row[column]
        if not (value.isascii() and value.isdigit() and 0 < int(value) < 10**9):
            self.fault(line, column, f"'{text.clean(value)}': expected a whole number of 1 or more")
        return int(value)

    def file(self, line, row, kind):
        found = input_named(kind, row[kind], self.names)
        if found is None:
            near = [path.stem for path in (records.INPUTS / kind).glob("*.yaml")] + [name for k, name in self.names if k == kind]
            self.fault(line, kind, f"no {kind} file '{text.clean(row[kind])}': expected a file, a name in {records.INPUTS / kind} or in "
                                   f"{records.INPUTS / 'names.csv'}{did_you_mean(row[kind], near)}")
        return found

    def bits(self, line, row):
        found = re.fullmatch(r"(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)/(\d+(?:\.\d+)?)", row["precision"])
        if not found or not all(1 <= float(bits) <= 64 for bits in found.groups()):
            self.fault(line, "precision", f"'{text.clean(row['precision'])}': expected bits of weights, activations and KV cache, such as 16/16/16")
        return found.groups()

    def value(self, line, row):
        try:
            value = float(row["value"])
        except ValueError:
            value = 0
        if not 0 < value < 1e15:
            self.fault(line, "value", f"'{text.clean(row['value'])}': expected a number above 0")
        return value


def seconds_of(table, line, row, value):
    """(quantity, s) of a row that is a whole pass or run, and None with the reason of another."""
    quantity = row["quantity"]
    if quantity not in QUANTITIES:
        table.fault(line, "quantity", f"'{text.clean(quantity)}': expected one of {', '.join(QUANTITIES)}{did_you_mean(quantity, QUANTITIES)}")
    if quantity in OPERATORS:
        return None, "a single operator"
    missing = [column for column in ("batch", "prefill_len", "generate_len") if not row[column]]
    if missing and (quantity != "prefill_ms" or missing != ["generate_len"]):
        return None, f"no {missing[0]}"
    if quantity == "tokens_per_s_total":
        return None, "throughput of a server in service, not of a batch"
    if quantity == "tokens_per_s_per_chip_output":
        chips = table.whole(line, row, "num_chips")
        return ("e2e_ms", table.whole(line, row, "batch") * table.whole(line, row, "generate_len") / (value * chips)), ""
    return (quantity, value / 1e3), ""


def add_row(table, line, row):
    found, reason = seconds_of(table, line, row, table.value(line, row))
    place = f"{table.path}:{line}"
    if found is None:
        table.left_out.append((place, row["source"], reason))
        return
    quantity, seconds = found
    hardware, model = (table.file(line, row, kind) for kind in ("hardware", "model"))
    tensor, pipeline, expert, batch, prompt = (table.whole(line, row, column) for column in
                                               ("tensor_parallel", "pipeline_parallel", "expert_parallel", "batch", "prefill_len"))
    answer = table.whole(line, row, "generate_len") if row["generate_len"] else 1
    if table.whole(line, row, "num_chips") != tensor * pipeline:
        table.fault(line, "num_chips", f"{row['num_chips']}: expected tensor_parallel x pipeline_parallel, {tensor * pipeline}")
    if quantity == "decode_ms_per_token" and answer < 2:
        table.fault(line, "generate_len", f"{answer}: expected 2 or more tokens for {quantity}")
    table.points.append(Point(place, engine_of(row["source"]), row["source"], hardware, model, table.bits(line, row), tensor, pipeline, expert,
                              batch, prompt, answer, quantity, seconds))


def add_whole_system(table, line, row):
    """A row of the older form: seconds of the prompt and of all steps, of servers of a named all-reduce."""
    hardware, model = (table.file(line, row, kind) for kind in ("hardware", "model"))
    tensor, pipeline, batch, prompt, answer = (table.whole(line, row, column) for column in
                                               ("tensor_parallel", "pipeline_parallel", "batch", "prefill_len", "generate_len"))
    for quantity, column, times in (("prefill_ms", "prefill_s", 1), ("decode_ms_per_token", "generate_s", answer)):
        value = table.value(line, {**row, "value": row[column]})
        table.points.append(Point(f"{table.path}:{line}", table.name, table.name, hardware, model, ("16", "16", "16"), tensor, pipeline, 1, batch,
                                  prompt, answer, quantity, value / times, row["allreduce_algo"]))


OLDER = ("hardware", "model", "num_servers", "tensor_parallel", "pipeline_parallel", "allreduce_algo", "prefill_len", "generate_len", "batch",
         "prefill_s", "generate_s")


def header_of(path):
    """The names of the columns of a table, as in its first line that is no comment."""
    with open(path, encoding="utf-8", newline="") as file:
        return next((next(csv.reader([line])) for line in file if line.strip() and not line.startswith("#")), [])


def is_older(path):
    return "prefill_s" in header_of(path)


def read(path):
    table = Table(path)
    with open(path, encoding="utf-8", newline="") as file:
        lines = csv.reader("\n" if line.startswith("#") else line for line in file)
        rows = [(lines.line_num, row) for row in lines if row]
    if not rows:
        die(BAD_DATA, f"{path}:1: expected a header and measurements")
    (first, header), *rows = rows
    older = "prefill_s" in header
    wanted = OLDER if older else COLUMNS[:-1]
    for column in wanted:
        if column not in header:
            die(BAD_DATA, f"{path}:{first}: column {column}: missing; expected {','.join(wanted)}")
    for line, cells in rows:
        if len(cells) != len(header):
            die(BAD_DATA, f"{path}:{line}: {len(cells)} cells, expected the {len(header)} of the header")
        (add_whole_system if older else add_row)(table, line, dict(zip(header, cells)))
    return table


def named(name):
    """The path of a table: a file, or a name in inputs/measured."""
    path = pathlib.Path(name) if pathlib.Path(name).is_file() else records.INPUTS / "measured" / f"{name}.csv"
    if not path.is_file():
        near = [found.stem for found in (records.INPUTS / "measured").glob("*.csv")]
        die(USAGE, f"no measurements '{text.clean(name)}': neither a file nor in {records.INPUTS / 'measured'}{did_you_mean(name, near)}")
    return path
