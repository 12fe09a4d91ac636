"""Rented accelerators, by which designs are measured: inputs/published/rented.csv, or the file that $RENTED names."""
import os

from . import records


def prices():
    """The rows of the file, with what a million generated tokens cost."""
    rows = records.read_csv(os.environ.get("RENTED") or records.INPUTS / "published" / "rented.csv")
    for row in rows:
        usd_per_s = float(row["usd_per_hour"]) * int(row["accelerators"]) / 3600
        row["usd_per_1m_tokens"] = usd_per_s / float(row["tokens_per_s"]) * 1e6
    return rows
