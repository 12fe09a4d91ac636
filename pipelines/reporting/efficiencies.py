"""Three efficiencies alone fitted to whole systems that were measured, one set for all measurements, on a grid: the older form of validate."""
import csv
import itertools
import json
import os

from . import plots, program, records, tables, text

NAMES = ("compute_perf_efficiency", "io_bandwidth_efficiency", "weight_bandwidth_efficiency")
PHASES = ("prefill", "generate")
MEASURED = ("hardware", "model", "num_servers", "tensor_parallel", "pipeline_parallel", "allreduce_algo", "prefill_len", "generate_len",
            "batch", "prefill_s", "generate_s")
PUBLISHED_SETTINGS = (0.7, 0.7, 0.6)


def read_measured(path):
    rows = records.read_csv(path)
    for number, row in enumerate(rows, 1):
        missing = [name for name in MEASURED if name not in row]
        if missing:
            program.die(program.BAD_DATA, f"{path}: expected a column {missing[0]}")
        try:
            row["workload"] = (int(row["prefill_len"]), int(row["generate_len"]))
            row["batch"] = int(row["batch"])
            good = all(float(row[f"{phase}_s"]) > 0 for phase in PHASES)
        except ValueError:
            good = False
        if not good:
            program.die(program.BAD_DATA, f"{path}: measurement {number}: expected whole numbers of tokens and batch, and times in s above 0")
    if not rows:
        program.die(program.BAD_DATA, f"{path}: expected a header and measurements")
    return rows


class Predictor:
    """Predicted latencies of all measurements, by efficiencies; each is asked of llm-map once."""

    def __init__(self, rows, options):
        self.options, self.known, self.groups = options, {}, {}
        for row in rows:
            group = tuple(row[name] for name in ("hardware", "model", "num_servers", "tensor_parallel", "pipeline_parallel", "allreduce_algo"))
            self.groups.setdefault(group, []).append(row)
        self.shared, self.servers = {}, {}
        for hardware in dict.fromkeys(hardware for hardware, *_ in self.groups):
            file = records.input_file("hardware", hardware)
            self.shared[hardware] = ["--constants", records.constants_for(file), *self.options]
            self.servers[hardware] = records.run(["chiplet-gen", *self.shared[hardware], "--", file],
                                                 ["server-pack", *self.shared[hardware], "--hardware", file])

    def ask(self, grid):
        """Predicts for a grid: three lists of efficiencies, of which every combination is taken."""
        if all(combination in self.known for combination in itertools.product(*grid)):
            return
        for (hardware, model, num_servers, tensor, pipeline, algorithm), rows in self.groups.items():
            system = dict(zip(NAMES, grid), num_servers=int(num_servers), allreduce_algo=algorithm)
            system["workload"] = {"max_batch": max(row["batch"] for row in rows),
                                  "eval_len": sorted({row["workload"] for row in rows})}
            system["default_mapping"] = {"t": int(tensor), "p": int(pipeline), "micro_batch": 0, "prefill_micro_batch": 0}
            for evaluation in self._evaluations(hardware, model, system):
                self._keep(hardware, model, evaluation)

    def _evaluations(self, hardware, model, system):
        """What llm-map says of the servers under a system, which it reads from a file without a name."""
        with records.scratch(json.dumps(system).encode()) as file:
            command = ["llm-map", *self.shared[hardware], "--model", records.input_file("model", model), "--system",
                       f"/proc/{os.getpid()}/fd/{file.fileno()}"]
            return records.read(records.run(command, source=self.servers[hardware]))

    def _keep(self, hardware, model, evaluation):
        points = evaluation["points"]
        combination = tuple(evaluation["system"][name] for name in NAMES)
        workload = tuple(evaluation["workload"].values())
        found = self.known.setdefault(combination, {})
        for i, batch in enumerate(points["batch"]):
            found[hardware, model, workload, batch] = tuple(points[f"{phase}_latency_s"][i] for phase in PHASES)

    def predict(self, combination, row):
        return self.known[combination][row["hardware"], row["model"], row["workload"], row["batch"]]


