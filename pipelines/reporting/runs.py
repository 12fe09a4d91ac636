"""What explore and study have left in folders: records, and the copies of the inputs that they were made with."""
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
MAY_BE_0 = "point.generate_latency_s"  # an answer of one token comes with the prefill
COUNTS = ["program", "what", "reason", "count"]


class Folder:
    """What a pipeline has left: its provenance, and the copies of its inputs. As long as this process lives, no run writes there."""

    maker, expected = "explore", FILES

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._check_folder()
        self._hold()
        self.provenance = Provenance(self.folder / "provenance")
        if not self.provenance.maps.get("copies"):
            die(BAD_DATA, f"{self.folder} was made by an older version, without copies of its inputs: run {self.maker} again")
        self.conventions = self.provenance.conventions()
        self.files = {kind: self._copy(kind) for kind in ("hardware", "constants", "system")}
        for kind in ("hardware", "constants"):
            if self.files[kind] is None:
                die(BAD_DATA, f"{self.provenance.path}: copies: expected the copy of {kind}: run {self.maker} again")
        self.shared = ["--constants", self.files["constants"], *self.conventions]
        self.name = self.folder.resolve().name

    def _check_folder(self):
        if not self.folder.exists():
            die(IO, f"{self.folder} does not exist; expected a folder that {self.maker} has written")
        if not self.folder.is_dir():
            die(USAGE, f"{self.folder} is a file; expected a folder that {self.maker} has written")
        for name in self.expected:
            if not (self.folder / name).is_file():
                die(IO, f"{self.folder / name} does not exist; expected a folder that {self.maker} has written")

    def _hold(self):
        held = folders.reading(self.folder)
        held.__enter__()
        atexit.register(held.__exit__, None, None, None)

    def _copy(self, kind):
        """The one copy of a kind, which is what the run was made with; None where it has none."""
        copy, original = self.provenance.copy(kind, self.folder), self.provenance.text(kind, "")
        if copy is not None and original:
            self._check_copy(copy, original)
        return copy

    def _check_copy(self, copy, original):
        records.ORIGINALS[str(copy)] = original
        checksum = self.provenance.maps.get("inputs", {}).get(original)
        if checksum and hashlib.sha256(copy.read_bytes()).hexdigest() != checksum:
            die(BAD_DATA, f"{copy} has changed since {self.folder} was made: run {self.maker} again")

    def mapping_of(self, model, name=None):
        """The command that maps a model onto servers, as the run did."""
        return ["llm-map", *self.shared, "--model", model, *(["--name", name] if name else []),
                *(["--system", self.files["system"]] if self.files["system"] else [])]

    def read_designs(self, file):
        """The designs of a file of the folder; each has what every report needs."""
        found = records.read(records.run(["rec2json", "--", self.folder / file]), encoded=False)
        for number, design in enumerate(found, 1):
            place = f"{self.folder / file}: record {number} ({design.get('id', 'without id')})"
            if not isinstance(design.get("id"), str):
                die(BAD_DATA, f"{place}: id: expected a text")
            for name in MAPS:
                if not isinstance(design.get(name), dict):
                    die(BAD_DATA, f"{place}: {name}: expected a map, as in designs that {self.maker} writes")
            for path in NUMBERS:
                value = records.field(design, path)
                if not isinstance(value, (int, float)) or value < 0 or (value == 0 and path != MAY_BE_0):
                    die(BAD_DATA, f"{place}: {path}: expected a number " + ("of 0 or more" if path == MAY_BE_0 else "above 0"))
        return [records.lenient(design) for design in found]

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

    def broken_down(self, designs, servers, mapping):
        """These designs with the columns of --breakdown, by key(), from a stream of their servers."""
        rows = records.read(records.run([*mapping, "--breakdown"], ["tco-eval", *self.shared, "--breakdown"],
                                        ["pareto", *CHEAPEST[:-1], "1000000000"], ["rec2json"], source=servers), encoded=False)
        wanted = {key(design) for design in designs}
        found = {key(row): records.lenient(row) for row in rows if key(row) in wanted}
        for design in designs:
            if key(design) not in found:
                die(BAD_DATA, f"{self.folder}: its servers have no operating point such as that of {design['id']} with batch "
                              f"{design['point']['batch']}: run {self.maker} again")
        return found


