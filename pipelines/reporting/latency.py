"""What the time of a phase is made of. `conventions` are the options that a run had."""
import math

from . import provenance


def paid_layers(design, conventions):
    """How many layers a pass takes the time of: the model's; published (layer-remainder): as many for each stage as the first has."""
    layers, stages = design["model"]["num_layers"], design["point"]["pipeline_parallel"]
    if not provenance.is_published(conventions, "layer-remainder"):
        return layers
    return math.ceil(layers / stages) * stages if math.isfinite(layers / stages) else math.nan


def steps(design, conventions):
    """Passes of generation: the prefill gives the first token; published (first-token): one for every token of the answer."""
    return design["workload"]["generate_len"] - (0 if provenance.is_published(conventions, "first-token") else 1)


def has_fixed(design):
    """Whether operators and passes take fixed times, as where a chip has overheads."""
    return "generate_fixed_s" in design["point"]


def parts(design, phase, conventions):
    """Seconds of a micro-batch on its way through all stages: products bound by compute, by memory, communication, and fixed times
    where there are any.

    The columns of llm-map count the products of the model's layers; where the stages hold more, those are paid as well."""
    point = design["point"]
    ratio = paid_layers(design, conventions) / design["model"]["num_layers"]
    return [point[f"{phase}_compute_s"] * ratio, point[f"{phase}_load_s"] * ratio, point[f"{phase}_communication_s"],
            *([point[f"{phase}_fixed_s"]] if has_fixed(design) else [])]


def rest(design, conventions):
    """What the parts lack to the time through all stages, in words; None where they add up to it."""
    if design["chip"].get("dataflow") == "WS":
        return "systolic arrays while they fill and drain"
    if paid_layers(design, conventions) != design["model"]["num_layers"]:
        if has_fixed(design):
            return "fixed times of layers that fill stages up, less output projection"
        if design["model"].get("vocab_size"):
            return "less: the output projection, which is not filled up"
    return None
