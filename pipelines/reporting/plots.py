"""Pictures by gnuplot: SVG for pages, PNG beside it, characters for terminals."""
import html
import math
import os
import re
import subprocess

from . import text
from .program import BAD_DATA, IO, die

# Okabe and Ito's colours, which those who are colour-blind tell apart.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000"]
WIDTH, HEIGHT = 760, 440
# dark to light in an order that everybody sees (cividis)
PALETTE = ("set palette defined (0 '#00224e', 0.25 '#434e6c', 0.5 '#7d7c78', 0.75 '#bcae6c', 1 '#fee838')\n")


# Between two pictures of one gnuplot.
BETWEEN = "---- the next picture of this script ----"

# The same bytes in every locale, and no start-up file of the user's.
FIRST = "set encoding utf8\nset decimalsign '.'\n"


def gnuplot(script):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GNUPLOT")}
    environment["LC_ALL"] = "C.UTF-8"
    try:
        done = subprocess.run(["gnuplot", "--default-settings"], input=(FIRST + script).encode(), capture_output=True, check=False,
                              env=environment)
    except FileNotFoundError:
        die(IO, "gnuplot is required (Debian: apt-get install gnuplot-nox)")
    # without C.UTF-8 it says that it cannot convert a sign that is not used
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip() and "iconv failed" not in line]
    if done.returncode != 0 or said:
        die(BAD_DATA, f"gnuplot: {' '.join(' '.join(said).split())[:500]}")
    return done.stdout


# All text of a script goes through quoted() or, in a data block, through in_block(): no line ends inside it, and gnuplot takes
# nothing in it for a command, a macro, an escape or an end of the block. Longer text than a picture has room for is cut.
def quoted(words, room=100):
    return "'" + text.cut(text.clean(words), room).replace("'", "''") + "'"


def in_key(words):
    """As a title in the key, whose lines are shorter; gnuplot warns of one that does not fit."""
    return quoted(words, 50)


def in_block(words):
    return '"' + text.cut(text.clean(words), 50).replace("\\", "\\\\").replace('"', "'") + '"'


def block(rows):
    """Rows of a table as a gnuplot data block; those with a number that is missing are left out."""
    lines = [" ".join(in_block(value) if isinstance(value, str) else f"{value:.17g}" for value in row)
             for row in complete(rows)]
    return "\n".join(lines)


class Point(tuple):
    """A row of a picture with the number of the design behind it, by which a page explains it."""

    design = None


def point(design, *values):
    made = Point(values)
    made.design = design
    return made


def designs_of(rows):
    """The number of the design behind each row, None where there is none."""
    return [getattr(row, "design", None) for row in rows]


def alive(rows):
    """Points (x, y) for a page, each with the number of its design."""
    return [[row[0], row[1], design] for row, design in zip(rows, designs_of(rows))]


def complete(rows):
    """The rows all of whose numbers are there and finite."""
    return [row for row in rows if all(isinstance(value, str) or text.is_number(value) for value in row)]


def header(title, x_label, y_label):
    return (f"set title {quoted(title)}\nset xlabel {quoted(x_label)}\nset ylabel {quoted(y_label)}\n"
            "set border 3\nset xtics nomirror\nset ytics nomirror\nset grid lc rgb '#dddddd' lw 1\n"
            "set key above horizontal samplen 2\nset style fill solid 1 noborder\nset format y '%g'\n" + PALETTE)