def errors(predictor, combination, rows):
    """Relative errors of prefill and generation, in the order of the rows."""
    return [tuple(predicted / float(row[f"{phase}_s"]) - 1
                  for predicted, phase in zip(predictor.predict(combination, row), PHASES)) for row in rows]


def mean_error(predictor, combination, rows):
    off = [abs(error) for pair in errors(predictor, combination, rows) for error in pair]
    return sum(off) / len(off)


def around(centre, step, reach):
    """Efficiencies about a centre, in thousandths so that each is the same number however it was reached."""
    return sorted({thousandth / 1000 for thousandth in range(round(centre * 1000) - reach, round(centre * 1000) + reach + 1, step)
                   if 0 < thousandth <= 1000})


def fit(predictor, rows):
    best, grids = (0.55, 0.55, 0.55), ((50, 450), (20, 60), (5, 20))
    for step, reach in grids:
        grid = [around(efficiency, step, reach) for efficiency in best]
        predictor.ask(grid)
        best = min(itertools.product(*grid), key=lambda combination: mean_error(predictor, combination, rows))
    return best


def judge(predictor, combination, rows):
    """Mean and worst error of prefill, generation and their sum."""
    off = errors(predictor, combination, rows)
    figures = {phase: [abs(pair[i]) for pair in off] for i, phase in enumerate(PHASES)}
    totals = [(sum(predictor.predict(combination, row)), sum(float(row[f"{phase}_s"]) for phase in PHASES)) for row in rows]
    figures["total"] = [abs(predicted / measured - 1) for predicted, measured in totals]
    both = figures["prefill"] + figures["generate"]
    result = {"both_mean": sum(both) / len(both)}
    for name, values in figures.items():
        result |= {f"{name}_mean": sum(values) / len(values), f"{name}_worst": max(values)}
    return result


def study(rows, options):
    """All fits in one convention: on everything, leaving each workload out, and the published settings."""
    predictor = Predictor(rows, options)
    workloads = sorted({row["workload"] for row in rows})
    fits = [("all measurements", fit(predictor, rows), rows)]
    for workload in workloads if len(workloads) > 1 else ():
        others = [row for row in rows if row["workload"] != workload]
        fits.append((f"all but {workload[0]} + {workload[1]} tokens, judged on it", fit(predictor, others),
                     [row for row in rows if row["workload"] == workload]))
    predictor.ask([[efficiency] for efficiency in PUBLISHED_SETTINGS])
    fits.append(("published settings", PUBLISHED_SETTINGS, rows))
    return predictor, [(name, combination, judge(predictor, combination, judged)) for name, combination, judged in fits]


FIGURES = ("both_mean", "prefill_mean", "generate_mean", "total_mean", "prefill_worst", "generate_worst", "total_worst")


def left_out_mean(fits):
    left = [figures["both_mean"] for name, _, figures in fits if "all but" in name]
    return sum(left) / len(left) if left else None


def against(predictor, combination, rows):
    """Predicted over measured, by phase and workload."""
    series, off = {}, errors(predictor, combination, rows)
    for row, pair in zip(rows, off):
        for phase, error in zip(PHASES, pair):
            name = f"{phase}, {row['workload'][0]} + {row['workload'][1]} tokens"
            series.setdefault(name, []).append((row["batch"], 1 + error))
    return series


def scatter(predictor, combination, rows):
    script = plots.header("Predicted against measured latency, three efficiencies", "measured (s)", "predicted (s)")
    data, curves, everything = "", [], []
    for i, phase in enumerate(PHASES):
        points = [(float(row[f"{phase}_s"]), predictor.predict(combination, row)[i]) for row in rows]
        everything += [value for point in points for value in point]
        data += f"$p{i} << END\n{plots.block(points)}\nEND\n"
        curves.append(f"$p{i} using 1:2 with points pt {7 if i == 0 else 9} ps 1 lc rgb '{plots.COLOURS[i]}' title '{phase}'")
    span = plots.nice_range(everything)
    script += plots.log_tics("x", everything) + plots.log_tics("y", everything) + f"set xrange {span}\nset yrange {span}\n"
    script += data + "plot x with lines lc rgb '#444444' title 'equal', x*1.1 with lines dt 3 lc rgb '#888888' title 'ten percent off', "
    return plots.Picture("efficiencies", "Predicted against measured latency, three efficiencies", script + "x/1.1 with lines dt 3 lc rgb '#888888' notitle, " + ", ".join(curves) + "\n")


