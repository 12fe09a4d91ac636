"""What kinds of hardware offer for a demand and a promise: designs that stages find, searched by shards, and the pipelines that find them.

Ways to serve: prompts whole or in chunks beside generation; systems of whole servers or several in a server; or each phase on systems of
its own. The cheapest that keeps the promise is looked for in each."""
import csv
import functools
import hashlib
import itertools
import math
import os
import pathlib

from . import fleets, program, promises, records

HARDWARE = "chiplet-cloud,h100,h200,b200,mi300x,tpuv5p"
PROGRAMS = ("chiplet-gen", "server-pack", "llm-map", "tco-eval", "portfolio", "phase-join", "pareto")
SHARDS = 8
MIX_DESIGNS = 32        # of a mix, so many servers are costed in whole systems
PHASES = ("prefill", "generate")
LARGER = [128, 256, 512]        # servers of a system, where fewer have no room for the model
SHARING = [2, 4, 8, 16, 32, 64]         # systems in a server
CHUNKS = (1, 2, 4, 8)   # of a prompt
PHASE_DESIGNS = 12      # of each phase, so many are joined with those of the other
LIKELY = 256            # servers that chunks are tried on first
BLOCK = 1 << 20         # bytes of servers for a job
ROUNDING = 1e-9
COST = "point.demand_usd_per_output_token"
LEVELS = ("ttft_s", "tpot_s")
FRONTIER = "demand_usd_per_output_token,ttft_s,tpot_s"


def objective(*paths):
    return ",".join(f"min:{path}" for path in paths)


# What designs are compared by: cost, then times.
BEST = objective(COST, *(f"point.{level}" for level in LEVELS))


def chunk_sizes(prompt):
    """Tokens of a prompt in a pass: the whole, a half, a quarter, an eighth."""
    return sorted({math.ceil(prompt / parts) for parts in CHUNKS})


def conditions(limits):
    """For --where: {path: most}, without those that are None."""
    return ",".join(f"{path}<={promises.plain(most)}" for path, most in limits.items() if most is not None)


def where(limits):
    said = conditions(limits)
    return ["--where", said] if said else []


class Way:
    """How systems serve."""

    def __init__(self, chunked, shared):
        self.chunked, self.shared = chunked, shared

        self.phase = ["--phase", "chunked"] if chunked else []
        # of llm-map, where the points of every server are wanted
        self.each = self.phase or ["--service-levels", "--price-range", "inf"]

    def best(self, demand, columns=FRONTIER, limits=None):
        """Options of llm-map: points that others beat in these columns, within limits on times, may be left out."""
        return [*self.phase, "--frontier", columns, *where(limits or {}), "--demand", demand]

    def file(self, larger):
        """The name of its system file."""
        return f"{'larger-' * larger}{'chunks' if self.chunked else 'system'}{'-in-a-server' * self.shared}.yaml"

    def lines(self, task, larger):
        """What its system file says."""
        counts = "num_servers: 1\ninstances_per_server: " + str(SHARING) if self.shared else f"num_servers: {task.counts + LARGER * larger}"
        chunk = f"prefill_chunk: {chunk_sizes(task.promise.prefill)}\n" if self.chunked else ""
        return f"# Written by recommend.\n{counts}\n{chunk}workload: {{eval_len: [{task.promise.prefill}, {task.promise.generate}]}}\n"


WHOLE, WHOLE_SHARED, CHUNKED, CHUNKED_SHARED = WAYS = [Way(chunked, shared) for chunked in (False, True) for shared in (False, True)]


def way_of(design):
    """The way that a design is found in."""
    system = design["system"]
    return WAYS[2 * (system.get("phase") == "chunked") + (system.get("instances_per_server", 1) > 1)]


