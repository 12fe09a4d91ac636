"""One design from die to dollar, as entries that a terminal and a page show: every figure with its unit, the limits and how near the
design is to them, sums that close."""
import math

from . import latency, modern, provenance, tables, text

SECONDS_A_YEAR = 365 * 24 * 3600


def instances(design):
    """Systems that share a server."""
    found = design["system"].get("instances_per_server", 1)
    return found if text.is_number(found) and found > 1 else 1


def count(value):
    """How many of something, in a sentence."""
    return text.number(value) or "?"


class Paper:
    """Entries (kind, title, figure, unit) in the order in which they are read; a sum says whether its lines add up to what the record has.

    kind: "heading", "line", "sum", "limit" (the figure is a sentence), "note" (only a title)."""

    def __init__(self):
        self.entries, self.open, self.bad = [], [], []

    def heading(self, title):
        self.entries.append(("heading", title, "", ""))

    def note(self, title):
        self.entries.append(("note", title, "", ""))

    def line(self, title, value, unit="", digits=6, kind="line"):
        """A value that is missing is shown as such."""
        self.entries.append((kind, title, text.clean(text.number(value, digits)) or "-", unit))

    def add(self, title, value, unit):
        self.open.append(value)
        self.line(title, value, unit)

    def sum(self, title, recorded, unit):
        """A sum of which something is missing is not judged."""
        total, self.open = sum(self.open), []
        known = math.isfinite(total) and math.isfinite(recorded)
        closes = not known or abs(total - recorded) <= 1e-9 * max(abs(recorded), 1e-300)
        self.line(title, recorded, unit, kind="sum")
        if not closes:
            self.note(f"  but the lines come to {total:.12g}")
            self.bad.append(title)

    def near(self, title, value, limit, unit):
        """How near a figure is to its limit; nothing where one is missing."""
        if text.is_number(value) and text.is_number(limit) and limit:
            self.entries.append(("limit", title, f"{text.number(value, 4)} {unit} of at most {text.number(limit, 4)}: {100 * value / limit:.0f} %", ""))


def text_lines(entries):
    """The entries as lines for a terminal; those of a limit end at the right margin."""
    for kind, title, figure, unit in entries:
        if kind == "heading":
            yield ""
            yield text.wrapped(title, tables.WIDTH, "  ")
        elif kind == "note":
            yield f"  {title}" if len(title) < tables.WIDTH - 1 else "  " + text.wrapped(title, tables.WIDTH - 2, "  ").replace("\n", "\n  ")
        elif kind == "limit":
            yield f"  {title} {figure:>{tables.WIDTH - 3 - len(title)}}"
        else:
            yield f"  {('= ' if kind == 'sum' else '') + title:<46} {figure:>16} {unit}".rstrip()


def limits(constants_text):
    """The numbers of a constants file by section and key; the file is flat enough to be read by its lines."""
    found, section = {}, ""
    for line in constants_text.splitlines():
        text = line.split("#")[0].rstrip()
        key, colon, value = text.strip().partition(":")
        if colon and not text.startswith(" "):
            section = key
        elif colon and value.strip():
            try:
                found[f"{section}.{key}"] = float(value)
            except ValueError:
                pass
    return found


def explain_figures(paper, d, title, figures):
    """A section of what plain dense models do not have."""
    found = modern.rows(d, figures)
    if found:
        paper.heading(title)
    for name, value, unit, _ in found:
        paper.line(name, value, unit)


def explain_chip(paper, d, c):
    chip = d["chip"]
    paper.heading(f"Die of design {d['id']}")
    for title, name in (("multiply-accumulate units", "mac_area_mm2"), ("SRAM", "sram_area_mm2"), ("links", "io_area_mm2"),
                       ("other", "other_area_mm2")):
        if name in chip:
            paper.line(title, chip[name], "mm2")
    paper.line("die", chip["area_mm2"], "mm2")
    paper.line("peak performance", chip["peak_flops"] / 1e12, "TFLOP/s")
    paper.line("SRAM", chip["sram_bytes"] / 1e6, "MB")
    paper.line("SRAM bandwidth", chip["sram_bytes_per_s"] / 1e9, "GB/s")
    paper.line("power", chip["tdp_w"], "W")
    if "dies_per_wafer" in chip and "yield" in chip:
        paper.line("wafer", c.get("Chip.wafer_cost", math.nan), "$")
        paper.line("dies on a wafer", chip["dies_per_wafer"])
        paper.line("yield", chip["yield"])
        paper.line("a good die, wafer / (dies * yield)", c.get("Chip.wafer_cost", math.nan) / chip["dies_per_wafer"] / chip["yield"], "$")
        paper.line("die, tested", chip["cost_usd"], "$", kind="sum")


