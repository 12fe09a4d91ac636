"""What the time of a phase is made of."""
import math


def filled_layers(design):
    """How many layers the stages have together: each stage has the same number, rounded up."""
    layers, stages = design["model"]["num_layers"], design["point"]["pipeline_parallel"]
    return math.ceil(layers / stages) * stages if math.isfinite(layers / stages) else math.nan


def parts(design, phase):
    """Seconds of a micro-batch on its way through all stages: products bound by compute, by memory, and communication.

    The columns of llm-map count the products of the model's layers; where the stages hold more, those are paid as well."""
    point = design["point"]
    ratio = filled_layers(design) / design["model"]["num_layers"]
    return [point[f"{phase}_compute_s"] * ratio, point[f"{phase}_load_s"] * ratio, point[f"{phase}_communication_s"]]


def closes_exactly(design):
    """Whether the parts add up to the time through all stages: not when stages are filled up and there is an output projection,
    which is not filled up but counted with the products."""
    return filled_layers(design) == design["model"]["num_layers"] or not design["model"].get("vocab_size")