class Task:
    """What is asked for: models and their shares, the promise, phases together or apart, and the files that all of it is computed with."""

    def __init__(self, found, work):
        self.given = [name for name in (found.get("--model") or program.die(program.USAGE, "--model is required: a model, or several with commas")).split(",") if name]
        self.files = {self._name(given): records.input_file("model", given.rpartition("=")[2]) for given in self.given}
        if len(self.files) < len(self.given) or not self.given:
            program.die(program.USAGE, f"--model {found['--model']}: expected each model once")
        self.shares = promises.shares(found.get("--mix"), list(self.files))
        wanted = found.get("--tokens-per-s") or program.die(program.USAGE, "--tokens-per-s is required: the demand, in tokens of answers a second")
        self.promise = promises.Promise(
            promises.positive("--tokens-per-s", wanted), promises.lengths(found.get("--workload", "1024,512")),
            *(promises.positive(option, found[option], promises.SECONDS) if option in found else None for option in ("--ttft", "--tpot")))
        self.apart = self._phases(found.get("--phases", "together"))
        self.conventions = promises.conventions()
        self.rents = fleets.rents(os.environ.get("RENTAL") or records.INPUTS / "published" / "rental.csv")
        self.hardware = [name for name in found.get("--hardware", HARDWARE).split(",") if name]
        if not self.hardware:
            program.die(program.USAGE, f"--hardware {found['--hardware']}: expected kinds of hardware, such as h100,tpuv5p")
        self.work, self.counts = work, self._counts()
        if self.promise.generate < 2:
            program.die(program.USAGE, f"--workload {found['--workload']}: an answer of one token comes with its prompt: expected answers of 2 tokens or more")
        for way, larger in itertools.product(WAYS, (False, True)):
            self.system(way, larger).write_text(way.lines(self, larger), encoding="utf-8")

    def system(self, way, larger=False):
        return self.work / way.file(larger)

    @staticmethod
    def _name(given):
        """What a model is called: NAME of NAME=FILE, or what its records say."""
        name, equals, _ = given.rpartition("=")
        if equals:
            return name
        file = records.input_file("model", given)
        said = records.run(["llm-map", "--constants", records.input_file("constants", "7nm"), "--model", file, "--describe"]).decode()
        return said.removeprefix("name: ").partition("\nnum_layers: ")[0]

    def _phases(self, given):
        if given not in ("together", "apart"):
            program.die(program.USAGE, f"--phases {given}: expected together or apart")
        if given == "apart" and len(self.files) > 1:
            program.die(program.USAGE, "--phases apart takes one model: a mix shares one kind of server, phases apart do not")
        return given == "apart"

    def _counts(self):
        """Numbers of servers: powers of two, and what divides the layers of a model and is not near to one."""
        powers = {2 ** i for i in range(7)}
        found = set(powers)
        for file in self.files.values():
            said = records.run(["llm-map", "--constants", records.input_file("constants", "7nm"), "--model", file, "--describe"]).decode()
            layers = int(said.partition("num_layers: ")[2].split()[0])
            found |= {n for n in range(1, min(layers, max(powers)) + 1) if layers % n == 0 and all(abs(n - power) > 0.1 * power for power in powers)}
        return sorted(found)

    def models(self, names=None):
        """The options that name models, all unless names says which."""
        return [word for name in names or self.files for word in ("--model", self.files[name], "--name", name)]

    def limits(self, times=1.0):
        """The levels that are promised, so many times as long."""
        return {f"point.{level.name}": level.promised and level.promised * times for level in self.promise.levels}

    def best(self, offers):
        """The cheapest that keeps the promise; where none does, the one that comes nearest to it. Of equal ones the first."""
        kept = [offer for offer in offers if self.promise.kept(offer.levels)]
        if kept:
            return min(kept, key=lambda offer: offer.usd_per_token())
        return min(offers, key=lambda offer: (self.promise.worst(offer.levels)[0], offer.usd_per_token()), default=None)

    def figures(self, design):
        """Its service levels."""
        return {name: design["point"][name] for name in LEVELS}

    def best_design(self, designs):
        """As best, of designs."""
        ratio = lambda design: max(1.0, self.promise.worst(self.figures(design))[0])
        return min(designs, key=lambda design: (ratio(design), records.field(design, COST)), default=None)