def numbered(number, thing):
    """How many of a thing: "1 die", "128 dies"."""
    return f"{count(number)} {thing if number == 1 else thing + 's'}"


def memory_stacks(package, chip):
    """How many stacks or vaults of memory a package has, and what they are called."""
    if package.get("hbm_stacks"):
        return package["hbm_stacks"], "stack"
    return package["num_chips"] * (chip.get("mem_3d_vaults") or 0), "vault"


def package_parts(package, chip):
    """(title, $) of what a package is made of: dies, memory where it is priced apart, and packaging."""
    dies = package["num_chips"] * chip["cost_usd"]
    parts, rest = [(numbered(package["num_chips"], "die"), dies)], package["cost_usd"] - dies
    stacks, thing = memory_stacks(package, chip)
    price = (package.get("memory") or {}).get("cost_usd", math.nan)
    if stacks and math.isfinite(price):
        parts.append((f"{numbered(stacks, thing)} of memory, {text.number(price)} $ each", stacks * price))
        rest -= stacks * price
    title = "packaging, bonding that fails" if len(parts) > 1 or not stacks else "packaging, memory, bonding that fails"
    return [*parts, (title, rest)]


def server_parts(server):
    """(title, $) of what a server is made of besides its packages."""
    parts = [(title, server[f"cost_{name}_usd"]) for title, name in (
        ("heat sinks", "heatsinks"), (numbered(server["num_lanes"], "fan"), "fans"), ("network card", "network"),
        ("voltage converters", "dcdc"), ("power supply", "psu"), ("boards, parts, chassis, processor", "board"))]
    hosts = [("hosts, network cards, switches, boards", server["cost_other_usd"])] if "cost_other_usd" in server else []
    return parts + hosts


def explain_server(paper, d):
    chip, package, server = d["chip"], d["package"], d["server"]
    paper.heading("Package and server")
    stacks, thing = memory_stacks(package, chip)
    if stacks and package.get("dram_bytes"):
        paper.line(f"{numbered(stacks, thing)} of memory", package["dram_bytes"] / 2**30, "GiB")
    for title, usd in package_parts(package, chip):
        paper.add(title, usd, "$")
    paper.sum("package", package["cost_usd"], "$")
    for title, usd in [(numbered(server["num_packages"], "package"), server["cost_packages_usd"]), *server_parts(server)]:
        paper.add(title, usd, "$")
    paper.sum("server", server["cost_usd"], "$")
    paper.add(f"{numbered(server['num_packages'], 'package')}, at the wall", server["core_power_w"], "W")
    further = "cost_other_usd" in server or "static_power_w" in chip
    paper.add("fans, hosts, static power, at the wall" if further else "fans and application processor, at the wall", server["other_power_w"], "W")
    paper.sum("thermal design power", server["tdp_w"], "W")


def explain_system(paper, d):
    """The bill of materials: what all parts of one kind cost in the whole system."""
    chip, package, server = d["chip"], d["package"], d["server"]
    servers = d["point"]["num_servers"] / instances(d)
    packages = servers * server["num_packages"]
    paper.heading(f"Bill of materials of the system: {numbered(servers, 'server')}")
    dies, *rest = package_parts(package, chip)
    paper.add(f"{numbered(packages * package['num_chips'], 'die')}, {text.number(chip['cost_usd'])} $ each", packages * dies[1], "$")
    if len(rest) > 1:
        stacks, thing = memory_stacks(package, chip)
        paper.add(f"{numbered(packages * stacks, thing)} of memory, {text.number(package['memory']['cost_usd'])} $ each", packages * rest[0][1], "$")
    paper.add(rest[-1][0], packages * rest[-1][1], "$")
    for title, usd in server_parts(server):
        paper.add(title if not title.endswith(("fan", "fans")) else numbered(servers * server["num_lanes"], "fan"), servers * usd, "$")
    paper.sum("system", servers * server["cost_usd"], "$")


