"""What became of the candidates, on a page: in the order in which they are tested."""
from . import plots, program


def in_flow(counts):
    """Counts in the order in which candidates pass programs and reasons; what a program lets through after what it rejects."""
    order = {reason: i for i, reason in enumerate(program.reasons())}
    programs = ("chiplet-gen", "server-pack", "llm-map", "tco-eval", "pareto")
    return sorted(counts, key=lambda c: (programs.index(c["program"]) if c["program"] in programs else len(programs),
                                         ("candidates", "rejected", "out").index(c["what"]) if c["what"] in ("candidates", "rejected", "out") else 3,
                                         order.get(c["reason"], len(order))))


def picture(counts):
    """Of counts in_flow, those that are not 0."""
    rows = [(f"{c['program']}: {c['reason'] or 'realizable'}", int(c["count"])) for c in counts if c["what"] != "candidates"]
    rows = [row for row in rows if row[1] > 0]
    colours = [plots.COLOURS[2] if "realizable" in name else plots.COLOURS[5] for name, _ in rows]
    return plots.bars("candidates", "What became of the candidates", "candidates", rows, colours)


def section(page, counts, folder):
    """A picture, which is saved in the folder, and a table with the words of each reason."""
    reasons = program.reasons()
    page.heading("What could be built")
    made = picture(counts)
    made.save(folder)
    page.picture(made, "Candidates by the program that judged them, in the order in which they are tested, and why they were rejected.")
    page.table([("program", ""), ("what became of them", ""), ("candidates", ""), ("that is", "")],
               [(c["program"], c["reason"] or c["what"], (int(c["count"]), {"data-count": f"{c['program']},{c['what']},{c['reason']}"}),
                 (reasons.get(c["reason"], ""), {"data-reason": c["reason"]})) for c in counts],
               "summarize-counts --csv, of what the programs counted with --stats")
