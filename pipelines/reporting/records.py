"""Records as dicts, through the programs: rec2json on the way in, json2rec on the way out. Programs are run by lists of arguments:
nothing that comes from data is ever read by a shell."""
import contextlib
import json
import math
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

from .program import BAD_DATA, IO, USAGE, Refusal, did_you_mean, die

PIPELINES = pathlib.Path(__file__).resolve().parent.parent
INPUTS = PIPELINES / "inputs"
# What programs say of a copy in a run folder is shown of the file that it is a copy of: {copy: original}.
ORIGINALS = {}


def add_programs_to_path():
    """The programs are in $BIN, in bin/ of the source tree, or, installed, in bin/ of the prefix or the PATH."""
    for folder in filter(None, [os.environ.get("BIN"), PIPELINES.parent / "bin", PIPELINES.parents[2] / "bin"]):
        if (pathlib.Path(folder) / "chiplet-gen").exists():
            os.environ["PATH"] = f"{pathlib.Path(folder).resolve()}:{os.environ.get('PATH', os.defpath)}"
            break
    os.environ["PATH"] = f"{PIPELINES}:{os.environ.get('PATH', os.defpath)}"


add_programs_to_path()


def program_path(name):
    """Where a program is; its name where it is not on the path."""
    import shutil
    return shutil.which(name) or name


def scratch(content=b""):
    """A nameless file that holds `content`, to be read from its start."""
    if hasattr(os, "memfd_create"):
        file = os.fdopen(os.memfd_create("records"), "w+b")
    else:
        file = tempfile.TemporaryFile()
    file.write(content)
    file.seek(0)
    return file


def _opened(source):
    """Standard input for the first of some commands: None, bytes, or a file by its path."""
    if source is None:
        return open(os.devnull, "rb")
    return scratch(source) if isinstance(source, bytes) else open(source, "rb")


def _spawned(commands, stdin, output, said, environment):
    """Starts commands in a pipe, one after the other; the output of the last is `output` or, if that is None, a pipe."""
    processes = []
    try:
        for i, command in enumerate(commands):
            last = i == len(commands) - 1
            target = output if last and output is not None else subprocess.PIPE
            process = subprocess.Popen([str(word) for word in command], stdin=stdin, stdout=target, stderr=said, env=environment)
            processes.append(process)
            stdin.close()
            stdin = process.stdout
    except BaseException:
        stop(processes)
        raise
    return processes


def stop(processes):
    for process in processes:
        if process.poll() is None:
            process.terminate()
        if process.stdout:
            process.stdout.close()
    for process in processes:
        process.wait()


def run(*commands, source=None, output=None, environment=None):
    """Runs a pipeline of commands, each a list of arguments, that must all succeed. Returns what comes out as bytes, or writes it
    into the file `output`. environment: variables besides those that are there."""
    variables = {**os.environ, **(environment or {})}
    with scratch() as said:
        try:
            with _opened(source) as stdin:
                processes = _spawned(commands, stdin, output, said, variables)
        except FileNotFoundError as error:
            if error.filename not in [str(command[0]) for command in commands]:
                raise
            die(IO, f"{error.filename}: no such program: run make, or say in BIN where the programs are")
        try:
            result = b"" if output is not None else processes[-1].stdout.read()
            codes = [process.wait() for process in processes]
        finally:
            stop(processes)
        said.seek(0)
        code = next((code for code in reversed(codes) if code != 0), 0)
        if code != 0:
            _failed(commands, code if code > 0 else 128 - code, said.read())
    return result


# Bytes of a stream for a job.
BLOCK = 4 << 20


def run_split(jobs, end, source, output=None, block=BLOCK):
    """Runs the records of a file through a pipeline, split over jobs, and then through another, `end`. A file of one block is not split: the
    processes that split it would take longer than the work."""
    if os.stat(source).st_size > block:
        jobs = [["parallel-records", "--block", os.environ.get("BLOCK") or block, "stream", job(*jobs)]]
    return run(*jobs, *end, source=source, output=output)


def _failed(commands, code, said):
    """Passes on what the programs have said, but what they count, and ends with their code."""
    lines = [line for line in said.decode(errors="backslashreplace").splitlines()
             if line.strip() and ": stats " not in line and ": none of " not in line]
    from . import text
    for line in lines:
        for copy, original in ORIGINALS.items():
            line = line.replace(copy, original)
        print(text.clean(line), file=sys.stderr)
    raise Refusal(code, "" if lines else f"this ended with {code}: {shown(*commands)}")


def shown(*commands):
    """A pipeline of commands as one would type it."""
    return " | ".join(shlex.join(str(word) for word in command) for command in commands)


def job(*commands):
    """A pipeline of commands as the one word that parallel-records takes. It puts a shard's I/N in place of {}, which is what the
    argument SHARD becomes; {} in any other argument stays."""
    return " | ".join(" ".join(_job_word(word) for word in command) for command in commands)


SHARD = object()


def _job_word(word):
    return "{}" if word is SHARD else shlex.quote(str(word)).replace("{}", "{''}")


def read(stream, encoded=True):
    """The records of a stream of bytes, as dicts; of lines of JSON where they are not encoded."""
    return [json.loads(line) for line in (run(["rec2json"], source=stream) if encoded else stream).splitlines()]


