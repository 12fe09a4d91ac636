"""A run that pipelines/explore left in a folder: its records, and the copies of the inputs that it was made with."""
import atexit
import csv
import hashlib
import pathlib

from . import folders, records
from .program import BAD_DATA, IO, USAGE, die
from .provenance import Provenance

CHEAPEST = ["--objective", "min:point.usd_per_output_token", "--top", "1"]
FILES = ("servers", "frontier", "counts.csv", "provenance")
MAPS = ("chip", "package", "server", "model", "system", "workload", "point")
NUMBERS = ("workload.prefill_len", "workload.generate_len", "point.num_servers", "point.batch", "point.usd_per_output_token",
           "point.generate_latency_s")
COUNTS = ["program", "what", "reason", "count"]


class Run:
    """A run, and one of its workloads: that given as "PREFILL+GENERATE", or its first."""

    def __init__(self, folder, workload=None):
        self.folder = pathlib.Path(folder)
        self._check_folder()
        self._hold()
        self.provenance = Provenance(self.folder / "provenance")
        if not self.provenance.maps.get("copies"):
            die(BAD_DATA, f"{self.folder} was made by an older version, without copies of its inputs: run explore again")
        self.conventions = self.provenance.conventions()
        self.files = self._copies()
        self.shared = ["--constants", self.files["constants"], *self.conventions]
        self.mapping = ["llm-map", *self.shared, "--model", self.files["model"]]
        if self.provenance.values.get("model_name"):
            self.mapping += ["--name", self.provenance.text("model_name")]
        if self.files["system"]:
            self.mapping += ["--system", self.files["system"]]
        self.name = self.folder.resolve().name
        self._choose(self._read_frontier(), workload)

    def _check_folder(self):
        if not self.folder.exists():
            die(IO, f"{self.folder} is not there: expected a folder that explore has left")
        if not self.folder.is_dir():
            die(USAGE, f"{self.folder} is a file: expected a folder that explore has left")
        for name in FILES:
            if not (self.folder / name).is_file():
                die(IO, f"{self.folder / name} is not there: expected a folder that explore has left")

    def _hold(self):
        """As long as this process lives, no run writes there."""
        held = folders.reading(self.folder)
        held.__enter__()
        atexit.register(held.__exit__, None, None, None)

    def _copies(self):
        """The run's own input files by kind. What they say is what the run was made with, or the run is refused."""
        found = {kind: self.provenance.copy(kind, self.folder) for kind in ("hardware", "constants", "model", "system")}
        for kind in ("hardware", "constants", "model"):
            if found[kind] is None:
                die(BAD_DATA, f"{self.provenance.path}: copies: expected the copy of {kind}: run explore again")
        for kind, copy in found.items():
            original = self.provenance.text(kind, "")
            if copy is None or not original:
                continue
            records.ORIGINALS[str(copy)] = original
            checksum = self.provenance.maps.get("inputs", {}).get(original)
            if checksum and hashlib.sha256(copy.read_bytes()).hexdigest() != checksum:
                die(BAD_DATA, f"{copy} is not what it was when {self.folder} was made: run explore again")
        return found

    def _read_frontier(self):
        """The designs of the frontier; each has what every report needs."""
        found = records.read(self.stream("frontier"))
        for number, design in enumerate(found, 1):
            place = f"{self.folder / 'frontier'}: record {number} ({design.get('id', 'without id')})"
            if not isinstance(design.get("id"), str):
                die(BAD_DATA, f"{place}: id: expected a text")
            for name in MAPS:
                if not isinstance(design.get(name), dict):
                    die(BAD_DATA, f"{place}: {name}: expected a map, as in designs that explore writes")
            for path in NUMBERS:
                value = records.field(design, path)
                if not isinstance(value, (int, float)) or value <= 0:
                    die(BAD_DATA, f"{place}: {path}: expected a number above 0")
        return [records.lenient(design) for design in found]

    def _choose(self, frontier, workload):
        """Keeps the designs of one workload."""
        if not frontier:
            die(BAD_DATA, f"{self.folder}: no design can serve the model, there is nothing to show")
        self.workloads = list(dict.fromkeys(workload_of(design) for design in frontier))
        self.workload = workload or self.workloads[0]
        if self.workload not in self.workloads:
            die(USAGE, f"no workload {self.workload} in {self.folder}: there are {', '.join(self.workloads)}")
        self.frontier = [design for design in frontier if workload_of(design) == self.workload]
        prefill, generate = self.workload.split("+")
        self.cheapest = [*CHEAPEST, "--where", f"workload.prefill_len={prefill},workload.generate_len={generate}"]

    def counts(self):
        """The rows of counts.csv: program, what, reason, count."""
        path, found = self.folder / "counts.csv", []
        with open(path, encoding="utf-8", newline="") as file:
            table = csv.reader(file)
            header = next(table, [])
            for name in COUNTS:
                if name not in header:
                    die(BAD_DATA, f"{path}:1: expected the columns {','.join(COUNTS)}; there is no {name}")
            for row in filter(None, table):
                cells = dict(zip(header, row))
                if len(row) != len(header) or not cells["count"].isascii() or not cells["count"].isdigit() or len(cells["count"]) > 18:
                    die(BAD_DATA, f"{path}:{table.line_num}: expected {len(header)} cells, of which count is a whole number")
                found.append(cells)
        return found

    def stream(self, name):
        return (self.folder / name).read_bytes()

    def best_command(self, groups):
        """The job that finds the cheapest design of each value of each of the fields `groups`, for parallel-records."""
        return best_job(self.mapping, self.shared, self.cheapest, groups)

    def best(self, groups):
        """For each of the fields `groups`, the cheapest design at each of its values, ascending; with breakdown."""
        found = records.run(["parallel-records", "--block", "4M", "stream", self.best_command(groups)], source=self.folder / "servers")
        chosen = {group: records.read(records.run(["pareto", *CHEAPEST, "--group", group], source=found)) for group in groups}
        full = self.with_breakdown([design for designs in chosen.values() for design in designs])
        return {group: sorted((full[key(design)] for design in designs), key=lambda d: records.field(d, group))
                for group, designs in chosen.items()}

    def with_breakdown(self, designs):
        """These designs with the columns of --breakdown, by key()."""
        servers = records.lines_with_ids(self.stream("servers"), {design["id"] for design in designs})
        rows = records.read(records.run([*self.mapping, "--breakdown"], ["tco-eval", *self.shared, "--breakdown"],
                                        ["rec2json", "--flat"], source=servers), encoded=False)
        wanted = {key(design) for design in designs}
        found = {key(row): records.lenient(row) for row in rows if key(row) in wanted}
        for design in designs:
            if key(design) not in found:
                die(BAD_DATA, f"{self.folder}: its servers have no operating point such as that of {design['id']} with batch "
                              f"{design['point']['batch']}: run explore again")
        return found


