"""Accelerators that are sold: our figures beside public ones (inputs/published/accelerators.csv), and what renting one costs (rental.csv)."""
import math

from . import fleets, records, text
from .program import BAD_DATA, die

TITLES = {"dies_usd": "dies, $", "hbm_usd": "HBM, $", "packaging_usd": "packaging and test, $", "package_usd": "package, $",
          "server_usd": "server, $", "rest_usd": "server without packages, $", "package_power_w": "package, W",
          "server_power_w": "server, W", "decode_power_w": "package in generation, W"}


def _rows(name, columns):
    """Rows of a file in inputs/published, whose columns low and high are numbers."""
    path = records.INPUTS / "published" / name
    rows = records.read_csv(path)
    for row in rows:
        try:
            row["low"], row["high"] = float(row["low"]), float(row["high"])
            good = all(row[column] for column in columns) and 0 < row["low"] <= row["high"]
        except (KeyError, ValueError):
            good = False
        if not good:
            die(BAD_DATA, f"{path}: a row of {row.get('chip', '?')}: expected {', '.join(columns)} and numbers low, high above 0")
    return rows


def public_figures():
    return _rows("accelerators.csv", ("chip", "figure", "source"))


def figures(record):
    """Our figures of a server record, or of a design on it."""
    record = records.lenient(record)
    chip, package, server = record["chip"], record["package"], record["server"]
    dies = package["num_chips"] * chip["cost_usd"]
    hbm = package.get("hbm_stacks", 0) * package["memory"]["cost_usd"] if "memory" in package else 0
    found = {"dies_usd": dies, "hbm_usd": hbm, "packaging_usd": package["cost_usd"] - dies - hbm, "package_usd": package["cost_usd"],
             "package_power_w": package["tdp_w"], "server_usd": server["cost_usd"], "rest_usd": server["cost_usd"] - server["cost_packages_usd"],
             "server_power_w": server["tdp_w"]}
    point = record.get("point", {})
    if point.get("generate_latency_s", 0) and "generate_energy_j" in point:
        packages = point["num_servers"] * server["num_packages"]
        found["decode_power_w"] = (point["generate_energy_j"] / point["generate_latency_s"] / packages +
                                   package["num_chips"] * chip.get("static_power_w", 0))
    return found


def beside(record):
    """(figure, ours, low, high, ratio, source) of each public figure of a record's chip; ratio: ours over the geometric mean of low and high."""
    name = records.field(record, "chip.name")
    known = [row for row in public_figures() if row["chip"] == name]
    ours = figures(record) if known else {}
    return [(row["figure"], ours[row["figure"]], row["low"], row["high"], ours[row["figure"]] / math.sqrt(row["low"] * row["high"]), row["source"])
            for row in known if text.is_number(ours.get(row["figure"]))]


def add_to_page(page, found):
    """A table of these records' public figures, and what they cost to rent; nothing where none is of a chip that is sold."""
    once = {records.field(record, "chip.name"): record for record in found}
    rows = [(name, TITLES[figure], value, low, high, f"{ratio:.2f}", source)
            for name, record in once.items() for figure, value, low, high, ratio, source in beside(record)]
    if rows:
        page.heading("What is known of these accelerators in public")
        page.table([("chip", ""), ("figure", ""), ("ours", ""), ("public", "low"), ("", "high"), ("ours /", "public"), ("source", "")], rows,
                   "pipelines/compare-public; inputs/published/accelerators.csv has the sources")


def rental_price(name):
    """(name, $ an hour) of the accelerator whose chip has this name, or None: a100-40 and b200-die are rented as a100 and b200."""
    prices = fleets.rents(records.INPUTS / "published" / "rental.csv")
    found = next((known for known in (name, str(name).partition("-")[0]) if known in prices), None)
    return None if found is None else (found, prices[found])


def rented(design):
    """What a million generated tokens of a design cost on rented accelerators of its kind: ($, name, $ an hour), or None."""
    price = rental_price(records.field(design, "chip.name"))
    known = [records.field(design, path) for path in ("point.prefill_latency_s", "point.generate_latency_s", "point.num_servers",
                                                      "server.num_packages", "point.batch", "workload.generate_len")]
    if price is None or not all(text.is_number(figure) for figure in known):
        return None
    prefill, generate, servers, packages, batch, answer = known
    tokens, hours = batch * answer, servers * packages * (prefill + generate) / 3600
    return (price[1] * hours / tokens * 1e6, *price) if tokens else None


def rented_line(design):
    """A part of a sentence about it, or an empty text."""
    found = rented(design)
    if found is None:
        return ""
    dollars, name, hourly = found
    return f"cost of making, not a price: on rented {name} at {hourly:.2f} $ an hour the cheapest design's 1M tokens cost {text.number(dollars, 3)} $"