def write(records):
    """The stream of these dicts."""
    return run(["json2rec"], source="".join(json.dumps(record) + "\n" for record in records).encode())


ID = re.compile(rb'"id":"([^"\\]*)"')


def _id_of(line):
    """The id of a line of JSON, most of which need not be read: a server's has two kilobytes."""
    found = ID.search(line)
    return found[1].decode() if found and line.count(b'"id"') == 1 else json.loads(line)["id"]


def lines_with_ids(stream, ids):
    """Those records of a stream, as bytes, whose id is one of `ids`, as a stream."""
    lines = [line for line in run(["rec2json"], source=stream).splitlines() if _id_of(line) in ids]
    return run(["json2rec"], source=b"".join(line + b"\n" for line in lines))


def field(record, path):
    """The value under a path such as server.cost_usd; None where the record has no such field."""
    value = record
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


class Lenient(dict):
    """A map in which a number that is missing is not a number."""

    def __missing__(self, _):
        return math.nan


def lenient(value):
    """A record whose missing numbers are NaN, to compute with; tables show them as empty."""
    if isinstance(value, dict):
        return Lenient((name, lenient(inner)) for name, inner in value.items())
    return value


def input_file(kind, name):
    """A file as it is, or the name of one in inputs/KIND."""
    known = INPUTS / kind / f"{name}.yaml"
    if pathlib.Path(name).is_file():
        return f"./{name}" if str(name).startswith("-") else str(name)
    if known.is_file():
        return str(known)
    if kind == "model" and (pathlib.Path(name) / "config.json").is_file():
        return str(pathlib.Path(name) / "config.json")
    return _refuse_input(kind, str(name))


def _refuse_input(kind, name):
    for other in () if "/" in name else INPUTS.glob("*"):
        if (other / f"{name}.yaml").is_file():
            die(USAGE, f"'{name}' is a {other.name} file; expected a {kind} file")
    if pathlib.Path(name).is_dir():
        die(USAGE, f"'{name}' is a folder; expected a {kind} file")
    names = sorted(path.stem for path in (INPUTS / kind).glob("*.yaml"))
    near = did_you_mean(name.removesuffix(".yaml"), names)
    die(USAGE, f"'{name}' is neither a file nor the name of a {kind} file{near and f'{near} Known names' or '; known names'}: {', '.join(names)}")


def chips_of(hardware):
    """How many chips a hardware file describes: 1 at least."""
    said = run(["chiplet-gen", "--describe", "--", hardware]).decode()
    return max(1, int(said.partition("\nchips: ")[2].split()[0]))


@contextlib.contextmanager
def named(stream):
    """The name of a file that holds a stream, for programs that take one besides standard input."""
    with tempfile.NamedTemporaryFile(prefix="records-") as file:
        file.write(stream)
        file.flush()
        yield file.name


def constants_for(hardware):
    """The constants file that a hardware file is evaluated with: $CONSTANTS, else that which it names, else 7nm."""
    given = os.environ.get("CONSTANTS")
    if given:
        return input_file("constants", given)
    described = subprocess.run(["chiplet-gen", "--describe", hardware], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    named = [line.partition(": ")[2] for line in described.stdout.decode(errors="replace").splitlines() if line.startswith("constants: ")]
    if described.returncode != 0 or not named:
        return input_file("constants", "7nm")
    name = json.loads(named[0]) if named[0].startswith('"') else named[0]
    beside = pathlib.Path(hardware).parent / name
    return str(beside) if beside.is_file() else input_file("constants", name)


def model_operand(operand):
    """A model as study takes it, a file, a name in inputs/model or NAME=FILE: the path of the file, and what study calls its results."""
    name, _, file = operand.partition("=")
    if name and file and not pathlib.Path(operand).exists():
        stem = re.sub(r"[/\x00-\x1f\x7f]", "_", name)
        return input_file("model", file), _cut("_" + stem[1:] if stem[0] in "-." else stem, 120)
    path = pathlib.Path(input_file("model", operand))
    stem = path.resolve().parent.name if path.name == "config.json" else re.sub(r"(?<=.)\.[A-Za-z][A-Za-z0-9]*\Z", "", path.name)
    return str(path), _cut(stem, 100)


def _cut(name, size):
    """As many bytes of a name."""
    return os.fsdecode(os.fsencode(name)[:size])


def read_csv(path):
    """The rows of a CSV file as dicts; lines that begin with # are comments. A row of another length than the header is refused."""
    import csv
    with open(path, encoding="utf-8", newline="") as file:
        table = csv.reader(_without_comments(file))
        header = next(filter(None, table), None)
        if header is None:
            die(BAD_DATA, f"{path}:1: expected a header and rows of CSV")
        rows = []
        for row in filter(None, table):
            if len(row) != len(header):
                die(BAD_DATA, f"{path}:{table.line_num}: {len(row)} cells, expected the {len(header)} of the header: {','.join(header)}")
            rows.append(dict(zip(header, row)))
    return rows


def _without_comments(file):
    """The lines of a file; those of comments are empty, so that the others keep their numbers."""
    return ("\n" if line.startswith("#") else line for line in file)