def best_job(mapping, shared, cheapest, groups):
    """The job for parallel-records that maps, costs, and finds the cheapest design of each value of each of the fields `groups`."""
    evaluate = records.job(mapping, ["tco-eval", *shared])
    paretos = "".join(" && " + records.job(["pareto", *cheapest, "--group", group]) + ' "$rows"' for group in groups)
    return f'rows=$(mktemp) && trap \'rm -f -- "$rows"\' EXIT && {evaluate} >"$rows"{paretos}'


def workload_of(design):
    return f"{design['workload']['prefill_len']}+{design['workload']['generate_len']}"


MAPPING = ("num_servers", "batch", "tensor_parallel", "pipeline_parallel", "micro_batch", "prefill_micro_batch",
           "attention_parallel", "expert_parallel")
SYSTEM = ("allreduce_algo", "compute_perf_efficiency", "io_bandwidth_efficiency", "weight_bandwidth_efficiency", "energy_model",
          "alltoall", "route_servers", "overlap", "expert_imbalance", "capacity_factor", "redundant_experts", "kv_sharding", "mla_generate",
          "instances_per_server")


def key(design):
    """What tells one design of a run from another: only what llm-map has written, whatever other stages have added."""
    return (design["id"], workload_of(design), *(design["point"].get(name) for name in MAPPING),
            *(design["system"].get(name) for name in SYSTEM), *sorted(design["system"].get("overheads", {}).items()))