# What system.overheads has: title, unit, scale.
OVERHEADS = {
    "op_s": ("an operator", "us", 1e6),
    "collective_s": ("a collective", "us", 1e6),
    "pass_s": ("a pass", "us", 1e6),
    "request_s": ("a pass, for each request", "us", 1e6),
    "word_s": ("a pass, for each word of the vocabulary", "ns", 1e9),
    "attention_bandwidth_share": ("bandwidth that the KV cache reaches, of that of weights", "", 1),
    "attention_fill": ("requests times KV heads that keep memory busy", "", 1),
    "attention_shared_heads": ("query heads that share a read of the KV cache", "", 1),
    "activation_traffic": ("times that activations pass through memory", "", 1),
    "score_traffic": ("times that scores of a prompt pass through memory", "", 1),
    "exposed_share": ("computing and loading that is not hidden, of the shorter", "", 1),
    "hidden_share": ("collectives and products that are hidden, of the shorter", "", 1),
    "memory_reserved_share": ("memory that holds neither weights nor KV cache, of all", "", 1),
    "memory_reserved_bytes": ("the same, of a chip", "GB", 1e-9),
    "sram_cache_share": ("SRAM that is a cache, of all", "", 1),
}


def explain_overheads(paper, d):
    """What the system takes beyond peak figures, and where that is from."""
    system, fitted = d["system"], d["chip"].get("calibrated")
    if not isinstance(system.get("overheads"), dict):
        return
    paper.heading("Overheads of chip and software")
    if isinstance(fitted, dict) and fitted.get("set"):
        paper.note(f"fitted to {count(fitted.get('n'))} measurements of {text.clean(str(fitted['set']))}, where the system file gives none")
    for name, value in system["overheads"].items():
        title, unit, scale = OVERHEADS.get(name, (name, "", 1))
        paper.line(title, value * scale if text.is_number(value) else value, unit)


def explain_memory(paper, d):
    """What the chips of the fullest stage hold, which decides whether a mapping fits."""
    point, model = d["point"], d["model"]
    paper.heading(f"Memory of the fullest stage: {numbered(point['tensor_parallel'], 'chip')}, one of {numbered(point['pipeline_parallel'], 'stage')}")
    paper.line("weights, each as often as chips hold it", point["stage_weight_bytes"] / 1e9, "GB")
    paper.line(f"KV cache of {numbered(point['batch'], 'request')} at the end", point["stage_kv_bytes"] / 1e9, "GB")
    paper.line("weights and KV cache", (point["stage_weight_bytes"] + point["stage_kv_bytes"]) / 1e9, "GB", kind="sum")
    paper.line("memory that can hold them", point["stage_memory_bytes"] / 1e9, "GB")
    paper.line("weights of the whole model, held once", model["bytes"] / 1e9, "GB")


def explain_limits(paper, d, c):
    chip, package, server, point = d["chip"], d["package"], d["server"], d["point"]
    lane = server["packages_per_lane"] * package["heat_source_mm"] ** 2
    paper.heading("Limits, and how near it is")
    paper.near("die", chip["area_mm2"], c.get("Chip.max_die_area"), "mm2")
    paper.near("power density of the chip", chip.get("power_density_w_per_mm2"), c.get("Chip.max_power_density"), "W/mm2")
    paper.near("power density of the package", package.get("power_density_w_per_mm2"), c.get("Package.max_power_density"), "W/mm2")
    paper.near("heat sources in a lane", lane, c.get("Server.LaneAreaMax"), "mm2")
    paper.near("power of a package, by its heat sink", package["tdp_w"], server.get("heatsink_max_power_w"), "W")
    paper.near("power of all packages", server["num_packages"] * package["tdp_w"], c.get("Server.SrvMaxPower"), "W")
    paper.near("weights and KV cache of the fullest stage", (point["stage_weight_bytes"] + point["stage_kv_bytes"]) / 1e9,
               point["stage_memory_bytes"] / 1e9, "GB")