class Hardware:
    """One kind of hardware, and the pipelines over it."""

    def __init__(self, given, task):
        self.task, self.file = task, records.input_file("hardware", given)
        self.name = pathlib.PurePath(given).stem
        self.constants = records.constants_for(self.file)
        self.rent, self.larger, self.times = task.rents.get(self.name), False, 1.0
        self.shared = ["--constants", self.constants, *task.conventions]
        self.chips = records.chips_of(self.file)

    def servers(self, shard=None):
        """Commands from the hardware file to servers."""
        split = ["--shard", shard] if shard else []
        return [["chiplet-gen", *self.shared, *split, "--", self.file], ["server-pack", *self.shared, "--hardware", self.file]]

    def mapping(self, way, *options, names=None):
        """options: in place of those that keep what is best for the demand."""
        return ["llm-map", *self.shared, *self.task.models(names), "--system", self.task.system(way, self.larger),
                *(options or way.best(self.task.promise.demand()))]

    def cost(self, share=1.0):
        bought = [] if self.rent is None else ["--bought"]
        return ["tco-eval", *self.shared, "--demand", self.task.promise.demand(share), *bought]

    def run(self, *commands, last):
        """What comes out of servers | commands | last, by shards; kept, and taken again where nothing that it depends on has changed."""
        return self._kept(commands, last, lambda: self._by_shards(*commands, last, end=last))

    def _by_shards(self, *commands, end):
        if self.chips == 1:
            return records.run(*self.servers(), *commands)
        job = records.job(*self.servers(records.SHARD), *commands)
        return records.run(["parallel-records", "shards", str(min(SHARDS, self.chips)), job], end)

    def _kept(self, commands, last, find):
        kept = self.task.work / "kept" / self._key(commands, last)
        if not kept.is_file():
            found = find()
            kept.write_bytes(found)
        return kept.read_bytes()

    def _key(self, commands, last):
        """A checksum of the commands and of what every file in them says."""
        words = (*(word for command in (*self.servers(), *commands, last) for word in command),
                 *(records.program_path(name) for name in PROGRAMS))
        total = hashlib.sha256()
        for word in map(str, words):
            path = pathlib.Path(word)
            if not path.is_file():
                total.update(word.encode(errors="surrogateescape") + b"\0")
                continue
            total.update(hashlib.sha256(path.read_bytes()).digest())
            beside = path.parent / "hf_quant_config.json"
            if beside.is_file():
                total.update(hashlib.sha256(beside.read_bytes()).digest())
        return total.hexdigest()

    def frontier(self, mapping, levels=LEVELS):
        """The designs of one model that nothing beats in cost at the demand and in service levels."""
        return records.read(self.run(mapping, self.cost(), last=["pareto", "--objective", objective(COST, *(f"point.{level}" for level in levels))]))

    def phase_mapping(self, phase):
        """Systems of one phase, the best in cost at the demand and in its level."""
        level = dict(zip(PHASES, LEVELS))[phase]
        return self.mapping(WHOLE, "--phase", phase, "--frontier", f"demand_usd_per_output_token,{level}", "--demand", self.task.promise.demand())

    def _with_room(self, find):
        """What find answers with, from larger systems where smaller ones have no room for the model."""
        found = find()
        if not found and not self.larger:
            self.larger = True
            found = find()
        return found

    def offers(self):
        """Prompts whole; and in chunks where that is cheaper, or where whole ones do not keep the promise comes nearer."""
        if len(self.task.files) > 1:
            return self._offers_of_mix()
        whole = self._with_room(lambda: [self._offer(design) for way in WAYS if not way.chunked for design in self.frontier(self.mapping(way))])
        best = self.task.best(whole)
        if best is None:
            return []
        ratio = self.task.promise.worst(best.levels)[0]
        limits = {**self.task.limits(max(1.0, ratio)), COST: records.field(best.pools[0].design, COST) if ratio <= 1 else None}
        likely = {offer.pools[0].design["id"]: offer.pools[0].design for offer in whole}
        return whole + [self._offer(design) for way in WAYS if way.chunked for design in self.in_chunks(way, limits, list(likely.values())[:LIKELY])]

    def _offer(self, design):
        return fleets.Offer(self.name, [fleets.Pool("", design)], self.task.figures(design), [self.rent])

    def in_chunks(self, way, limits, likely):
        """Prompts in chunks, within limits: the cheapest design where they have a cost, else the frontier. likely: designs on whose servers it may
        well be cheap."""
        times = {path: most for path, most in limits.items() if path != COST}
        columns = "demand_usd_per_output_token" if limits[COST] else FRONTIER
        commands = [self.mapping(way, *way.best(self.task.promise.demand(), columns, times)), self.cost()]
        last = ["pareto", "--objective", BEST, *where(limits), *(["--top", "1"] if limits[COST] else [])]
        find = lambda: self._by_shards(*commands, last, end=last)
        return records.read(self._kept(commands, last, find if self.chips == 1 else lambda: self._screened(way, commands, last, limits, likely)))

    def _screened(self, way, commands, last, limits, likely):
        """The same records from fewer servers. A pass without a chunk takes less time and energy than the mean of passes of which some have one,
        in less memory: so on every server generation alone costs less, and its tokens take less time. Servers on which even that is beyond the
        limits, or more than what comes of the likely ones costs, are left out."""
        cost = limits[COST]
        if cost:
            cost = min([cost, *(records.field(design, COST) for design in self._on(likely, commands, last))]) * (1 + ROUNDING)
        tpot = {"point.tpot_s": limits["point.tpot_s"] and limits["point.tpot_s"] * (1 + ROUNDING)}
        alone = self.mapping(WAYS[way.shared], "--phase", "generate", *where(tpot))
        least = ["pareto", "--group", "id", "--objective", f"min:{COST}", "--top", "1", *where({**tpot, COST: cost})]
        possible = records.read(self._by_shards(alone, self.cost(), least, end=least))
        return records.run(last, source=records.write(self._on(possible, commands, last)))

    @staticmethod
    def _on(designs, commands, last):
        """What comes of the servers of these designs."""
        servers = [server_of(design) for design in designs]
        if not servers:
            return []
        with records.named(records.write(servers)) as path:
            return records.read(records.run_split([*commands, last], [last], path, block=BLOCK))

    @functools.lru_cache(maxsize=None)
    def phase_designs(self, phase):
        """The designs of one phase, those that keep its level first, by cost; else those nearest to it."""
        level = dict(zip(PHASES, self.task.promise.levels))[phase]
        found = self._with_room(lambda: self.frontier(self.phase_mapping(phase), (level.name,)))
        return sorted(found, key=lambda design: (max(1.0, level.ratio(design["point"][level.name])), records.field(design, COST)))[:PHASE_DESIGNS]

    def portfolio(self):
        """Commands to the servers on which a mix costs least at full load."""
        mix = ",".join(f"{name}={share!r}" for name, share in self.task.shares.items())
        best = ["pareto", "--objective", "min:portfolio.usd_per_output_token", "--top", str(MIX_DESIGNS)]
        limits = where(self.task.limits(self.times))
        mapping = self.mapping(WHOLE, *(["--service-levels"] if limits else ["--price-range", "1"]))
        return [mapping, ["tco-eval", *self.shared], ["portfolio", "--mix", mix, *limits], best]

    def _offers_of_mix(self):
        """On the servers that are best for the mix at full load, each model in the way that is best for it. Without a server that keeps the
        promise for all models, on those that come nearest."""
        found = self._for_mix() or self._with_room(self._nearest_for_mix)
        best = {name: self._best_of_mix(name, share, found) for name, share in self.task.shares.items()}
        return [self._offer_of_mix({name: best[name][design["id"]] for name in best}) for design in found]

    def _nearest_for_mix(self):
        """The servers on which the model that misses the promise most misses it least."""
        commands = [self.mapping(WHOLE, "--service-levels"), ["pareto", "--group", "id,model.name", "--objective", objective(*(f"point.{level}" for level in LEVELS))]]
        last = ["rec2csv", "--fields", "id,model.name,point.ttft_s,point.tpot_s"]
        nearest = {}
        rows = self._kept(commands, last, lambda: self._by_shards(*commands, last, end=["cat"])).decode().splitlines()
        for server, name, ttft, tpot in csv.reader(rows):
            if server != "id":      # the header of a shard
                ratio = self.task.promise.worst({"ttft_s": float(ttft), "tpot_s": float(tpot)})[0]
                models = nearest.setdefault(server, {})
                models[name] = min(ratio, models.get(name, math.inf))
        ratios = sorted(max(models.values()) for models in nearest.values() if len(models) == len(self.task.files))[:MIX_DESIGNS]
        return self._for_mix(ratios[-1] * (1 + ROUNDING)) if ratios else []

    def _for_mix(self, times=1.0):
        """The servers that are best for the mix, with levels so many times as long as promised."""
        self.times = times
        *commands, last = self.portfolio()
        return records.read(self.run(*commands, last=last))

    def _best_of_mix(self, name, share, designs):
        """By server the best design for a model: the cheapest that keeps the promise; where none does, the nearest."""
        commands = [[self.mapping(way, *way.each, names=[name]), self.cost(share)] for way in WAYS]
        top = ["pareto", "--group", "id", "--objective", BEST]
        best = {}
        for limits, count in ((where(self.task.limits()), ["--top", "1"]), ([], [])):
            left = [design for design in designs if design["id"] not in best]
            found = [design for way in commands for design in self._on(left, way, [*top, *limits, *count])]
            for server in {design["id"] for design in found}:
                best[server] = self.task.best_design([design for design in found if design["id"] == server])
        return best

    def _offer_of_mix(self, designs):
        """Each model's systems, with the demand that it has."""
        pools = [fleets.Pool(name, design, self.task.shares[name]) for name, design in designs.items()]
        levels = {name: max(pool.point[name] for pool in pools) for name in LEVELS}
        return fleets.Offer(self.name, pools, levels, [self.rent] * len(pools))

    def commands(self, offer):
        """How it is computed, as one would type it: pipelines, and the file that each goes to ("": it ends in a design of the best)."""
        if len(offer.pools) == 1:
            return [(self._commands_of(offer.pools[0]), "")]
        return [([*self.servers(), *self.portfolio()], "shortlist"), *((self._commands_of(pool), "") for pool in offer.pools)]

    def _commands_of(self, pool):
        """A pipeline that ends in the design of a pool. Where the promise is missed, by the levels that it has."""
        levels = self.task.figures(pool.design)
        limits = self.task.limits() if self.task.promise.kept(levels) else {f"point.{name}": level for name, level in levels.items()}
        way = way_of(pool.design)
        mapping, server = (self.mapping(way, *way.each, names=[pool.role]), f"id={pool.design['id']}") if pool.role else (self.mapping(way), "")
        said = ",".join(filter(None, [server, conditions(limits)]))
        best = ["pareto", "--objective", BEST, *(["--where", said] if said else []), "--top", "1"]
        return [*self.servers(), mapping, self.cost(pool.share), best]

    def bottlenecks(self, offer):
        """What bounds each phase of each pool: (pool, {phase: compute, memory or interconnect})."""
        return [(pool, self.bottleneck(pool)) for pool in offer.pools]

    def bottleneck(self, pool):
        """By phase compute, memory or interconnect; of a system of one phase that phase alone. Nothing where both phases do not fit into it."""
        phase = pool.role if pool.role in PHASES else ""
        name = pool.design["model"]["name"]
        with records.named(self._mapping_of(pool).encode()) as system:
            mapping = ["llm-map", *self.shared, *self.task.models([name]), "--system", system, "--breakdown"]
            rows = records.read(records.run(mapping, ["rec2json", "--flat"], source=records.write([server_of(pool.design)])), encoded=False)
        return {each: rows[0]["point"].get(f"{each}_bottleneck", "") for each in PHASES if phase in ("", each)} if rows else {}

    def _mapping_of(self, pool):
        """A system file with the mapping of a pool alone. A chunk is bound as a prompt by itself is."""
        names = {"tensor_parallel": "t", "pipeline_parallel": "p", "attention_parallel": "a", "expert_parallel": "ep"}
        point = pool.point
        mapping = {key: point[name] for name, key in names.items() if name in point}
        mapping["prefill_micro_batch"] = point.get("prefill_micro_batch", 1)
        mapping["micro_batch"] = point.get("micro_batch", mapping["prefill_micro_batch"])
        shared = f"instances_per_server: {pool.sharing}\n" if pool.sharing > 1 else ""
        return (f"num_servers: {point['num_servers']}\n{shared}default_mapping: {{{', '.join(f'{key}: {value}' for key, value in mapping.items())}}}\n"
                f"workload: {{batches: [{point['batch']}], eval_len: [{self.task.promise.prefill}, {self.task.promise.generate}]}}\n")