def log_tics(axis, values):
    """Marks that are read easily: 1, 2 and 5 of each decade, more where there is one; powers of two for powers of two. No logarithm
    where a value has none."""
    if min(values) <= 0:
        return ""
    low, high = min(values), max(values)
    if all(value > 0 and math.log2(value).is_integer() for value in values):
        return f"set logscale {axis} 2\nset format {axis} '%.0f'\n"
    if high / low > 1e4:
        return f"set logscale {axis}\nset format {axis} '%.0e'\n"
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if high / low > 6 else (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
    marks = [f"{digit * 10.0 ** decade:.3g}" for decade in decades for digit in digits]
    return f"set logscale {axis}\nset format {axis} '%g'\nset {axis}tics ({', '.join(marks)})\n"


def is_wide(values):
    """Whether a logarithmic axis shows them better: they are more than a factor of five apart, or powers of two."""
    low, high = min(values), max(values)
    return low > 0 and (high > 5 * low or (high > low and all(math.log2(value).is_integer() for value in values)))


def nice_range(values, margin=1.25):
    """Bounds of a logarithmic axis with some room at both ends."""
    if min(values) <= 0:
        return "[*:*]" if min(values) < max(values) else f"[{min(values) - 1:.17g}:{min(values) + 1:.17g}]"
    return f"[{min(values) / margin:.17g}:{max(values) * margin:.17g}]"


class Picture:
    """A picture: a script that is the same for every terminal. live: the same as page.js draws it, a kind and what that takes."""

    def __init__(self, name, alt, script, height=HEIGHT, live=None):
        self.name, self.alt, self.script, self.height = name, alt, script, height
        self.live = {**live, "title": alt} if live else None
        self.drawn = ""

    def save(self, folder):
        save([self], folder)

    def script_for(self, terminal):
        """What draws it: as it stands in a page, as a file of its own in SVG, or in PNG."""
        options = {"page": f"svg noenhanced size {WIDTH},{self.height} font 'DejaVu Sans,12'",
                   "png": f"pngcairo size {WIDTH * 2},{self.height * 2} noenhanced font 'DejaVu Sans,12' fontscale 2 linewidth 2"}
        options["svg"] = options["page"] + " background '#ffffff'"
        return f"reset\nset terminal {options[terminal]}\n{self.script}"

    def svg(self):
        """As it stands in a page: ids are made its own, the size is left to the page. The picture has been saved."""
        drawn = self.drawn
        drawn = drawn[drawn.index("<svg"):]
        drawn = re.sub(r"""(\bid=['"])""", rf"\g<1>{self.name}-", drawn)
        drawn = re.sub(r"""(href=['"]#|url\(#)""", rf"\g<1>{self.name}-", drawn)
        drawn = re.sub(r'<svg\s+width="\d+" height="\d+"', lambda _: f'<svg role="img" aria-label="{html.escape(self.alt)}"', drawn, count=1)
        return re.sub(r"<title>.*?</title>\s*<desc>.*?</desc>", "", drawn, flags=re.S)


def save(pictures, folder):
    """Pictures as SVG and PNG, and in their `drawn` as they stand in a page: all by one gnuplot, whose start takes longer than a picture.
    Those of the page are first, for a background stays."""
    pictures = list(pictures)
    kinds = [(kind, picture) for kind in ("page", "svg", "png") for picture in pictures]
    drawn = gnuplot("set print '-'\n" + f"print '{BETWEEN}'\n".join(picture.script_for(kind) for kind, picture in kinds))
    for (kind, picture), output in zip(kinds, drawn.split(BETWEEN.encode() + b"\n")):
        if kind == "page":
            picture.drawn = output.decode()
        else:
            (folder / f"{picture.name}.{kind}").write_bytes(output)


def height_for(rows):
    """Of a picture with so many rows of text."""
    return max(HEIGHT, 120 + 24 * rows)


def scatter(name, title, axes, points, chosen, colour_label):
    """Points (x, y, colour) on logarithmic axes; the chosen one marked. A point without colour has that of 0."""
    log = "".join(axis for axis, place in (("x", 0), ("y", 1)) if min(p[place] for p in points) > 0)
    live = {"kind": "lines", "scattered": True, "log": log, "x": axes[0], "y": axes[1],
            "series": [{"name": "designs on the frontier", "points": alive(complete(points))}]}
    points = [(x, y, colour if text.is_number(colour) else 0) for x, y, colour in points]
    script = header(title, *axes) + f"""
{log_tics("x", [p[0] for p in points])}
{log_tics("y", [p[1] for p in points])}
set cblabel {quoted(colour_label)}
set cbrange [{min(p[2] for p in points) * 0.99:.17g}:{max(p[2] for p in points) * 1.01:.17g}]
set xrange {nice_range([p[0] for p in points])}
set yrange {nice_range([p[1] for p in points])}
$points << END
{block(points)}
END
$chosen << END
{block([chosen])}
END
plot $points using 1:2:3 with points pt 7 ps 0.8 lc palette title 'designs on the frontier', \\
     $chosen using 1:2 with points pt 6 ps 2.2 lw 2 lc rgb '{COLOURS[5]}' title 'chosen: the cheapest'
"""
    return Picture(name, title, script, live=live)


def empty(name, title, axes):
    """A picture that says that there is nothing to draw."""
    script = header(title, *axes) + "unset key\nset label 'no design has these figures' at graph 0.5, graph 0.5 center\n"
    return Picture(name, title, script + "set xrange [0:1]\nset yrange [0:1]\nplot NaN notitle\n")


def lines(name, title, axes, series, log="", marks=()):
    """Series {name: [(x, y)]} as lines with points; marks [(y, text)] as horizontal lines of reference."""
    series = {label: complete(rows) for label, rows in series.items() if complete(rows)}
    if not series:
        return empty(name, title, axes)
    log = "".join(axis for axis, place in (("x", 0), ("y", 1)) if axis in log and is_wide([row[place] for rows in series.values() for row in rows]))
    data = "".join(f"$s{i} << END\n{block(rows)}\nEND\n" for i, rows in enumerate(series.values()))
    curves = [f"$s{i} using 1:2 with linespoints pt 7 ps 0.6 lw 2 lc rgb '{COLOURS[i % 8]}' title {in_key(label)}"
              for i, label in enumerate(series)]
    curves += [f"{y:.17g} with lines dt 2 lw 2 lc rgb '{COLOURS[(len(series) + i) % 8]}' title {in_key(label)}"
               for i, (y, label) in enumerate(marks)]
    scale = ""
    for axis, values in (("x", [row[0] for rows in series.values() for row in rows]),
                         ("y", [row[1] for rows in series.values() for row in rows] + [y for y, _ in marks])):
        if axis in log:
            scale += f"set {axis}range {nice_range(values)}\n" + log_tics(axis, values)
        elif axis == "x" or min(values) == max(values):
            room = 0.03 * (max(values) - min(values)) or 0.05 * abs(max(values)) or 1
            scale += f"set {axis}range [{min(values) - room:.17g}:{max(values) + room:.17g}]\n"
    live = {"kind": "lines", "x": axes[0], "y": axes[1], "log": log, "marks": list(marks),
            "series": [{"name": text.clean(label), "points": alive(rows)} for label, rows in series.items()]}
    return Picture(name, title, header(title, *axes) + scale + data + "plot " + ", ".join(curves) + "\n", live=live)


def stacked(name, title, axes, parts, rows):
    """Bars, one for each row (label, value of each part), of the parts one on the other."""
    rows = complete(rows)
    if not rows:
        return empty(name, title, axes)
    script = header(title, *axes) + f"""
set style data histograms
set style histogram rowstacked
set boxwidth 0.75 relative
set yrange [0:{"*" if any(sum(row[1:]) > 0 for row in rows) else 1}]
set xtics rotate by -40 scale 0 font ',10'
$rows << END
{block(rows)}
END
plot {", ".join(f"$rows using {i + 2}:xtic(1) lc rgb '{COLOURS[i % 8]}' title {in_key(part)}" for i, part in enumerate(parts))}
"""
    live = {"kind": "stacked", "x": axes[0], "y": axes[1], "parts": list(parts), "rows": [list(row) for row in rows], "designs": designs_of(rows)}
    return Picture(name, title, script, live=live)


def bars(name, title, x_label, rows, colours=None):
    """Horizontal bars: rows (label, value), the first on top."""
    if not rows:
        return empty(name, title, (x_label, ""))
    count = len(rows)
    data = [(label, count - i, value, int((colours[i] if colours else COLOURS[0])[1:], 16))
            for i, (label, value) in enumerate(rows)]
    script = header(title, x_label, "") + f"""
unset key
set yrange [0.3:{count + 0.7}]
set xrange [0:*]
set format x '%.6g'
$rows << END
{block(data)}
END
plot $rows using (0):2:(0):3:($2-0.35):($2+0.35):4:ytic(1) with boxxyerror lc rgb variable, \\
     $rows using 3:2:(sprintf('%.6g', $3)) with labels left offset 0.3,0 font ',10'
"""
    live = {"kind": "bars", "x": x_label, "rows": [list(row) for row in rows], "colours": colours}
    return Picture(name, title, script, height_for(count), live)


def dots(name, title, x_label, parts, rows):
    """Rows (label, value of each part, NaN where there is none), the first on top: a dot for each value, with its number. Their axis is logarithmic
    where they are far apart, and has no zero that bars could begin at."""
    found = [value for row in rows for value in row[1:] if text.is_number(value)]
    if not found:
        return empty(name, title, (x_label, ""))
    count, wide = len(rows), is_wide(found)
    series = [[(label, count - row, values[i]) for row, (label, *values) in enumerate(rows) if text.is_number(values[i])] for i in range(len(parts))]
    data = "".join(f"$s{i} << END\n{block(points)}\nEND\n" for i, points in enumerate(series))
    curves = [f"$s{i} using 3:2 with points pt {7 - 2 * (i % 2)} ps 1.3 lc rgb '{COLOURS[i % 8]}' title {in_key(part)}, "
              f"$s{i} using 3:2:(sprintf('%.3g', $3)) with labels center offset 0,0.9 font ',10' notitle" for i, part in enumerate(parts) if series[i]]
    names = ", ".join(f"{in_key(label)} {count - i}" for i, (label, *_) in enumerate(rows))
    script = header(title, x_label, "") + f"""
set yrange [0.3:{count + 0.9}]
set xrange {nice_range(found, 1.4) if wide else f"[0:{max(found) * 1.1:.17g}]"}
{log_tics("x", found) if wide else ""}
set ytics ({names})
{data}plot {", ".join(curves)}
"""
    live = {"kind": "dots", "x": x_label, "parts": list(parts), "rows": [list(row) for row in rows], "log": wide}
    return Picture(name, title, script, height_for(count), live)


def tornado(name, title, x_label, rows):
    """Rows (label, change when lowered, change when raised), in percent; the widest on top."""
    rows = complete(rows)
    if not rows:
        return empty(name, title, (x_label, ""))
    count = len(rows)
    data = [(label, count - i, low, high) for i, (label, low, high) in enumerate(rows)]
    script = header(title, x_label, "") + f"""
set yrange [0.3:{count + 0.7}]
set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#444444'
$rows << END
{block(data)}
END
plot $rows using (0):2:(0):3:($2-0.38):($2+0.02):ytic(1) with boxxyerror lc rgb '{COLOURS[0]}' title 'lowered', \\
     $rows using (0):2:(0):4:($2-0.02):($2+0.38) with boxxyerror lc rgb '{COLOURS[1]}' title 'raised'
"""
    live = {"kind": "tornado", "x": x_label, "rows": [list(row) for row in rows]}
    return Picture(name, title, script, height_for(count), live)