def add_to_page(page, folder, name, rows, results):
    """The fits of efficiencies alone, as sections of a page."""
    predictor, fits = results["corrected"]
    page.heading("Three efficiencies alone")
    page.text(f"With one set of three efficiencies for all {2 * len(rows)} latencies the model is off by {100 * fits[0][2]['both_mean']:.1f} % in the mean, "
              f"and by {text.number(percent(left_out_mean(fits)), 3) or '-'} % on a workload that was left out of the fit (published settings: "
              f"{100 * results['published'][1][-1][2]['both_mean']:.1f} % in the published convention).")
    pictures = [scatter(predictor, fits[0][1], rows),
                plots.lines("ratio", "Predicted over measured latency", ("batch (requests served together)", "predicted / measured"),
                            against(predictor, fits[0][1], rows), "x", [(1, "equal")])]
    for picture in pictures:
        picture.save(folder)
        page.picture(picture)
    page.heading("Fits of three efficiencies")
    page.table([("convention", ""), ("fitted on", ""), ("compute", ""), ("link", ""), ("weights", "bandwidth"), ("mean", "both, %"),
                ("mean", "prefill, %"), ("mean", "generation, %"), ("mean", "total, %"), ("worst", "prefill, %"),
                ("worst", "generation, %"), ("worst", "total, %")],
               [(convention, fitted, *combination, *(f"{100 * figures[figure]:.1f}" for figure in FIGURES))
                for convention, (_, found) in results.items() for fitted, combination, figures in found],
               f"pipelines/validate {name}")
    page.heading("Each measurement, by three efficiencies")
    page.table([("workload", "tokens"), ("batch", ""), ("prefill", "measured, s"), ("", "predicted, s"), ("", "off, %"),
                ("generation", "measured, s"), ("", "predicted, s"), ("", "off, %")],
               [(f"{row['workload'][0]} + {row['workload'][1]}", row["batch"], float(row["prefill_s"]), predicted[0], f"{100 * off[0]:+.1f}",
                 float(row["generate_s"]), predicted[1], f"{100 * off[1]:+.1f}")
                for row, predicted, off in zip(rows, (predictor.predict(fits[0][1], row) for row in rows), errors(predictor, fits[0][1], rows))])


def write_tables(folder, rows, results):
    with open(folder / "fits.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("convention", "fitted_on", *NAMES, *FIGURES))
        for convention, (_, fits) in results.items():
            for fitted, combination, figures in fits:
                table.writerow((convention, fitted, *combination, *(figures[figure] for figure in FIGURES)))
    predictor, fits = results["corrected"]
    with open(folder / "predicted.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("prefill_len", "generate_len", "batch", "prefill_s", "predicted_prefill_s", "generate_s", "predicted_generate_s"))
        for row in rows:
            prefill, generate = predictor.predict(fits[0][1], row)
            table.writerow((*row["workload"], row["batch"], row["prefill_s"], prefill, row["generate_s"], generate))


def percent(share):
    return None if share is None else 100 * share


def print_fits(results):
    """A line for each fit: its efficiencies, how far it is off in the mean of both phases, and at most."""
    rows = []
    for convention, (_, fits) in results.items():
        rows += [(convention, fitted, *combination, percent(figures["both_mean"]), percent(max(figures["prefill_worst"], figures["generate_worst"])))
                 for fitted, combination, figures in fits]
        rows.append((convention, "left out, mean of both phases", None, None, None, percent(left_out_mean(fits)), None))
    head = [("", ""), ("fitted on", ""), ("compute", ""), ("link", ""), ("weights", ""), ("mean", "off, %"), ("worst", "off, %")]
    print("\n".join(tables.plain(head, rows, (7, 6, 3, 2, 1, 5, 4), digits=3, where="fits.csv")))
