"""What the model says of measured points, by llm-map: many sets of constants at once, a process for each layout of a model.

The constants stand in chip.calibrated of a server record, so that one stream holds the same server with each set of them."""
import concurrent.futures
import json
import math
import os
import re

from . import records
from .program import BAD_DATA, die

EFFICIENCIES = ("compute_perf_efficiency", "io_bandwidth_efficiency", "weight_bandwidth_efficiency")
# What serving engines leave unused by weights and KV cache: about 10 % and 2 GB of a chip's memory.
RESERVED = {"memory_reserved_share": 0.1, "memory_reserved_bytes": 2e9}


class Hardware:
    """A hardware file: its constants, its only server, and how many devices that has."""

    def __init__(self, file):
        self.file, self.constants = file, records.constants_for(file)
        stream = records.run(["chiplet-gen", "--constants", self.constants, "--", file],
                             ["server-pack", "--constants", self.constants, "--hardware", file])
        found = records.read(stream)
        if len(found) != 1:
            die(BAD_DATA, f"{file}: {len(found)} servers: expected one that measurements can be of")
        self.server = found[0]
        package = self.server["package"]
        devices = package.get("devices", package["num_chips"])
        self.devices = self.server["server"]["num_packages"] * devices
        self.dies_of_a_device = package["num_chips"] // devices

    def share_of_servers(self, devices):
        """(servers, instances to a server) of so many devices, or None where they are neither whole servers nor a whole part of one."""
        if devices % self.devices == 0:
            return devices // self.devices, 1
        return (1, self.devices // devices) if self.devices % devices == 0 else None

    def stream(self, sets):
        """The server once for each set of constants; None: as its file has it."""
        copies = []
        for number, constants in enumerate(sets):
            record = json.loads(json.dumps(self.server))
            record["id"] = f"set{number}"
            if constants is not None:
                record["chip"].pop("overheads", None)
                record["chip"]["calibrated"] = {"set": "trial", "n": 1, "error": 0.0, **RESERVED, **constants}
            copies.append(record)
        return records.write(copies)


def written_anew(file, folder, changes):
    """A copy of a model file with these keys of its map Model, those that it has and others; the file itself where there are none."""
    if not changes:
        return file
    with open(file, encoding="utf-8") as source:
        content = source.read().rstrip("\n") + "\n"
    for key, value in changes.items():
        content, found = re.subn(rf"^  {key}:.*$", f"  {key}: {value}", content, flags=re.M)
        content += "" if found else f"  {key}: {value}\n"
    name = "-".join([os.path.basename(file).removesuffix(".yaml"), *map(str, changes.values())])
    path = os.path.join(folder, name + ".yaml")
    with open(path, "w", encoding="utf-8") as copy:
        copy.write(content)
    return path


def key_of(file, key):
    """The value of a key of a model file's map Model, or None."""
    with open(file, encoding="utf-8") as source:
        found = re.search(rf"^  {key}: *([^ #\n]+)", source.read(), re.M)
    return found and found.group(1)


def changes_of(model, bits, identical):
    """The keys by which the model that ran differs from its file: bits, and where all requests are the same as many experts as a token
    has, for these are all that are read."""
    changes = {}
    if any(float(width) != 16 for width in bits):
        changes = dict(zip(("weight_bits", "activation_bits", "kv_bits"), bits))
    chosen = identical and key_of(model, "experts_per_token")
    return {**changes, "num_experts": chosen} if chosen else changes


def evaluations(stream, constants, model, system):
    """What llm-map says of servers with a model under a system, a dict, which it reads from a file without a name."""
    with records.scratch(json.dumps(system).encode()) as file:
        return records.read(records.run(["llm-map", "--constants", constants, "--model", model, "--system",
                                         f"/proc/{os.getpid()}/fd/{file.fileno()}"], source=stream))


class Layout:
    """The points of one layout of one model: a command that evaluates them, and how its answers are read."""

    def __init__(self, hardware, points, folder, identical):
        self.points, first = points, points[0]
        servers, instances = hardware.share_of_servers(first.chips)
        mapping = {"t": first.tensor, "p": first.pipeline, "micro_batch": 0, "prefill_micro_batch": 0}
        if first.expert > 1:
            mapping["expert_parallel"] = first.expert
        system = {"num_servers": servers, "default_mapping": mapping}
        if instances > 1:
            system["instances_per_server"] = instances
        if first.algorithm:
            system["allreduce_algo"] = first.algorithm
        batches = {}
        for point in points:
            batches.setdefault((point.prompt, point.answer), set()).add(point.batch)
        system["workload"] = [{"batches": sorted(found), "eval_len": list(lengths)} for lengths, found in sorted(batches.items())]
        self.system = system
        self.model = written_anew(first.model, folder, changes_of(first.model, first.bits, identical))
        self.constants, self.described = hardware.constants, None

    def seconds(self, stream, count):
        """Of each set of constants the seconds of each point; NaN where the mapping was rejected."""
        found = {}
        for evaluation in evaluations(stream, self.constants, self.model, self.system):
            self.described = evaluation["model"]
            points, lengths = evaluation["points"], tuple(evaluation["workload"].values())
            for batch, prefill, generate in zip(points["batch"], points["prefill_latency_s"], points["generate_latency_s"]):
                found[evaluation["id"], *lengths, batch] = (prefill, generate)
        nothing = (math.nan, math.nan)
        return [[measure(point, *found.get((f"set{number}", point.prompt, point.answer, point.batch), nothing)) for point in self.points]
                for number in range(count)]


def measure(point, prefill, generate):
    """What a measurement has of the seconds of a batch's prompt pass and of its steps."""
    if point.quantity == "prefill_ms":
        return prefill
    if point.quantity == "decode_ms_per_token":
        return generate / (point.answer - 1)
    return prefill + generate


class Predictor:
    """Seconds of points of one hardware file, in their order, for lists of constants; each set is asked of llm-map once."""

    def __init__(self, hardware, points, folder, identical=False):
        self.hardware, self.points, self.known = hardware, points, {}
        places = {}
        for i, point in enumerate(points):
            places.setdefault(point.layout, []).append(i)
        self.layouts = [(places_of, Layout(hardware, [points[i] for i in places_of], folder, identical)) for places_of in places.values()]

    def __call__(self, sets):
        keys = [None if constants is None else tuple(sorted(constants.items())) for constants in sets]
        fresh = [i for i, key in enumerate(keys) if key not in self.known]
        if fresh:
            stream = self.hardware.stream([sets[i] for i in fresh])
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as threads:
                parts = list(threads.map(lambda layout: layout[1].seconds(stream, len(fresh)), self.layouts))
            for number, i in enumerate(fresh):
                row = [math.nan] * len(self.points)
                for (places, _), part in zip(self.layouts, parts):
                    for place, seconds in zip(places, part[number]):
                        row[place] = seconds
                self.known[keys[i]] = row
        return [self.known[key] for key in keys]

    def described(self):
        """What a record says of each point's model, after a call; None where all its mappings were rejected."""
        found = [None] * len(self.points)
        for places, layout in self.layouts:
            for place in places:
                found[place] = layout.described
        return found


def least_seconds(hardware, model, point):
    """Below this a run cannot have read its weights at the peak of the memory: its answers were cut off."""
    chip, package = hardware.server["chip"], hardware.server["package"]
    bandwidth = package["dram_bytes_per_s_per_chip"] * hardware.dies_of_a_device or chip["sram_bytes_per_s"]
    active = model["bytes"] * model.get("active_parameters", model["parameters"]) / model["parameters"]
    steps = {"prefill_ms": 0, "decode_ms_per_token": 1, "e2e_ms": point.answer - 1}[point.quantity]
    return steps * active / (point.chips * bandwidth)
