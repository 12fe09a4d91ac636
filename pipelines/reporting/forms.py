"""The same tables for programs and documents: JSON, CSV and Markdown, with all columns and with what was computed."""
import csv
import io
import json

from . import tables, text
from .program import USAGE, die

NAMES = ("json", "csv", "markdown")


def chosen(found):
    """The form that the options ask for; "" for a table of text."""
    names = [name for name in NAMES if f"--{name}" in found]
    if len(names) > 1:
        die(USAGE, f"--{names[0]} and --{names[1]} exclude each other")
    return names[0] if names else ""


def lines(form, columns, found):
    """The lines of some tables in a form. found: of each table the facts, pairs of name and value, and the rows, a value for each column in
    the unit of the records. JSON has an object for each table; CSV has a column for each fact; Markdown alone is scaled and rounded."""
    return {"json": _json, "csv": _csv, "markdown": _markdown}[form](columns, found)


def _json(columns, found):
    for facts, rows in found:
        yield json.dumps({**{name: value for name, value in facts if value},
                          "rows": [dict(zip((column.path for column in columns), row)) for row in rows]}, ensure_ascii=False)


def _csv(columns, found):
    names = list(dict.fromkeys(name for facts, _ in found for name, value in facts if value))
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(names + [column.path for column in columns])
    for facts, rows in found:
        table.writerows([dict(facts).get(name, "") for name in names] + row for row in rows)
    return file.getvalue().splitlines()


def _escaped(cell):
    return cell.replace("\\", "\\\\").replace("|", "\\|")


def _head(column):
    title, *units = column.heads[0]
    name = title + "".join(units) if title.endswith(("/", "-")) else " ".join((title, *units))
    return _escaped(text.clean(name))


def _markdown(columns, found):
    for number, (facts, rows) in enumerate(found):
        if number > 0:
            yield ""
        yield from (f"- {name}: {_escaped(text.clean(value))}" for name, value in facts if value)
        yield ""
        cells = tables.cells(columns, [[tables.scaled(value, column.scale) for column, value in zip(columns, row)] for row in rows])
        yield f"| {' | '.join(_head(column) for column in columns)} |"
        yield f"|{'|'.join(':--' if column.left else '--:' for column in columns)}|"
        yield from (f"| {' | '.join(_escaped(cells[column][i]) for column in columns)} |" for i in range(len(rows)))
