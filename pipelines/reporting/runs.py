"""A run that pipelines/explore left in a folder: its records, and what it was made with."""
import csv
import hashlib
import json
import pathlib

from . import records

CHEAPEST = "--objective min:point.usd_per_output_token --top 1"


class Run:
    """A run, and one of its workloads: that given as "PREFILL+GENERATE", or its first."""

    def __init__(self, folder, workload=None):
        self.folder = pathlib.Path(folder)
        for name in ("servers", "frontier", "counts.csv", "provenance"):
            if not (self.folder / name).is_file():
                records.die(3, f"{self.folder / name} is not there: expected a folder that explore has left")
        self.provenance = self._read_provenance()
        conventions = self.provenance["conventions"]
        self.shared = "--constants " + records.quote(self.provenance["constants"])
        self.shared += "" if conventions == "corrected" else f" {conventions}"
        self.mapping = f"llm-map {self.shared} --model {records.quote(self.provenance['model'])}"
        if self.provenance["system"]:
            self.mapping += f" --system {records.quote(self.provenance['system'])}"
        self.name = self.folder.name
        frontier = records.read(self.stream("frontier"))
        if not frontier:
            records.die(1, f"{self.folder}: no design can serve the model, there is nothing to show")
        self.workloads = list(dict.fromkeys(workload_of(design) for design in frontier))
        self.workload = workload or self.workloads[0]
        if self.workload not in self.workloads:
            records.die(2, f"no workload {self.workload} in {self.folder}: there are {', '.join(self.workloads)}")
        self.frontier = [design for design in frontier if workload_of(design) == self.workload]
        prefill, generate = self.workload.split("+")
        self.cheapest = f"{CHEAPEST} --where workload.prefill_len={prefill},workload.generate_len={generate}"

    def _read_provenance(self):
        found, sums = {}, {}
        for line in (self.folder / "provenance").read_text(encoding="utf-8").splitlines():
            key, _, value = line.strip().partition(": ")
            if line.startswith('  "'):
                sums[json.loads(key)] = value
            elif not line.startswith(" "):
                found[key] = json.loads(value) if value.startswith('"') else value
        for path, checksum in sums.items():
            file = pathlib.Path(path)
            if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != checksum:
                records.die(1, f"{path} is not what it was when {self.folder} was made: run explore again")
        return found

    def counts(self):
        with open(self.folder / "counts.csv", encoding="utf-8") as table:
            return list(csv.DictReader(table))

    def stream(self, name):
        return (self.folder / name).read_bytes()

    def best_command(self, groups):
        """The pipeline that finds the cheapest design of each value of each of the fields `groups`."""
        paretos = "; ".join(f'pareto {self.cheapest} --group {group} "$rows"' for group in groups)
        return (f'rows=$(mktemp); {self.mapping} | tco-eval {self.shared} >"$rows"; {paretos}; rm -f "$rows"')

    def best(self, groups):
        """For each of the fields `groups`, the cheapest design at each of its values, ascending; with breakdown."""
        job = records.quote(self.best_command(groups))
        found = records.sh(f"parallel-records stream {job} <{records.quote(self.folder / 'servers')}")
        chosen = {}
        for group in groups:
            chosen[group] = records.read(records.sh(f"pareto {CHEAPEST} --group {group}", found))
        full = self.with_breakdown([design for designs in chosen.values() for design in designs])
        return {group: sorted((full[key(design)] for design in designs), key=lambda d: records.field(d, group))
                for group, designs in chosen.items()}

    def with_breakdown(self, designs):
        """These designs with the columns of --breakdown, by key()."""
        servers = records.lines_with_ids(self.stream("servers"), {design["id"] for design in designs})
        rows = records.read(records.sh(f"{self.mapping} --breakdown | tco-eval {self.shared} --breakdown | "
                                       "rec2json --flat | json2rec", servers))
        wanted = {key(design) for design in designs}
        return {key(row): row for row in rows if key(row) in wanted}


def workload_of(design):
    return f"{design['workload']['prefill_len']}+{design['workload']['generate_len']}"


def key(design):
    """What tells one design of a run from another."""
    point = design["point"]
    names = ("num_servers", "batch", "tensor_parallel", "pipeline_parallel", "micro_batch", "prefill_micro_batch")
    return (design["id"], *(design["workload"].values()), *(point.get(name) for name in names),
            json.dumps(design["system"]))
