"""The page about a study: the cheapest design of each model, all frontiers, and what could be built."""
from . import candidates, designs, pages, plots, program, provenance, records, tables, text


def cost(design):
    return records.field(design, designs.COST) * 1e6


def summary(page, study, best):
    served = [design for design in best.values() if design]
    if not served:
        program.die(program.BAD_DATA, f"{study.folder}: no design can serve any of the models, there is nothing to show")
    ordered = sorted(served, key=cost)
    low, high = ordered[0], ordered[-1]
    page.text(f"A million generated tokens cost from {text.number(cost(low))} $ ({low['model']['name']}) to {text.number(cost(high))} $ ({high['model']['name']}), "
              "each model on the design that serves it cheapest.", "key")
    sizes = sorted(records.field(design, "chip.area_mm2") for design in served)
    page.text(f"{len(served)} of {len(best)} models can be served. The best dies run from {text.number(sizes[0])} to {text.number(sizes[-1])} mm². " +
              "; ".join(f"{name}: {said}" for name, said in provenance.facts(study.provenance)) + ". Made by version "
              f"{study.provenance.text('version', 'unknown')} with: {study.provenance.text('command', 'unknown')}")


def frontiers_picture(frontiers):
    """Cost against latency of all models."""
    series = {name: [(records.field(design, designs.LATENCY), cost(design)) for design in found] for name, found in frontiers.items() if found}
    return plots.lines("frontiers", "Cost against latency of each model: no design is better in both",
                       ("latency of the answer (s)", "$ per 1M generated tokens"), series, "xy")


def with_model(titles, rows, found):
    """A table of designs with the model of each after its id."""
    named = [pages.Row([row[0], design["model"]["name"], *row[1:]], row.design) for row, design in zip(rows, found)]
    return [titles[0], ("model", ""), *titles[1:]], named


def build(study, folder):
    with program.Progress(len(study.frontiers) + 3, "steps") as progress:
        _build(study, folder, progress)


def _build(study, folder, progress):
    frontiers = study.with_breakdown(progress)
    best = {name: found[0] if found else None for name, found in frontiers.items()}
    every = [design for found in frontiers.values() for design in found]
    (folder / "designs").write_bytes(records.write(every))
    book = designs.Book(designs.explainer(study.files["constants"].read_text(encoding="utf-8"), study.conventions))
    book.on_frontier(every)
    page = pages.Page(f"{study.name}: which design for which model", book)
    summary(page, study, best)
    cheapest = [design for design in best.values() if design]
    bars = plots.bars("models", "What a million generated tokens cost at least", "$ per 1M generated tokens",
                      [plots.point(book.number(design), design["model"]["name"], cost(design)) for design in cheapest])
    frontier = frontiers_picture(frontiers)
    plots.save((bars, frontier), folder)
    progress.step(2)
    page.heading("The cheapest design of each model")
    page.picture(bars, "In the order of the study.")
    titles, rows = tables.page_design(cheapest, book=book)
    page.table([("model", ""), *titles[1:2], titles[0], *titles[2:]],
               [pages.Row([design["model"]["name"], row[1], row[0], *row[2:]], row.design) for row, design in zip(rows, cheapest)],
               records.shown(["chiplet-cloud", "study-table", study.folder / "study.csv"]))
    unserved = [name for name, design in best.items() if not design]
    if unserved:
        page.text(f"No design can serve {', '.join(unserved)}.")
    page.heading("The frontiers")
    page.picture(frontier, "Each point is a design that no other beats in both cost and latency for its model.", chooser=True)
    page.table(*with_model(*tables.page_design(every, book=book), every),
               records.shown(["rec2csv", *(study.folder / file for file in study.provenance.list("frontiers"))]), served=True)
    candidates.section(page, candidates.in_flow(study.counts()), folder)
    page.write(folder / "index.html")