def server_of(design):
    """The record of a design's server."""
    return {"schema": "chiplet-cloud/server/1", **{key: design[key] for key in ("id", "chip", "package", "server")}}


class Pair:
    """Hardware of the prefill and of the generation, which may be the same."""

    def __init__(self, prefill, generate):
        self.task, self.prefill, self.generate = prefill.task, prefill, generate
        self.name = prefill.name if prefill is generate else f"{prefill.name}+{generate.name}"
        self.rent = None if None in (prefill.rent, generate.rent) else (prefill.rent, generate.rent)
        self.constants = prefill.constants

    def offers(self):
        """The first pair of designs, by promise and cost, between which the caches can be sent in time; if there is one, of those that keep the
        promise with their transfer."""
        promise, pairs = self.task.promise, []
        for prefill in self.prefill.phase_designs("prefill"):
            for generate in self.generate.phase_designs("generate"):
                pools = [fleets.Pool("prefill", prefill, hardware=self.prefill.name), fleets.Pool("generate", generate, hardware=self.generate.name)]
                levels = {"ttft_s": prefill["point"]["ttft_s"], "tpot_s": generate["point"]["tpot_s"]}
                pairs.append(fleets.Offer(self.name, pools, levels, [self.prefill.rent, self.generate.rent]))
        pairs.sort(key=lambda offer: (max(1.0, promise.worst(offer.levels)[0]), offer.usd_per_token()))
        first = None
        for offer in pairs:
            if first and not promise.kept(offer.levels):
                break
            joined = self._joined(offer)
            if not joined:
                continue
            offer.levels = self.task.figures(joined[0])
            offer.transfer_s = joined[0]["point"]["transfer_s"]
            first = first or offer
            if promise.kept(offer.levels):
                return [offer]
        return [first] if first else []

    def _joined(self, offer):
        """The deployment of these two designs, none where the link is too slow."""
        with records.named(records.write([offer.pools[0].design])) as path:
            return records.read(records.run([*self._join(), "--prefill", path], source=records.write([offer.pools[1].design])))

    def _join(self):
        return ["phase-join", *self.prefill.shared]

    def commands(self, offer):
        """As one would type it: the design of each phase, then both together."""
        for kind, pool, level in zip((self.prefill, self.generate), offer.pools, self.task.promise.levels):
            value = pool.point[level.name]
            limit = level.promised if level.ratio(value) <= 1 else value
            said = conditions({f"point.{level.name}": limit})
            if pool.design is not kind.phase_designs(pool.role)[0]:
                same = {"id": pool.design["id"], **{f"point.{name}": pool.point[name] for name in ("num_servers", "batch", "tensor_parallel", "pipeline_parallel")}}
                said = ",".join(filter(None, [said, *(f"{path}={value}" for path, value in same.items())]))
            best = ["pareto", "--objective", objective(COST, f"point.{level.name}"), *(["--where", said] if said else []), "--top", "1"]
            yield [*kind.servers(), kind.phase_mapping(pool.role), kind.cost(), best], pool.role
        yield [[*self._join(), "--prefill", *PHASES]], ""

    def bottlenecks(self, offer):
        return [(pool, kind.bottleneck(pool)) for kind, pool in zip((self.prefill, self.generate), offer.pools)]
