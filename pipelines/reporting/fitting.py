"""Constants of one machine and engine, fitted to all its points at once by SciPy's least squares, with priors.

A constant is that of a machine and engine: never of a model, a layout or a point. Residuals are logarithms of predicted over measured,
large ones weighing less (soft L1), so that a few runs of another kind do not move the fit. Priors weigh as a point does."""
import math
import os
import sys
from typing import NamedTuple

from .program import IO, die

DEBIAN_PYTHON = "/usr/bin/python3"
NOISE = 0.05        # of a point and of a prior: what of a residual is expected
STEP = 1e-3         # of the numerical derivative, in the scale that is fitted


class Constant(NamedTuple):
    """A constant: a typical value, by what factor (positive) or share (of 0 to 1) it may well differ, and its bounds."""
    name: str
    kind: str
    typical: float
    spread: float

    def scaled(self, value):
        if self.kind == "share":
            value = min(max(value, 1e-4), 1 - 1e-4)
            return math.log(value / (1 - value))
        return math.log(value)

    def value(self, scaled):
        if self.kind == "share":
            return 1 / (1 + math.exp(-scaled))
        value = math.exp(scaled)
        return max(value, 1.0) if self.kind == "above one" else value


# Typical values: the middle of what was fitted to the GPUs of inputs/measured, in line with what was measured alone (products 5 to 6 us on A100 and
# H100, all-reduces 26 to 51 us whatever their size, of which engines hide a part: inputs/measured/operators-*.csv).
CONSTANTS = (
    Constant("compute_perf_efficiency", "share", 0.75, 0.6),
    Constant("weight_bandwidth_efficiency", "share", 0.83, 0.8),
    Constant("io_bandwidth_efficiency", "share", 0.4, 1.0),
    Constant("op_s", "positive", 5.5e-6, 0.5),
    Constant("collective_s", "positive", 10e-6, 0.5),
    Constant("pass_s", "positive", 0.3e-3, 0.8),
    Constant("request_s", "positive", 10e-6, 1.2),
    Constant("word_s", "positive", 3.5e-9, 0.5),
    Constant("attention_bandwidth_share", "share", 0.92, 0.3),
    Constant("attention_fill", "positive", 20.0, 0.5),
    Constant("attention_shared_heads", "above one", 2.4, 0.3),
    Constant("exposed_share", "share", 0.35, 0.4),
)
FIXED = {"activation_traffic": 1.0}
# The parts of the model that a fit can be made without, to see what each is worth, and the values that turn them off.
PARTS = {
    "fixed times": {"op_s": 0.0, "collective_s": 0.0, "pass_s": 0.0, "request_s": 0.0, "word_s": 0.0},
    "attention apart": {"attention_bandwidth_share": 1.0, "attention_fill": 0.0, "attention_shared_heads": 1e6},
    "traffic and overlap": {"activation_traffic": 0.0, "exposed_share": 0.0},
}


def modules():
    """NumPy and SciPy's optimizers. Where this Python lacks them, the command starts again with Debian's."""
    try:
        import numpy
        import scipy.optimize
    except ImportError:
        if sys.executable != DEBIAN_PYTHON and os.access(DEBIAN_PYTHON, os.X_OK):
            os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, *sys.argv])
        die(IO, "SciPy is required (Debian: apt-get install python3-scipy)")
    return numpy, scipy.optimize


class Fit:
    """A fit of the constants of a group: predictor(sets) gives seconds of all its points; off: values that are not fitted."""

    def __init__(self, predictor, measured, off=None, constants=CONSTANTS):
        self.numpy, self.optimize = modules()
        self.fixed = {**FIXED, **(off or {})}
        self.constants = [constant for constant in constants if constant.name not in self.fixed]
        self.predictor, self.measured = predictor, self.numpy.log(self.numpy.array(measured))
        self.typical = self.numpy.array([constant.scaled(constant.typical) for constant in self.constants])
        self.spread = self.numpy.array([constant.spread for constant in self.constants])
        self.linear = {}

    def named(self, scaled):
        return {**self.fixed, **{constant.name: constant.value(value) for constant, value in zip(self.constants, scaled)}}

    def _linearized(self, scaled):
        """Logarithms of the predictions and their derivatives: asked for once, whatever points a fit takes in."""
        key = tuple(scaled)
        if key not in self.linear:
            numpy = self.numpy
            sets = [scaled] + [scaled + STEP * unit for unit in numpy.eye(len(scaled))]
            logs = numpy.log(numpy.array(self.predictor([self.named(values) for values in sets])))
            self.linear[key] = logs[0], (logs[1:] - logs[0]).T / STEP
        return self.linear[key]

    def run(self, chosen, start=None, most=12):
        """The constants, in the scale of the fit, with the least residuals of the points that are chosen (their places)."""
        numpy = self.numpy

        def residuals(scaled):
            logs, _ = self._linearized(scaled)
            return numpy.concatenate([(logs - self.measured)[chosen], NOISE * (scaled - self.typical) / self.spread])

        def slopes(scaled):
            _, derivatives = self._linearized(scaled)
            return numpy.vstack([derivatives[chosen], numpy.diag(NOISE / self.spread)])

        found = self.optimize.least_squares(residuals, self.typical if start is None else start, slopes, loss="soft_l1", f_scale=NOISE,
                                            max_nfev=most, xtol=1e-4, ftol=1e-5)
        return found.x

    def errors(self, scaled):
        """Relative errors of all points: predicted over measured, less 1."""
        logs, _ = self._linearized(scaled)
        return self.numpy.expm1(logs - self.measured)
