"""What a run was made with: the file `provenance` of a run folder, which is data and nothing else."""
import json
import pathlib
import re

from .program import BAD_DATA, die

CONVENTION = re.compile(r"[a-z][a-z0-9-]*=(published|corrected)")
KINDS = ("hardware", "constants", "system", "model")


class Provenance:
    """Keys and maps of the file. Every refusal names file and line."""

    def __init__(self, path):
        self.path, self.values, self.maps, self.lines = pathlib.Path(path), {}, {}, {}
        section = None
        content = self.path.read_bytes()
        try:
            lines = content.decode().split("\n")
        except UnicodeDecodeError as error:
            die(BAD_DATA, f"{self.path}:{content[:error.start].count(10) + 1}: expected UTF-8")
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, value = self._entry(number, line)
            if line.startswith(" "):
                if section is None:
                    self.refuse(number, "expected a key without space before it")
                self.maps[section][key] = value
                self.lines[section, key] = number
            elif value == "":
                section = key
                self.maps.setdefault(key, {})
                self.lines[key] = number
            else:
                section = None
                self.values[key] = value
                self.lines[key] = number

    def refuse(self, number, message):
        die(BAD_DATA, f"{self.path}:{number}: {message}")

    def _entry(self, number, line):
        found = re.fullmatch(r' *("(?:[^"\\]|\\.)*"|[^\s":#][^":]*):(?: +(.*))?', line)
        if not found:
            self.refuse(number, "expected KEY: VALUE")
        key, value = found[1], (found[2] or "").strip()
        return self._scalar(number, key), "" if value.startswith("#") else self._scalar(number, value)

    def _scalar(self, number, value):
        """A plain text, or what is quoted as in JSON: a text or a list of texts."""
        if not value.startswith(('"', "[")):
            return value
        try:
            found = json.loads(value)
        except ValueError:
            return self.refuse(number, f"expected text in quotes as JSON has it, not {value}")
        if found == "":
            return None
        if not (isinstance(found, str) or (isinstance(found, list) and all(isinstance(word, str) for word in found))):
            self.refuse(number, f"expected a text or a list of texts, not {value}")
        return found

    def text(self, key, default=None):
        """The text under a key; refused where there is none and no default."""
        value = self.values.get(key, default)
        if key not in self.values and default is None:
            die(BAD_DATA, f"{self.path}: expected a line {key}: ...")
        if value is not None and not isinstance(value, str):
            self.refuse(self.lines[key], f"{key}: expected a text")
        return value

    def conventions(self):
        """The options of conventions that all programs of the run had, as arguments."""
        given = self.text("conventions", "corrected") or "corrected"
        try:
            return convention_options(given)
        except ValueError as error:
            return self.refuse(self.lines["conventions"], f"conventions: {error}")

    def list(self, key):
        """The list of texts under a key; None where there is none."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, list):
            self.refuse(self.lines[key], f"{key}: expected a list of texts")
        return value

    def copies(self, kind, folder):
        """The run's own copies of its hardware, constants, system or model files."""
        found, home = self.maps["copies"].get(kind) or [], (folder / "inputs").resolve()
        relatives = [found] if isinstance(found, str) else found
        paths = [folder / relative for relative in relatives]
        for path, relative in zip(paths, relatives):
            if home not in path.resolve().parents:
                self.refuse(self.lines["copies", kind], f"{kind}: {relative}: expected a file in inputs/ of the run's folder")
            if not path.is_file():
                self.refuse(self.lines["copies", kind], f"{kind}: {path} does not exist: run explore again")
        return paths

    def copy(self, kind, folder):
        """The only copy of a kind, None where the run has none."""
        found = self.copies(kind, folder)
        if len(found) > 1:
            self.refuse(self.lines["copies", kind], f"{kind}: expected one file, not {len(found)}")
        return found[0] if found else None


def is_published(options, name):
    """Whether these options, the last of which counts, have a convention as published."""
    published = False
    for word in options:
        if word == "--as-published":
            published = True
        elif word.partition("=")[0] == name:
            published = word.endswith("=published")
    return published


def convention_options(given):
    """The arguments in a text such as "--convention token-cost=published"; ValueError says which word is none of them."""
    found, words = [], given.split()
    if words == ["corrected"]:
        return []
    while words:
        word = words.pop(0)
        option, equals, value = word.partition("=")
        if option == "--convention" and not equals and words:
            value = words.pop(0)
        if word == "--as-published":
            found.append(word)
        elif option == "--convention" and CONVENTION.fullmatch(value):
            found += [option, value]
        else:
            raise ValueError(f"{word if option != '--convention' else f'{option} {value}'}: expected corrected, or --as-published or "
                             "--convention NAME=published or NAME=corrected")
    return found


def facts(provenance):
    """(name, value) of what stands above a table: the inputs by their names, and the conventions."""
    if provenance is None:
        return []
    found = [(kind, named(kind, provenance.values[kind])) for kind in ("hardware", "constants", "system")
             if isinstance(provenance.values.get(kind, 0), (str, type(None))) and kind in provenance.values]
    return found + [("conventions", provenance.text("conventions", "corrected"))]


def named(kind, path):
    """An input file as its user names it: those in inputs/ by their names."""
    if not path:
        return "none"
    place = pathlib.PurePath(path)
    home = place.parent
    return place.stem if place.suffix == ".yaml" and home.name == kind and home.parent.name == "inputs" else path
