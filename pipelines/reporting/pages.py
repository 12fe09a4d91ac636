"""Pages in HTML: one file, nothing fetched, figures inside; fit for a narrow window and for paper."""
import html

from . import text

STYLE = """
body { font: 16px/1.5 'DejaVu Sans', Verdana, sans-serif; color: #1a1a1a; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.2rem; }
figure { margin: 1rem 0; break-inside: avoid; } figure svg { width: 100%; max-width: 56rem; height: auto; }
figcaption { color: #555; font-size: .85rem; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: .8rem; }
th, td { padding: .25rem .45rem; text-align: right; border-bottom: 1px solid #ddd; white-space: nowrap; }
th { vertical-align: bottom; } th small { display: block; font-weight: normal; color: #555; }
th:first-child, td:first-child, td.text, th.text { text-align: left; } td.text.wrap { white-space: normal; min-width: 16rem; }
pre { background: #f4f4f4; padding: .6rem; font-size: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.key { font-size: 1.3rem; } @media print { body { max-width: none; margin: 0; } pre { border: 1px solid #ddd; } table { font-size: .55rem; } }
"""


def escaped(words):
    """Text for a page: without control characters, and with nothing that HTML takes for a tag or the end of an attribute."""
    return html.escape(text.clean(words))


class Page:
    def __init__(self, title):
        self.title, self.parts = title, [f"<h1>{escaped(title)}</h1>"]

    def heading(self, words):
        self.parts.append(f"<h2>{escaped(words)}</h2>")

    def text(self, words, kind=""):
        self.parts.append(f'<p class="{kind}">{escaped(words)}</p>')

    def picture(self, picture, caption=""):
        self.parts.append(f"<figure>{picture.svg()}<figcaption>{escaped(caption)}</figcaption></figure>")

    def command(self, words):
        lines = "\n".join(escaped(line) for line in words.split("\n"))
        self.parts.append(f"<pre>{lines}</pre>")

    def table(self, columns, rows, command=""):
        """Columns (title, unit); rows of cells: a value, or (value, data) where data are attributes of the cell, which say where
        the number comes from."""
        texts = [all(isinstance(row[i][0] if isinstance(row[i], tuple) else row[i], str) for row in rows) for i in range(len(columns))]
        head = "".join(f"<th{' class=text' if text_only else ''}>{escaped(title)}<small>{escaped(unit)}</small></th>"
                       for (title, unit), text_only in zip(columns, texts))
        body = "".join(f"<tr>{''.join(cell(value) for value in row)}</tr>\n" for row in rows)
        self.parts.append(f'<div class="table"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>')
        if command:
            self.command(command)

    def write(self, path):
        body = "\n".join(self.parts)
        path.write_text(f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">\n<title>{escaped(self.title)}</title>\n'
                        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style></head>\n'
                        f"<body>\n{body}\n</body>\n</html>\n", encoding="utf-8")


def cell(value):
    attributes = {}
    if isinstance(value, tuple):
        value, attributes = value
    if isinstance(value, str):
        kind = "text wrap" if len(value) > 40 else "text"
        attributes = {"class": kind, **attributes}
    extra = "".join(f' {name}="{escaped(data)}"' for name, data in attributes.items())
    return f"<td{extra}>{escaped(text.number(value))}</td>"
