"""The designs behind the points and rows of a page: their figures, by which the page lets one choose, and the explanation of each."""
import math

from . import explained, records, runs

COST = "point.usd_per_output_token"
LATENCY = "point.generate_latency_s"


class Figure:
    """A figure of a design: title and unit; path, and the scale that it is shown in; better: "min" or "max" where it can be an objective;
    limit: a service level may bound it; told: it is in the sentence on the cheapest design."""

    def __init__(self, title, unit, path, scale=1.0, better="", limit=False, told=False):
        self.title, self.unit, self.path, self.scale, self.better, self.limit, self.told = title, unit, path, scale, better, limit, told

    def of(self, design):
        value = DERIVED[self.path](design) if self.path in DERIVED else records.field(design, self.path)
        return value * self.scale if self.scale != 1.0 and value is not None else value


def _first_token(design):
    """Seconds until the first token of the answer."""
    return design["point"].get("ttft_s", design["point"]["prefill_latency_s"])


def _per_token(design):
    """Seconds from one token of the answer to the next; not a number for an answer of one."""
    point = design["point"]
    rate = point.get("generate_tokens_per_s") or math.nan
    return point.get("tpot_s", point["batch"] / rate)


DERIVED = {
    "point.ttft_s": _first_token, "point.tpot_s": _per_token,
    "point.system_usd": lambda design: design["server"]["cost_usd"] * design["point"]["num_servers"],
    "point.system_power_w": lambda design: design["server"]["tdp_w"] * design["point"]["num_servers"],
}

FIGURES = (
    Figure("design", "", "id"), Figure("model", "", "model.name"),
    Figure("cost of 1M generated tokens", "$", COST, 1e6, "min", told=True),
    Figure("latency of the answer", "s", LATENCY, better="min"),
    Figure("time to first token", "s", "point.ttft_s", better="min", limit=True, told=True),
    Figure("time per token", "s", "point.tpot_s", better="min", limit=True, told=True),
    Figure("generated tokens, prefill counted", "1/s", "point.tokens_per_s", better="max"), Figure("energy of a token", "J", "point.j_per_output_token", better="min"),
    Figure("price of the system", "$", "point.system_usd", better="min"),
    Figure("power of the system", "W", "point.system_power_w", better="min"),
    Figure("servers", "", "point.num_servers", better="min", told=True), Figure("batch", "", "point.batch", better="max", told=True),
    Figure("tensor parallel", "", "point.tensor_parallel"), Figure("pipeline parallel", "", "point.pipeline_parallel"),
    Figure("attention parallel", "", "point.attention_parallel"), Figure("expert parallel", "", "point.expert_parallel"),
    Figure("die", "mm²", "chip.area_mm2", better="min"), Figure("chips of a server", "", "server.num_chips"),
    Figure("SRAM of a chip", "MB", "chip.sram_bytes", 1e-6), Figure("peak of a chip", "TFLOP/s", "chip.peak_flops", 1e-12),
    Figure("price of a server", "$", "server.cost_usd", better="min"),
)
KINDS = {"heading": "h", "note": "n", "line": "l", "limit": "l", "sum": "s"}


class Book:
    """Designs by number, each once. explain: the entries of a design, as explained.entries makes them, or None."""

    def __init__(self, explain=None):
        self.found, self.numbers, self.frontier, self.explain = [], {}, [], explain

    def number(self, design):
        """The number of a design, which is put in where it is new."""
        key = (design["model"].get("name"), *runs.key(design))
        if key not in self.numbers:
            self.numbers[key] = len(self.found)
            self.found.append(design)
        return self.numbers[key]

    def on_frontier(self, designs):
        """Those among which the page lets one choose."""
        self.frontier = [self.number(design) for design in designs]

    def data(self):
        """What page.js knows of them; texts of explanations once, however many have them."""
        words = {}
        told = [[[KINDS[kind], words.setdefault(title, len(words)), shown, words.setdefault(unit, len(words))]
                 for kind, title, shown, unit in self.explain(design)] if self.explain else None for design in self.found]
        return {"columns": [{"path": figure.path, "title": figure.title, "unit": figure.unit, "better": figure.better, "limit": figure.limit, "told": figure.told}
                            for figure in FIGURES],
                "designs": [[figure.of(design) for figure in FIGURES] for design in self.found], "explained": told, "words": list(words),
                "frontier": self.frontier, "cost": COST, "first": [LATENCY, COST]}


def explainer(constants_text, conventions):
    """What explains the designs of a run for a Book."""
    constants = explained.limits(constants_text)
    return lambda design: explained.entries(design, constants, conventions)[0]
