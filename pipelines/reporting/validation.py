"""Measured points of one machine and engine held against the model: which are left out, the fit, how far off it is, in sample and on what was
left out of it."""
import csv
import math
import statistics
from typing import NamedTuple

from . import fitting, predicting, records
from .program import BAD_DATA, die

FACTS = ("identical_requests", "score_traffic", "hidden_share")
NAMES = [constant.name for constant in fitting.CONSTANTS] + sorted(fitting.FIXED) + list(FACTS[1:])


def facts_of(engine):
    """What inputs/sources.csv knows of an engine."""
    path = records.INPUTS / "sources.csv"
    row = next((row for row in records.read_csv(path) if row["engine"] == engine), {})
    try:
        return {fact: float(row.get(fact, 0)) for fact in FACTS}
    except ValueError:
        return die(BAD_DATA, f"{path}: engine {engine}: expected numbers {', '.join(FACTS)}")


def fitted_rows(path=None):
    """{(engine, name of the hardware): constants, with n and error} of inputs/fitted.csv."""
    path = path or records.INPUTS / "fitted.csv"
    if not path.is_file():
        return {}
    found = {}
    for row in records.read_csv(path):
        try:
            found[row["engine"], row["hardware"]] = {name: float(row[name]) for name in ("n", "error", *NAMES)}
        except (KeyError, ValueError):
            die(BAD_DATA, f"{path}: engine {row.get('engine', '?')}: expected columns engine, hardware, n, error and numbers {', '.join(NAMES)}")
    return found


class Share(NamedTuple):
    """Errors of some points: how many, mean and median of their sizes, the largest, and the mean with its sign."""
    count: int
    mean: float
    median: float
    worst: float
    bias: float


def share_of(errors):
    sizes = [abs(error) for error in errors]
    if not sizes:
        return Share(0, math.nan, math.nan, math.nan, math.nan)
    return Share(len(sizes), sum(sizes) / len(sizes), statistics.median(sizes), max(sizes), sum(errors) / len(errors))


MODEL, TENSOR, BATCH, QUANTITY = (lambda p: p.model), (lambda p: p.tensor), (lambda p: p.batch), (lambda p: p.quantity)
LEFT = {"model": MODEL, "TP": TENSOR, "pair": lambda p: (p.model, p.tensor)}


def places_by(points, key):
    found = {}
    for i, point in enumerate(points):
        found.setdefault(key(point), []).append(i)
    return found


class Group:
    """The points of one machine and engine."""

    def __init__(self, engine, hardware, points, folder):
        self.engine, self.hardware, self.facts = engine, predicting.Hardware(hardware), facts_of(engine)
        self.stem = hardware.rpartition("/")[2].removesuffix(".yaml")
        self.left_out, self.folder = [], folder
        self.points = self._admitted(points)
        self.measured = [point.seconds for point in self.points]
        self.predictor = predicting.Predictor(self.hardware, self.points, folder, self.facts["identical_requests"] > 0)
        self.typical = {constant.name: constant.typical for constant in fitting.CONSTANTS}
        self.fit, self.constants, self.errors = None, None, []

    def _admitted(self, points):
        """Those that a batch of the model in the memory of its chips can have taken."""
        whole = []
        for point in points:
            if self.hardware.share_of_servers(point.chips):
                whole.append(point)
            else:
                self._leave(point, f"{point.chips} chips are neither whole servers nor an equal part of one")
        typical = {constant.name: constant.typical for constant in fitting.CONSTANTS}
        predictor = predicting.Predictor(self.hardware, whole, self.folder)
        (seconds,) = predictor([typical])
        described = predictor.described()
        kept = []
        for point, predicted, model in zip(whole, seconds, described):
            if math.isnan(predicted):
                self._leave(point, "weights and KV cache do not fit: served in waves, or refused")
            elif point.seconds < predicting.least_seconds(self.hardware, model, point):
                self._leave(point, "shorter than the weights can be read: answers were cut off")
            else:
                kept.append(point)
        return kept

    def _leave(self, point, reason):
        self.left_out.append((point.place, point.source, reason))

    def _fixed(self):
        return {fact: self.facts[fact] for fact in FACTS[1:]}

    def errors_with(self, constants):
        """Relative errors with constants that are given; None: those of the hardware file."""
        (seconds,) = self.predictor([constants])
        return [predicted / point.seconds - 1 for predicted, point in zip(seconds, self.points)]

    def run_fit(self):
        numpy, _ = fitting.modules()
        self.fit = fitting.Fit(self.predictor, self.measured, self._fixed())
        self.everything = numpy.arange(len(self.points))
        self.scaled = self.fit.run(self.everything, most=25)
        self.constants = self.fit.named(self.scaled)
        self.errors = list(self.fit.errors(self.scaled))

    def leave_out(self, key):
        """The points by `key`, each with the error that a fit to all others leaves it; none where there is one kind alone."""
        numpy, _ = fitting.modules()
        kinds = places_by(self.points, key)
        if len(kinds) < 2:
            return []
        found = [math.nan] * len(self.points)
        for places in kinds.values():
            others = numpy.setdiff1d(self.everything, places)
            errors = self.fit.errors(self.fit.run(others, start=self.scaled, most=6))
            for place in places:
                found[place] = errors[place]
        return found

    def without(self, part):
        """Errors of a fit without a part of the model: what it is worth."""
        fit = fitting.Fit(self.predictor, self.measured, {**self._fixed(), **fitting.PARTS[part]})
        return list(fit.errors(fit.run(self.everything, most=15)))

    def shipped(self, rows):
        """(constants fitted before on this engine and machine, and where they are from), or the hardware file's."""
        found = rows.get((self.engine, self.stem))
        if found:
            return {name: found[name] for name in NAMES}, "fitted.csv"
        return None, "hardware file"


def write_constants(path, groups):
    """Rows of fitted.csv for these groups, in place of those that the file has of the same; the others stay."""
    rows = fitted_rows(path)
    for group in groups:
        rows[group.engine, group.stem] = {"n": len(group.points), "error": share_of(group.errors).mean, **group.constants}
    with open(path, "w", newline="", encoding="utf-8") as file:
        file.write("# Constants of machines and engines, fitted by `chiplet-cloud validate --keep` to all points of inputs/measured that are theirs.\n"
                   "# n: points; error: mean size of the relative error on them. Units: chiplet-cloud-inputs(5), overheads.\n")
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("engine", "hardware", "n", "error", *NAMES))
        for (engine, hardware), row in sorted(rows.items()):
            table.writerow((engine, hardware, int(row["n"]), f"{row['error']:.4f}", *(f"{row[name]:.4g}" for name in NAMES)))