class Run(Folder):
    """A run of explore, and one of its workloads: that given as "PREFILL+GENERATE", or its first. where: conditions, as pareto has them, of
    which nothing but what keeps them is looked at: its frontier is then found anew, among all designs on its servers, unless `frontier`
    says that it is not needed."""

    def __init__(self, folder, workload=None, where="", frontier=True):
        super().__init__(folder)
        self.files["model"] = self._copy("model")
        if self.files["model"] is None:
            die(BAD_DATA, f"{self.provenance.path}: copies: expected the copy of model: run explore again")
        self.where, self.levels, self.full = where, service_levels(where), {}
        self.mapping = [*self.mapping_of(self.files["model"], self.provenance.text("model_name", "") or None), *self.levels]
        self._choose(self.read_designs("frontier"), workload)
        if where:
            self.cheapest += ["--where", where]
            self.frontier = self._kept() if frontier else []

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

    def _kept(self):
        """The frontier of the designs that keep the conditions."""
        conditions = ["pareto", *self.cheapest[len(CHEAPEST):]]
        found = records.run_split([self.mapping, ["tco-eval", *self.shared], conditions], [conditions], self.folder / "servers")
        designs = [records.lenient(design) for design in records.read(found)]
        if not designs:
            die(USAGE, f"{self.folder}: no design serves the model with {self.where}")
        return designs

    def stream(self, name):
        return (self.folder / name).read_bytes()

    def best_command(self, groups):
        """The job that finds the cheapest design of each value of each of the fields `groups`, for parallel-records."""
        return best_job(self.mapping, self.shared, self.cheapest, groups)

    def best(self, groups):
        """For each of the fields `groups`, the cheapest design at each of its values, ascending; with breakdown."""
        found = records.run(["parallel-records", "--block", "4M", "stream", self.best_command(groups)], source=self.folder / "servers")
        chosen = {group: records.read(records.run(["pareto", *CHEAPEST, "--group", group], source=found)) for group in groups}
        self.full = self.with_breakdown([design for designs in [*chosen.values(), self.frontier] for design in designs])
        return {group: sorted((self.full[key(design)] for design in designs), key=lambda d: records.field(d, group))
                for group, designs in chosen.items()}

    def with_breakdown(self, designs, options=()):
        """These designs with the columns of --breakdown, by key(). options: further ones of llm-map, by which they were found. After best()
        those of the frontier are there."""
        if not options and all(key(design) in self.full for design in designs):
            return self.full
        servers = records.lines_with_ids(self.stream("servers"), {design["id"] for design in designs})
        return self.broken_down(designs, servers, [*self.mapping, *options])


class Study(Folder):
    """What study has left: the frontier of each model, by the name that its designs have; a model that no server serves has none."""

    maker, expected = "study", ("study.csv", "counts.csv", "provenance")

    def __init__(self, folder):
        super().__init__(folder)
        names, files, originals = (self.provenance.list(key) for key in ("names", "frontiers", "models"))
        if not names or not files or not originals or not len(names) == len(files) == len(originals):
            die(BAD_DATA, f"{self.folder} was made by an older version, which did not say the names of its models: run study again")
        copies = self.provenance.copies("model", self.folder)
        if len(copies) != len(names):
            die(BAD_DATA, f"{self.provenance.path}: copies: model: expected {len(names)} files: run study again")
        self.mappings, self.frontiers = {}, {}
        for name, file, original, copy in zip(names, files, originals, copies):
            self._check_copy(copy, original)
            self.mappings[name] = self.mapping_of(copy, name)
            if pathlib.PurePath(file).name != file or not (self.folder / file).is_file():
                die(IO, f"{self.folder / file} does not exist; expected a folder that study has written")
            self.frontiers[name] = self.read_designs(file)

    def with_breakdown(self, progress):
        """The frontier of each model, its designs with the columns of --breakdown."""
        ids = {design["id"] for designs in self.frontiers.values() for design in designs}
        servers = servers_of(ids, self.shared, self.files["hardware"])
        found = {}
        for name, designs in self.frontiers.items():
            mine = records.lines_with_ids(servers, {design["id"] for design in designs})
            full = self.broken_down(designs, mine, self.mappings[name]) if designs else {}
            found[name] = [full[key(design)] for design in designs]
            progress.step()
        return found


def servers_of(ids, shared, hardware):
    """The servers of these ids, made again from their chips alone."""
    chips = records.run(["chiplet-gen", *shared, "--", hardware])
    chips = records.lines_with_ids(chips, {name.split(".")[0] for name in ids})
    return records.lines_with_ids(records.run(["server-pack", *shared, "--hardware", hardware], source=chips), ids)


def best_job(mapping, shared, cheapest, groups):
    """The job for parallel-records that maps, costs, and finds the cheapest design of each value of each of the fields `groups`."""
    evaluate = records.job(mapping, ["tco-eval", *shared])
    paretos = "".join(" && " + records.job(["pareto", *cheapest, "--group", group]) + ' "$rows"' for group in groups)
    return f'rows=$(mktemp) && trap \'rm -f -- "$rows"\' EXIT && {evaluate} >"$rows"{paretos}'


def service_levels(where):
    """The option of llm-map that conditions need."""
    return ["--service-levels"] if "ttft_s" in where else []


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
            *(design["system"].get(name) for name in SYSTEM), str(design["system"].get("overheads")))
