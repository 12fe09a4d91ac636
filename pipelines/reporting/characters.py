"""Points drawn in characters, for a terminal: in any window from 20 columns and 5 lines on.

    $ per 1M tokens           what is upward
         5 |*                 rows; marks of the axis where there is room
       0.2 |   *    *
           +---------         from 7 lines on
           0.05     0.2
    latency (s)               what is across"""
import math

from . import plots, text

LEAST_WIDTH, LEAST_HEIGHT = 20, 5
WITH_LINE = 7      # lines from which the axis across has a line


class Axis:
    """Where a value is, from 0 to 1; logarithmic where values are far apart."""

    def __init__(self, values):
        self.low, self.high = min(values), max(values)
        self.log = plots.is_wide(values)

    def place(self, value):
        if self.high == self.low:
            return 0.5
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def marks(self):
        """Round values in the range, or its ends where there are fewer than two."""
        span = self.high - self.low
        if self.log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            found = [digit * 10.0 ** decade for decade in decades for digit in (1, 2, 5)]
        elif span > 0:
            step = 10.0 ** math.floor(math.log10(span / 2))
            found = [step * i for i in range(math.floor(self.low / step), math.ceil(self.high / step) + 1)]
        else:
            found = []
        found = [value for value in found if self.low <= value <= self.high]
        return found if len(found) > 1 else sorted({self.low, self.high})


def _number(value):
    return f"{value:.3g}"


def plot(points, x_label, y_label, width, height):
    """The lines of a picture of points (x, y), as many as height says."""
    across, up = Axis([x for x, _ in points]), Axis([y for _, y in points])
    rows = height - (4 if height >= WITH_LINE else 3)
    marks = _spread_rows([(round((1 - up.place(value)) * (rows - 1)), _number(value)) for value in up.marks()])
    margin = max(len(word) for _, word in marks.items())
    columns = max(width - margin - 3, 1)
    grid = [[" "] * columns for _ in range(rows)]
    for x, y in points:
        grid[round((1 - up.place(y)) * (rows - 1))][round(across.place(x) * (columns - 1))] = "*"
    yield text.cut(text.clean(y_label), width)
    for i, row in enumerate(grid):
        yield f"{marks.get(i, ''):>{margin}} |{''.join(row)}".rstrip()
    if height >= WITH_LINE:
        yield " " * margin + " +" + "-" * columns
    yield " " * (margin + 2) + _marks_across(across, columns)
    yield f"{text.cut(text.clean(x_label), width):>{width}}"


def _spread_rows(marks):
    """{row: word}, one mark a row."""
    found = {}
    for row, word in marks:
        found.setdefault(row, word)
    return found


def _marks_across(axis, columns):
    """A line with the marks of the axis across, those that do not touch."""
    line = ""
    for value in axis.marks():
        word = _number(value)
        start = min(max(round(axis.place(value) * (columns - 1)) - len(word) // 2, 0), columns - len(word))
        if start >= 0 and (start > len(line) or not line):
            line = f"{line:<{start}}{word}"
    return line


def told(points, what):
    """A sentence on what is drawn."""
    across, up = Axis([x for x, _ in points]), Axis([y for _, y in points])
    scale = {(True, True): "both axes logarithmic", (False, False): "both axes linear"}.get(
        (across.log, up.log), f"the axis {'across' if across.log else 'upward'} logarithmic")
    return f"{len(points)} {what}; {scale}"
