"""Text as it may be shown: nothing in it commands a terminal, its width is known, numbers look alike in every locale."""
import math

ELLIPSIS = "…"


def clean(value):
    """Text of one line without control characters: those, and whatever a terminal obeys or hides, are shown as escapes."""
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    import unicodedata  # only where a text is not plain
    shown = []
    for character in unicodedata.normalize("NFC", text):
        combining = unicodedata.category(character) in ("Mn", "Me")
        if character == " " or character.isprintable() and not _selects_a_variant(character) and (shown or not combining):
            shown.append(character)
        else:
            shown.append(_escaped(character))
    return "".join(shown)


def _selects_a_variant(character):
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _escaped(character):
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(character)
    return named.get(character) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")


def width(text):
    """Columns that a cleaned text takes on a terminal: two for each wide character, none for one that combines."""
    if text.isascii():
        return len(text)
    import unicodedata
    return sum(0 if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff" else
               2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(text, most):
    """A cleaned text in at most so many columns; what is too long loses its middle."""
    if width(text) <= most:
        return text
    room = max(most - 1, 0)
    head = _start(text, room - room // 2)
    tail = _start(text[::-1], room // 2)[::-1]
    return head + ELLIPSIS + tail if most > 0 else ""


def _start(text, most):
    """The longest start of a text in so many columns."""
    end = len(text)
    while end > 0 and width(text[:end]) > most:
        end -= 1
    return text[:end]


def pad(text, columns, left):
    """A cleaned text filled up to so many columns."""
    space = " " * max(columns - width(text), 0)
    return text + space if left else space + text


def wrapped(text, columns, indent=""):
    """The words of a text in lines of at most so many columns, all but the first after `indent`; a longer word is cut."""
    lines, line = [], ""
    for word in clean(text).split():
        word = cut(word, columns - len(indent))
        if line and width(line) + 1 + width(word) > columns:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line.strip() else line + word
    return "\n".join(lines + [line])


def number(value, digits=4):
    """A number to so many digits, as people read it; texts as they are; nothing for None."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (abs(value) < 1e15 and float(value).is_integer()):
        return f"{int(value):,}"
    if not math.isfinite(value):
        return str(value)
    power = math.floor(math.log10(abs(value)))
    if -4 <= power < 7:
        return f"{value:,.{max(0, digits - 1 - power)}f}"
    return f"{value:.{digits - 1}e}"


def looks_like_number(words):
    return words == "" or words.lstrip("+-").replace(",", "").replace(".", "", 1).isdigit()


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def decimals(values, digits):
    """Decimal places with which the smallest of these numbers has so many digits; None where they are too far apart for that."""
    sizes = [abs(value) for value in values if value]
    if not sizes or all(float(value).is_integer() for value in sizes):
        return 0
    low, high = math.floor(math.log10(min(sizes))), math.floor(math.log10(max(sizes)))
    places = max(0, digits - 1 - low)
    return places if places + max(high, 0) < 12 else None


def column(values, digits):
    """The texts of a column of numbers, all with the same decimal places; "-" where there is none."""
    places = decimals([value for value in values if is_number(value)], digits)
    def shown(value):
        if isinstance(value, str) and value:
            return clean(value)
        if not is_number(value):
            return "-"
        return f"{value:.{digits - 1}e}" if places is None else f"{value:.{places}f}"
    return [shown(value) for value in values]
