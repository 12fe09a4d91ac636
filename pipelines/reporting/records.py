"""Records as dicts, through the programs: rec2json on the way in, json2rec on the way out."""
import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys

PIPELINES = pathlib.Path(__file__).resolve().parent.parent
INPUTS = PIPELINES / "inputs"


def add_programs_to_path():
    """The programs are in $BIN, in bin/ of the source tree, or, installed, in bin/ of the prefix or the PATH."""
    for folder in filter(None, [os.environ.get("BIN"), PIPELINES.parent / "bin", PIPELINES.parents[2] / "bin"]):
        if (pathlib.Path(folder) / "chiplet-gen").exists():
            os.environ["PATH"] = f"{pathlib.Path(folder).resolve()}:{os.environ['PATH']}"
            break
    os.environ["PATH"] = f"{PIPELINES}:{os.environ['PATH']}"


add_programs_to_path()


def die(code, message):
    print(f"{pathlib.Path(sys.argv[0]).name}: {message}", file=sys.stderr)
    sys.exit(code)


def sh(command, stdin=None):
    """Runs a pipeline in bash, each stage of which must succeed; returns its output as bytes."""
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], input=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        sys.stderr.buffer.write(done.stderr)
        die(done.returncode, f"this failed: {command}")
    return done.stdout


def quote(*words):
    return " ".join(shlex.quote(str(word)) for word in words)


def read(stream):
    """The records of a stream of bytes, as dicts."""
    return [json.loads(line) for line in sh("rec2json", stream).splitlines()]


def write(records):
    """The stream of these dicts."""
    return sh("json2rec", "".join(json.dumps(record) + "\n" for record in records).encode())


def lines_with_ids(stream, ids):
    """Those records of a stream whose id is one of `ids`, as a stream."""
    wanted = set(ids)
    kept = [line for line in sh("rec2json", stream).splitlines() if json.loads(line)["id"] in wanted]
    return sh("json2rec", b"".join(line + b"\n" for line in kept))


def field(record, path):
    """The value under a path such as server.cost_usd; None where the record has no such field."""
    value = record
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value


def input_file(kind, name):
    """A file as it is, or the name of one in inputs/KIND."""
    known = INPUTS / kind / f"{name}.yaml"
    if pathlib.Path(name).is_file():
        return str(name)
    if known.is_file():
        return str(known)
    names = " ".join(sorted(path.stem for path in (INPUTS / kind).glob("*.yaml")))
    return die(2, f"no {kind} file '{name}': neither a file nor one of: {names}")


def read_csv(path):
    """The rows of a CSV file as dicts; lines that begin with # are comments."""
    try:
        with open(path, encoding="utf-8") as file:
            return list(csv.DictReader(line for line in file if not line.startswith("#")))
    except OSError as error:
        return die(3, f"{path}: {error.strerror}")