def deduced_through(d, phase, conventions):
    """The time through all stages by what else the record says, where its parts do not add up to it."""
    point = d["point"]
    if phase == "generate":
        return point["generate_latency_s"] - (latency.steps(d, conventions) - 1) * point["batch"] / point["generate_tokens_per_s"]
    return point["prefill_latency_s"] if point["batch"] == point["prefill_micro_batch"] else sum(latency.parts(d, phase, conventions))


def explain_time(paper, d, conventions):
    point = d["point"]
    paper.heading(f"Time: {numbered(point['num_servers'], 'server')}, {numbered(point['tensor_parallel'], 'chip')} to a stage, "
                  f"{numbered(point['pipeline_parallel'], 'stage')}, {numbered(point['batch'], 'request')}")
    names = ("products bound by compute", "products bound by memory", "communication", "fixed times of operators and passes")
    layers, filled = d["model"]["num_layers"], latency.paid_layers(d, conventions)
    rest, steps = latency.rest(d, conventions), latency.steps(d, conventions)
    if math.isfinite(filled) and filled != layers:
        paper.note(f"stages of equal size hold {filled} layers for the model's {layers}")
    for phase, micro in (("prefill", "prefill_micro_batch"), ("generate", "micro_batch")):
        if phase == "generate" and steps == 0:
            paper.note("generate: nothing, the prefill gives the only token of the answer")
            continue
        paper.line(f"{phase}: micro-batch", point[micro], "requests")
        through = sum(latency.parts(d, phase, conventions))
        for title, part in zip(names, latency.parts(d, phase, conventions)):
            paper.add("  " + title, part, "s")
        whole = point[f"{phase}_latency_s"]
        if rest:
            deduced = deduced_through(d, phase, conventions) - through
            paper.add("  " + rest, deduced, "s")
            through += deduced
        paper.sum("a micro-batch through all stages", through, "s")
        if phase == "generate":
            token = point["batch"] / point["generate_tokens_per_s"]
            paper.add("  first token of generation", through, "s")
            paper.add(f"  {steps - 1} more, {text.number(token, 6)} s each", (steps - 1) * token, "s")
        elif point.get("prefill_sub_systems", 1) > 1:
            paper.add(f"  in {point['prefill_sub_systems']} sub-systems side by side", whole, "s")
        else:
            behind = point["batch"] / point["prefill_micro_batch"] - 1
            even = filled % point["pipeline_parallel"] == 0 and not d["model"].get("vocab_size") and modern.is_plain(d) and not latency.has_fixed(d)
            interval = through / point["pipeline_parallel"] if even else (whole - through) / max(behind, 1)
            paper.add("  first micro-batch", through, "s")
            paper.add(f"  {behind:g} behind it, {text.number(interval, 6)} s each", behind * interval, "s")
        paper.sum(f"{phase} latency", whole, "s")
    paper.line("tokens generated, while generating", point["generate_tokens_per_s"], "1/s")
    paper.line("  sustained, prefill counted", point["tokens_per_s"], "1/s")
    paper.line("  for each user, while generating", point["user_tokens_per_s"], "1/s")


ARRIVALS = (("load, of the rate at which it is always full", "rate_load", ""), ("wait for the prefill, on the mean", "wait_s", "s"),
            ("TTFT with it, on the mean", "rate_ttft_s", "s"), ("  at the quantile", "quantile_ttft_s", "s"),
            ("requests under generation, on the mean", "requests_present", ""), ("time of an output token, on the mean", "rate_tpot_s", "s"),
            ("  at the quantile", "quantile_tpot_s", "s"), ("energy of a request", "rate_request_j", "J"), ("cost of a request", "rate_usd_per_request", "$"),
            ("goodput, the largest rate that keeps the promise", "goodput_requests_per_s", "1/s"), ("  for each chip", "chip_goodput_requests_per_s", "1/s"),
            ("  energy of a request at it", "goodput_request_j", "J"), ("  cost of a request at it", "goodput_usd_per_request", "$"))


