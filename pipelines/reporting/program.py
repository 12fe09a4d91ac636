"""What each pipeline in Python does first and last: its streams, its refusals, its exit code."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

OK, BAD_DATA, USAGE, IO, INTERRUPTED, TERMINATED, CLOSED_PIPE = 0, 1, 2, 3, 130, 143, 141
REMOVED = ("LC_ALL", "LC_NUMERIC", "LANG", "LANGUAGE")

LIBRARY = pathlib.Path(__file__).resolve().parent.parent / "lib"


class Refusal(Exception):
    """Ends the program with a code and one line of explanation."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def die(code, message):
    raise Refusal(code, message)


def name():
    return os.path.basename(sys.argv[0])


def say(message):
    """One line on standard error, without what a terminal would obey."""
    from . import text
    if sys.stderr is not None:
        try:
            print(f"{name()}: {text.clean(message)}", file=sys.stderr, flush=True)
        except OSError:
            pass


def _command():
    return name().removeprefix("chiplet-cloud-")


def _text():
    """The help of this command, which says what its options are, as lib/options.bash puts it together: a line @NAME stands for an entry of
    lib/options."""
    shared, name = {}, ""
    for line in (LIBRARY / "options").read_text(encoding="utf-8").splitlines(True):
        name = line.split()[0] if line.startswith("  --") else name
        shared[name] = shared.get(name, "") + line
    lines = (LIBRARY / "commands" / _command()).read_text(encoding="utf-8").splitlines(True)
    return "".join(shared["--" + line[1:].strip()] if line.startswith("@") else line for line in lines)


def _usage(text):
    """The usage lines of a help as one, for a message."""
    lines = text.partition("\n\n")[0].removeprefix("usage:").splitlines()
    return ", or ".join(line.strip() for line in lines)


def misused():
    die(USAGE, f"expected: {_usage(_text())}")


def did_you_mean(word, names):
    """The end of a message: which of the names was meant, or nothing."""
    command = ["awk", "-f", LIBRARY / "nearest.awk", "--", word, *names]
    near = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).stdout.decode().strip()
    return f"; did you mean {near}?" if near else ""


def _known(text):
    """What each option of a help is: (what its value is called or None, the variable of the environment that it sets or None)."""
    entries = re.findall(r"^  (--[a-z-]+)(?: ([^( \n]+))?(?: \(\$([A-Z_]+)\))?$", text, re.M)
    return {option: (value or None, variable or None) for option, value, variable in entries}


def _take(option, words, known):
    """The value of an option, of which the words that follow may begin with it; True where it takes none."""
    option, equals, value = option.partition("=")
    if known[option][0] is None:
        if equals:
            die(USAGE, f"{option} takes no value")
        return True
    value = value if equals or not words else words.pop(0)
    return value or die(USAGE, f"{option}: expected {known[option][0]}")


def options(words):
    """The options among the words, as a dict, and the other words. Those that stand for a variable of the environment set it instead.
    Options stand anywhere before "--"; what names a file that is there is none. Which there are is in the help of the command."""
    found, operands, words, text = {}, [], list(words), ""
    while words:
        word = words.pop(0)
        if word == "--":
            return found, operands + words
        if not word.startswith("-") or word == "-":
            operands.append(word)
            continue
        text = text or _text()
        option, known = word.partition("=")[0], _known(text)
        if option not in known:
            if not os.path.lexists(word):
                die(USAGE, f"unknown option {option}" + (did_you_mean(option, known) or f"; expected: {_usage(text)}"))
            operands.append(word)
            continue
        value, variable = _take(word, words, known), known[option][1]
        if variable:
            os.environ[variable] = value
        else:
            found[option] = value
    return found, operands


def reasons():
    """What the reasons to reject mean, in the order in which candidates are tested: the figure that is compared, and how it fails."""
    with open(LIBRARY / "reasons", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split("\t") for line in file)


def number_of_rows():
    """How many rows a table of designs has: $ROWS, or 12."""
    given = os.environ.get("ROWS") or "12"
    if not given.isascii() or not given.isdigit() or not 1 <= len(given) <= 9 or int(given) < 1:
        die(USAGE, f"ROWS={given}: expected a number of 1 or more")
    return int(given)


