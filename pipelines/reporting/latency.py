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


def names(design):
    """What parts() are."""
    return ("products bound by compute", "products bound by memory", "communication", "fixed times")[:3 + has_fixed(design)]


def has_fixed(design):
    """Whether the system has overheads, of which some are fixed times."""
    return "prefill_fixed_s" in design["point"]


def parts(design, phase, conventions):
    """Seconds of a micro-batch on its way through all stages: products bound by compute, by memory, communication and, where there are
    such, fixed times.

    The columns of llm-map count the products of the model's layers; where the stages hold more, those are paid as well."""
    point = design["point"]
    ratio = paid_layers(design, conventions) / design["model"]["num_layers"]
    found = [point[f"{phase}_compute_s"] * ratio, point[f"{phase}_load_s"] * ratio, point[f"{phase}_communication_s"]]
    return found + [point[f"{phase}_fixed_s"] * ratio] if has_fixed(design) else found


def rest(design, conventions):
    """What the parts lack to the time through all stages, in words; None where they add up to it."""
    if design["chip"].get("dataflow") == "WS":
        return "systolic arrays while they fill and drain"
    if paid_layers(design, conventions) != design["model"]["num_layers"] and (design["model"].get("vocab_size") or has_fixed(design)):
        return "less: the output projection, which is not filled up"
    return None
