"""Pages in HTML: one file, nothing fetched; alive by what page.js does with the data in it; fit for a narrow window and for paper.

Chart.js, DataTables and jQuery stand in the page as their Debian packages have them, each script under its checksum: no other runs."""
import base64
import hashlib
import html
import json
import math
import os
import pathlib

from . import text
from .program import IO, die

HERE = pathlib.Path(__file__).resolve().parent
# Where Debian has them, and in which package; $JAVASCRIPT names another folder.
LIBRARIES = {"jquery/jquery.min.js": "libjs-jquery", "jquery-datatables/jquery.dataTables.min.js": "libjs-jquery-datatables",
             "chart.js/chart.min.js": "libjs-chart.js"}
LONG_TEXT, LONG_TABLE = 40, 60
# Before anything is shown: what lives may hide what it replaces.
FIRST = 'document.documentElement.className = "scripted";'


def escaped(words):
    """Text for a page: without control characters, and with nothing that HTML takes for a tag or the end of an attribute."""
    return html.escape(text.clean(words))


class Row(list):
    """A row of cells, and the number of the design that it is of."""

    def __init__(self, cells, design=None):
        super().__init__(cells)
        self.design = design


class Page:
    """A page. book: the designs behind its points and rows, a designs.Book."""

    def __init__(self, title, book=None):
        self.title, self.book, self.parts, self.headings, self.charts = title, book, [], [], {}

    def heading(self, words):
        self.headings.append(words)
        self.parts.append(f'<h2 id="section-{len(self.headings)}">{escaped(words)}</h2>')

    def text(self, words, kind=""):
        self.parts.append(f'<p class="{kind}">{escaped(words)}</p>')

    def picture(self, picture, caption="", chooser=False):
        """A picture, alive where its kind is. chooser: in its place, the frontier of objectives that are chosen on the page."""
        live = {**picture.live, "kind": "chooser"} if chooser else picture.live
        if live:
            self.charts[picture.name] = live
        attribute = f' data-chart="{escaped(picture.name)}"' if live else ""
        self.parts.append(f'<figure{attribute}><div class="still">{picture.svg()}</div><figcaption>{escaped(caption)}</figcaption></figure>')

    def command(self, words):
        lines = "\n".join(escaped(line) for line in words.split("\n"))
        self.parts.append(f"<pre>{lines}</pre>")

    def table(self, columns, rows, command="", served=False):
        """Columns (title, unit); rows of cells: a value, or (value, data) where data are attributes of the cell, which say where
        the number comes from. served: on the page, only rows whose designs keep the service level that is chosen."""
        texts = [all(_is_text(row[i]) for row in rows) for i in range(len(columns))]
        head = "".join(f'<th scope="col"{" class=text" if text_only else ""}>{escaped(title)}<small>{escaped(unit)}</small></th>'
                       for (title, unit), text_only in zip(columns, texts))
        body = "".join(f"<tr{_design(row)}>{''.join(cell(value) for value in row)}</tr>\n" for row in rows)
        label = f' aria-labelledby="section-{len(self.headings)}"' if self.headings else ""
        self.parts.append(f'<div class="table"><table class="sorted{" long" if len(rows) > LONG_TABLE else ""}"{" data-served" if served else ""}{label}><thead><tr>{head}</tr></thead>\n'
                          f"<tbody>\n{body}</tbody></table></div>")
        if command:
            self.command(command)

    def _data(self):
        """What page.js reads: text of JSON in which nothing ends the script that it stands in."""
        from . import plots
        data = {"charts": self.charts, "colours": plots.COLOURS, "columns": [], "designs": [], "explained": [], "words": [], "frontier": [],
                **(self.book.data() if self.book else {})}
        said = json.dumps(_finite(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    def write(self, path):
        scripts = [_library(name, package) for name, package in LIBRARIES.items()] + [(HERE / "page.js").read_text(encoding="utf-8")]
        scripts = [FIRST] + [f"\n{script}\n" for script in scripts]
        sums = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts)
        links = "".join(f'<a href="#section-{i}">{escaped(words)}</a> ' for i, words in enumerate(self.headings, 1))
        parts = "\n".join(self.parts)
        path.write_text(
            f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">\n<title>{escaped(self.title)}</title>\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {sums}\">\n"
            f'<link rel="icon" href="data:,">\n<script>{FIRST}</script>\n<style>\n{(HERE / "page.css").read_text(encoding="utf-8")}</style></head>\n<body>\n'
            f'<a class="skip" href="#content">To the content</a>\n<nav aria-label="Contents">{links}<button id="scheme" type="button" hidden>light or dark</button></nav>\n'
            f'<main id="content">\n<h1>{escaped(self.title)}</h1>\n{parts}\n</main>\n<dialog id="explanation" aria-label="The design, from die to dollar"></dialog>\n'
            f'<script type="application/json" id="data">{self._data()}</script>\n' +
            "\n".join(f"<script>{script}</script>" for script in scripts[1:]) + "\n</body>\n</html>\n", encoding="utf-8")


def _library(name, package):
    """The text of a library, without what would end the script that it stands in."""
    folder = pathlib.Path(os.environ.get("JAVASCRIPT") or "/usr/share/javascript")
    try:
        found = (folder / name).read_text(encoding="utf-8")
    except OSError as error:
        return die(IO, f"{folder / name}: {error.strerror}; pages require it (Debian: apt-get install {package})")
    return found.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _finite(value):
    """A value of JSON in which numbers that are none are null, and others have the digits that a picture shows."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    if isinstance(value, float):
        return (int(value) if value.is_integer() and abs(value) < 1e15 else float(f"{value:.7g}")) if math.isfinite(value) else None
    return text.clean(value) if isinstance(value, str) else value


def _is_text(value):
    """Whether a cell is text; one that says by which number it sorts is not."""
    value, attributes = value if isinstance(value, tuple) else (value, {})
    return isinstance(value, str) and "data-order" not in attributes


def _design(row):
    design = getattr(row, "design", None)
    return "" if design is None else f' data-design="{int(design)}"'


def cell(value):
    attributes, is_text = {}, _is_text(value)
    if isinstance(value, tuple):
        value, attributes = value
    if is_text:
        kind = "text wrap" if len(value) > LONG_TEXT else "text"
        attributes = {"class": kind, **attributes}
    elif text.is_number(value):
        attributes = {**attributes, "data-order": repr(value)}
    extra = "".join(f' {name}="{escaped(data)}"' for name, data in attributes.items())
    return f"<td{extra}>{escaped(text.number(value))}</td>"