def promise(slo):
    """A service level objective in words."""
    bounds = [f"{name} of at most {text.number(slo[key])} s" for name, key in (("TTFT", "ttft_s"), ("TPOT", "tpot_s")) if key in slo]
    return f"{' and '.join(bounds) or 'no bound on times'}, for {slo['quantile']:.6g} of the requests"


def explain_arrivals(paper, d):
    """Where the workload says that requests arrive by themselves, or has a promise."""
    point, workload = d["point"], d["workload"]
    if not workload.get("slo"):
        return
    rate = workload.get("rate_requests_per_s")
    paper.heading("Requests that arrive by themselves" + (f", {text.number(rate)} a second" if rate else ""))
    paper.note(f"promise: {promise(workload['slo'])}")
    none = point.get("goodput_requests_per_s") == 0
    for title, name, unit in ARRIVALS:
        if name in point and not (none and "goodput" in name):
            paper.line(title, point[name], unit)
    if none:
        paper.note("no rate keeps the promise")


def explain_energy(paper, d):
    point = d["point"]
    paper.heading("Energy of the batch")
    if not d["system"].get("energy_model", 1):
        paper.note("not modelled: utilization times thermal design power")
        return
    for phase in ("prefill", "generate"):
        for title, name in (("multiply-accumulates", "fma_j"), ("memory", "memory_j"), ("network", "network_j")):
            paper.add(f"{phase}: {title}", point[f"{phase}_{name}"], "J")
        paper.sum(phase, point[f"{phase}_energy_j"], "J")


TCO = (("server, written off", "server_amortization_usd"), ("interest on it", "server_interest_usd"), ("operating it", "server_opex_usd"),
       ("datacentre, written off", "dc_amortization_usd"), ("interest on it", "dc_interest_usd"), ("operating it", "dc_opex_usd"),
       ("electricity", "power_usd"), ("electricity beside the server (PUE)", "pue_overhead_usd"))


def explain_cost(paper, d, c, published):
    point, workload = d["point"], d["workload"]
    years = c.get("Server.SrvLife", math.nan)
    of = "a server" if instances(d) == 1 else f"one of {instances(d)} systems in a server"
    paper.heading(f"Cost of {of} over its life of {years:g} years")
    for title, name in TCO:
        paper.add(title, point[name], "$")
    paper.sum("total cost of ownership", point["tco_usd"], "$")
    paper.heading("Cost of a token")
    latency = point["prefill_latency_s"] + point["generate_latency_s"]
    per_second = point["tco_usd"] * point["num_servers"] / (years * SECONDS_A_YEAR)
    of = f"{numbered(point['num_servers'], 'server')}, a second of their life" if instances(d) == 1 else "a second of its life"
    paper.line(of, per_second, "$")
    paper.line("seconds for the batch", latency, "s")
    request = per_second * latency / point["batch"] / (point["batch"] if published else 1)
    paper.line(f"a request, of {point['batch']}" + (" (published: divided by the batch twice)" if published else ""), request, "$")
    paper.add(f"an output token, of {workload['generate_len']}", request / workload["generate_len"], "$")
    paper.sum("as the record has it", point["usd_per_output_token"], "$")
    paper.line("a million of them", point["usd_per_output_token"] * 1e6, "$")


def entries(design, constants, conventions):
    """The entries of a design with the columns of --breakdown; the titles of sums that do not close. constants: what limits() returns;
    conventions: the options of the run."""
    paper = Paper()
    explain_figures(paper, design, "Model", modern.MODEL)
    explain_chip(paper, design, constants)
    explain_server(paper, design)
    explain_system(paper, design)
    explain_memory(paper, design)
    explain_limits(paper, design, constants)
    explain_overheads(paper, design)
    explain_time(paper, design, conventions)
    explain_figures(paper, design, "Attention, experts and exchanges of a layer", modern.SERVING)
    explain_energy(paper, design)
    explain_cost(paper, design, constants, provenance.is_published(conventions, "token-cost"))
    explain_arrivals(paper, design)
    return paper.entries, paper.bad
