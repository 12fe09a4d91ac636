"""Rented accelerators, by which designs are measured: inputs/published/rented.csv, or the file that $RENTED names."""
import os

from . import program, records


def prices():
    """The rows of the file, with what a million generated tokens cost."""
    path = os.environ.get("RENTED") or records.INPUTS / "published" / "rented.csv"
    rows = records.read_csv(path)
    for row in rows:
        try:
            usd_per_s = float(row["usd_per_hour"]) * int(row["accelerators"]) / 3600
            row["usd_per_1m_tokens"] = usd_per_s / float(row["tokens_per_s"]) * 1e6
        except (KeyError, ValueError, ZeroDivisionError):
            program.die(program.BAD_DATA, f"{path}: a row of {row.get('model', '?')}: expected numbers usd_per_hour, accelerators, tokens_per_s")
    return rows
