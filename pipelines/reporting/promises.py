"""What is promised to users: how many tokens a second, and the service levels: time to the first token, time of each further one."""
import math
import os
import re

from . import text
from .program import USAGE, die

# Option, unit that may stand behind the number, and what it multiplies it by.
SECONDS = {"": 1, "s": 1, "ms": 1e-3}


def positive(option, given, units=None):
    """A number above 0, in the base unit."""
    found = re.fullmatch(r"([0-9.]+(?:[eE][-+]?[0-9]+)?) ?([a-z]*)", given)
    units = units or {"": 1}
    try:
        value = float(found[1]) * units[found[2]]
    except (TypeError, KeyError, ValueError):
        value = math.nan
    if not 0 < value < math.inf:
        expected = "a number above 0" + (", in seconds, or with a unit: " + " ".join(unit for unit in units if unit) if len(units) > 1 else "")
        why = ": there is nothing to serve" if value == 0 and option == "--tokens-per-s" else ""
        die(USAGE, f"{option} {given}{why}: expected {expected}")
    return value


def plain(value):
    """A number as a command takes it, to all its digits."""
    return str(int(value)) if value.is_integer() and value < 1e15 else repr(value)


def lengths(given):
    """Prompt and answer, in tokens."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})[,+]([1-9][0-9]{0,8})", given)
    if not found:
        die(USAGE, f"--workload {given}: expected tokens of a prompt and of an answer, such as 1024,512")
    return int(found[1]), int(found[2])


def shares(given, models):
    """The share of each model of the tokens of all answers: as given, MODEL=SHARE,..., or equal ones."""
    if not given:
        return {model: 1 / len(models) for model in models}
    found = {}
    for part in given.split(","):
        model, equals, share = part.rpartition("=")
        if not equals or model not in models or model in found:
            die(USAGE, f"--mix {given}: {part}: expected MODEL=SHARE once for each model of --model: {', '.join(models)}")
        found[model] = positive("--mix", share)
    if set(found) != set(models) or abs(sum(found.values()) - 1) > 1e-9:
        die(USAGE, f"--mix {given}: expected shares of all models of --model, that sum to 1; these sum to {sum(found.values()):.10g}")
    return found


class Level:
    """A service level: name, value that is promised or None, unit; how it is shown."""

    def __init__(self, name, title, promised):
        self.name, self.title, self.promised = name, title, promised

    def ratio(self, value):
        """The value over what is promised: above 1 it is not kept; 0 where nothing is."""
        return value / self.promised if self.promised else 0.0

    def condition(self):
        """For --where."""
        return f"point.{self.name}<={plain(self.promised)}"

    def said(self, value):
        return f"{self.title} {seconds(value)} of {seconds(self.promised)}"


def seconds(value):
    return f"{text.number(value * 1e3, 3)} ms" if value < 1 else f"{text.number(value, 3)} s"


class Promise:
    """The demand, in tokens of answers a second, the workload, and the levels."""

    def __init__(self, tokens_per_s, workload, ttft_s=None, tpot_s=None):
        self.tokens_per_s, (self.prefill, self.generate) = tokens_per_s, workload
        self.levels = [Level("ttft_s", "TTFT", ttft_s), Level("tpot_s", "TPOT", tpot_s)]

    def demand(self, share=1.0):
        """As tco-eval takes it."""
        return f"{plain(self.tokens_per_s * share)}tokens/s"

    def conditions(self):
        """For --where; empty where nothing is promised."""
        return ",".join(level.condition() for level in self.levels if level.promised)

    def worst(self, values):
        """(how many times the promise, level) of what comes nearest to it, or misses it most; values: seconds by name of level."""
        return max(((level.ratio(values[level.name]), level) for level in self.levels), key=lambda pair: pair[0])

    def kept(self, values):
        return self.worst(values)[0] <= 1

    def facts(self):
        """(name, value) of what is promised."""
        found = [("demand", f"{text.number(self.tokens_per_s)} tokens/s of answers"),
                 ("workload", f"prompts of {self.prefill} tokens, answers of {self.generate}")]
        levels = [f"{level.title} at most {seconds(level.promised)}" for level in self.levels if level.promised]
        return found + [("promise", ", ".join(levels) or "none")]


def conventions():
    """The options of $CONVENTIONS."""
    from .provenance import convention_options
    try:
        return convention_options(os.environ.get("CONVENTIONS") or "corrected")
    except ValueError as error:
        return die(USAGE, f"CONVENTIONS: {error}")