class Progress:
    """A bar on standard error, where that is a terminal: how much of a number of steps is done, and how long the rest will take. Shown from
    the third second on, and gone at the end."""

    AFTER_S, WIDTH = 2, 20

    def __init__(self, total, what):
        self.total, self.what, self.done, self.begun, self.drawn = max(total, 1), what, 0, time.monotonic(), False

    def __enter__(self):
        return self

    def step(self, steps=1):
        self.done += steps
        gone = time.monotonic() - self.begun
        if gone < self.AFTER_S or sys.stderr is None or not sys.stderr.isatty():
            return
        from . import tables
        bar = "#" * (self.WIDTH * self.done // self.total)
        line = (f"{name()}: [{bar:<{self.WIDTH}}] {100 * self.done // self.total} % ({self.done} of {self.total} {self.what}), "
                f"about {gone * (self.total - self.done) / self.done:.0f} s to go")
        print(f"\r{line[:tables.columns_of(sys.stderr) - 1]}\x1b[K", end="", file=sys.stderr, flush=True)
        self.drawn = True

    def __exit__(self, *_):
        if self.drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _show_progress_of_children():
    """What this runs shows its progress on this terminal: its own standard error is kept for messages."""
    if sys.stderr is not None and sys.stderr.isatty():
        os.environ.setdefault("PROGRESS", name())
        os.environ.setdefault("PROGRESS_TO", f"/proc/{os.getpid()}/fd/2")


def _print_help():
    """Becomes the program that prints the help of this command."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execv(LIBRARY / "help", ["help", _command()])


def start(main):
    """Runs main(words) and ends with the exit code of what came of it."""
    _open_streams()
    code = OK
    try:
        if {"-h", "--help"}.intersection(_before_dashes(sys.argv[1:])):
            _print_help()
        _show_progress_of_children()
        main(sys.argv[1:])
        sys.stdout.flush()
    except Exception as error:  # each has its code, and no traceback
        if os.environ.get("CHIPLET_CLOUD_TRACEBACK"):
            raise
        code = _explain(error)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else OK if error.code is None else BAD_DATA
    _leave(code)


def _before_dashes(words):
    return words[:words.index("--")] if "--" in words else words


def _open_streams():
    """Closed descriptors are filled, so that no file lands on them; text is UTF-8 whatever the locale, and children have none."""
    closed = []
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            closed.append(descriptor)
            os.open(os.devnull, os.O_RDWR)
    if sys.getfilesystemencoding() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        for descriptor in closed:
            os.close(descriptor)
        os.execv(sys.executable, [sys.executable, *sys.argv])
    for variable in REMOVED:
        os.environ.pop(variable, None)
    os.environ["LC_ALL"] = "C"
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if 1 in closed:
        say("standard output is closed: expected a file, a pipe or a terminal")
        os._exit(IO)


def _terminated(*_):
    raise SystemExit(TERMINATED)


def _explain(error):
    """Says what went wrong; returns the exit code."""
    if isinstance(error, BrokenPipeError):
        return CLOSED_PIPE
    if isinstance(error, Refusal):
        if str(error):
            say(str(error))
        return error.code
    if isinstance(error, OSError):
        place = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes)) else "a file or standard output cannot be written"
        say(f"{place}: {error.strerror or error}")
        return IO
    if isinstance(error, MemoryError):
        say("out of memory")
        return IO
    if isinstance(error, UnicodeError):
        say(f"the data has text that is not UTF-8 ({error})")
    elif isinstance(error, (KeyError, IndexError)):
        say(f"the data lacks {error}: expected records as the programs write them")
    else:
        say(f"the data is not as expected ({type(error).__name__}: {error})")
    return BAD_DATA


def _leave(code):
    """Ends; what cannot be written any more is not tried again."""
    try:
        sys.stdout.flush()
    except OSError:
        pass
    except ValueError:
        pass
    if code != OK:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
