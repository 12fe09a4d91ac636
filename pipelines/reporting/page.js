/* The life of a page, from the data in it: charts whose points say which design they are, tables that sort and filter, a choice of
   objectives and service level. Without scripts, and on paper, the page has its pictures and tables as they stand in it. Text of the data
   only ever becomes text: textContent and canvases, never HTML. */
"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const narrow = () => window.innerWidth < 640;
  const charts = [];

  /* numbers and designs as text */
  const number = (value, digits = 4) => typeof value !== "number" ? value ?? "–"
    : value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4) ? value.toExponential(digits - 1)
    : value.toLocaleString("en-US", Number.isInteger(value) ? {} : {maximumSignificantDigits: Math.max(digits, Math.ceil(Math.log10(Math.abs(value) + 1)))});
  const place = Object.fromEntries(data.columns.map((column, i) => [column.path, i]));
  const figure = (design, path) => path in place ? data.designs[design][place[path]] : null;
  const titled = column => column.unit ? `${column.title} (${column.unit})` : column.title;
  const several = new Set(data.frontier.map(design => figure(design, "model.name"))).size > 1;
  const about = design => data.columns.filter((column, i) => data.designs[design][i] !== null && (column.better || (several && column.path === "model.name")))
    .map(column => `${titled(column)}: ${number(figure(design, column.path))}`);

  function made(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
      if (key in element && key !== "list") element[key] = value; else element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  /* the explanation of a design, in a dialog */
  function explain(design) {
    if (design === null || design === undefined || !data.explained[design]) return;
    const table = made("table"), dialog = document.getElementById("explanation");
    for (const [kind, title, shown, unit] of data.explained[design]) {
      const words = data.words[title];
      if (kind === "h") table.append(made("tr", {}, made("th", {colSpan: 2, scope: "colgroup"}, made("h3", {textContent: words}))));
      else if (kind === "n") table.append(made("tr", {}, made("td", {colSpan: 2, textContent: words})));
      else table.append(made("tr", {className: kind === "s" ? "sum" : ""}, made("td", {textContent: words}),
                             made("td", {textContent: `${shown} ${data.words[unit]}`})));
    }
    dialog.replaceChildren(made("button", {className: "close", textContent: "Close", onclick: () => dialog.close(), autofocus: true}),
                           made("h2", {textContent: `${figure(design, "id")}${figure(design, "model.name") ? ", " + figure(design, "model.name") : ""}`}), table);
    dialog.showModal();
    dialog.scrollTop = 0;
  }

  /* colours of the scheme that is in force */
  function colour(name) {
    const probe = made("span", {style: `color: var(--${name})`});
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }
  const PALETTE = [[0, 34, 78], [67, 78, 108], [125, 124, 120], [188, 174, 108], [254, 232, 56]];
  function shade(share) {
    const at = Math.min(Math.max(share, 0), 1) * (PALETTE.length - 1), low = Math.min(Math.floor(at), PALETTE.length - 2);
    return `rgb(${PALETTE[low].map((from, i) => Math.round(from + (at - low) * (PALETTE[low + 1][i] - from))).join()})`;
  }
  const series = i => data.colours[i % data.colours.length] === "#000000" ? colour("ink") : data.colours[i % data.colours.length];

  /* axes */
  const powers = values => values.every(value => value > 0 && Number.isInteger(Math.log2(value)));
  function axis(title, log, values) {
    const found = {title: {display: true, text: title, color: colour("ink")}, grid: {color: colour("line")},
                   ticks: {color: colour("ink"), maxRotation: 50, callback: value => number(value, 3)}};
    if (!log || !values.length || Math.min(...values) <= 0) return found;
    const low = Math.min(...values), high = Math.max(...values);
    const marks = [];
    if (powers(values)) for (let mark = low; mark <= high; mark *= 2) marks.push(mark);
    else for (let decade = Math.floor(Math.log10(low)); decade <= Math.log10(high) + 1; decade++)
      for (const digit of high / low > 1e4 ? [1] : high / low > 6 ? [1, 2, 5] : [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8])
        marks.push(Number((digit * 10 ** decade).toPrecision(3)));
    found.type = "logarithmic";
    found.min = low / 1.15;
    found.max = high * 1.15;
    found.afterBuildTicks = scale => { scale.ticks = marks.filter(mark => mark >= found.min && mark <= found.max).map(value => ({value})); };
    return found;
  }

  /* what is under a point */
  const designOf = (chart, item) => {
    const set = chart.data.datasets[item.datasetIndex], index = item.index ?? item.dataIndex, point = set.data[index];
    return set.designs ? set.designs[index] : point && typeof point === "object" && !Array.isArray(point) ? point.design ?? null : null;
  };
  function options(title, x, y) {
    return {responsive: true, maintainAspectRatio: false, animation: false, parsing: {}, interaction: {mode: "nearest", intersect: true},
            color: colour("ink"), scales: {x, y},
            onClick: (_, items, chart) => { if (items.length) explain(designOf(chart, items[0])); },
            onHover: (event, items, chart) => { event.native.target.style.cursor = items.length && designOf(chart, items[0]) !== null ? "pointer" : ""; },
            plugins: {title: {display: true, text: title, color: colour("ink")},
                      legend: {labels: {color: colour("ink"), usePointStyle: true, boxHeight: 7,
                                        filter: item => item.text !== ""}},
                      tooltip: {displayColors: false, callbacks: {
                        title: items => !items.length ? "" : designOf(items[0].chart, items[0]) !== null ? figure(designOf(items[0].chart, items[0]), "id") : items[0].dataset.label || items[0].label,
                        label: item => { const design = designOf(item.chart, item);
                                         return design === null ? item.chart.told(item) : item.chart.config.type === "scatter" ? about(design) : [item.chart.told(item), ...about(design)]; }}}}};
  }

  /* each kind of chart: its configuration, and what a tooltip says first */
  const xy = points => points.map(([x, y, design]) => ({x, y, design}));
  const told = chart => item => `${chart.x.split(" (")[0]} ${number(item.parsed.x)}, ${chart.y.split(" (")[0]} ${number(item.parsed.y)}`;
  const KINDS = {
    lines(chart) {
      const points = chart.series.flatMap(one => one.points), xs = points.map(point => point[0]);
      const ys = points.map(point => point[1]).concat((chart.marks || []).map(mark => mark[0]));
      const datasets = chart.series.map((one, i) => ({label: one.name, data: xy(one.points), showLine: !chart.scattered, borderColor: series(i), backgroundColor: series(i),
        borderWidth: 2, pointRadius: 4, pointHoverRadius: 8, pointHitRadius: 6}));
      (chart.marks || []).forEach(([y, label], i) => datasets.push({label, data: [{x: Math.min(...xs), y}, {x: Math.max(...xs), y}], showLine: true, pointRadius: 0,
        borderDash: [6, 4], borderWidth: 2, borderColor: series(chart.series.length + i), backgroundColor: series(chart.series.length + i)}));
      (chart.guides || []).forEach(([label, ends], i) => datasets.push({label, data: ends.map(([x, y]) => ({x, y})), showLine: true, pointRadius: 0, borderWidth: 1,
        borderDash: i ? [3, 3] : [], borderColor: colour("soft"), backgroundColor: colour("soft")}));
      return {type: "scatter", data: {datasets}, told: told(chart),
              options: options(chart.title, axis(chart.x, chart.log.includes("x"), xs), axis(chart.y, chart.log.includes("y"), ys))};
    },
    stacked(chart) {
      return {type: "bar", told: item => `${item.dataset.label} ${number(item.parsed.y)} of ${number(chart.rows[item.dataIndex].slice(1).reduce((a, b) => a + b, 0))}`,
              data: {labels: chart.rows.map(row => row[0]), datasets: chart.parts.map((part, i) => ({label: part, data: chart.rows.map(row => row[i + 1]),
                designs: chart.designs, backgroundColor: series(i)}))},
              options: options(chart.title, {...axis(chart.x, false, []), stacked: true, ticks: {color: colour("ink")}}, {...axis(chart.y, false, []), stacked: true})};
    },
    bars(chart) {
      const found = {type: "bar", told: item => number(item.parsed.x), data: {labels: chart.rows.map(row => row[0]), datasets: [
        {label: "", data: chart.rows.map(row => row[1]), backgroundColor: chart.colours || series(0)}]}, options: options(chart.title, axis(chart.x, false, []), axis("", false, []))};
      return lying(found);
    },
    dots(chart) {
      const values = chart.rows.flatMap(row => row.slice(1)).filter(value => value !== null);
      const found = lying({type: "line", told: item => `${item.dataset.label}: ${number(item.parsed.x)}`, data: {labels: chart.rows.map(row => row[0]),
        datasets: chart.parts.map((part, i) => ({label: part, data: chart.rows.map(row => row[i + 1]), showLine: false, pointRadius: 6, pointHoverRadius: 9,
          pointStyle: i ? "rect" : "circle", backgroundColor: series(i), borderColor: series(i)})).filter(one => one.data.some(value => value !== null))},
        options: options(chart.title, axis(chart.x, chart.log, values), axis("", false, []))});
      found.options.scales.y.offset = true;
      found.options.scales.y.grid.display = true;
      if (!chart.log) found.options.scales.x.min = 0;
      return found;
    },
    tornado(chart) {
      const side = (label, i) => ({label, grouped: false, data: chart.rows.map(row => row[i + 1]), backgroundColor: series(i), barPercentage: 0.8});
      return lying({type: "bar", told: item => `${number(item.parsed.x, 3)} %`, data: {labels: chart.rows.map(row => row[0]), datasets: [side("lowered", 0), side("raised", 1)]},
                    options: options(chart.title, axis(chart.x, false, []), axis("", false, []))});
    },
    boxes(chart) {
      const box = (low, high, label, width, i) => ({label, grouped: false, data: chart.rows.map(row => [row[low], row[high]]), backgroundColor: series(i), barPercentage: width});
      return lying({type: "bar", told: item => { const row = chart.rows[item.dataIndex]; return ["5 %", "25 %", "median", "75 %", "95 %"].map((name, i) => `${name}: ${number(row[i + 1])}`).join(", "); },
                    data: {labels: chart.rows.map(row => row[0]), datasets: [box(1, 5, "nine tenths of the draws", 0.25, 4), box(2, 4, "the middle half", 0.7, 0)].reverse()
                      .concat({label: "median", type: "scatter", data: chart.rows.map((row, i) => ({x: row[3], y: row[0]})), pointStyle: "rectRot", pointRadius: 6,
                               backgroundColor: colour("mark"), borderColor: colour("mark"), parsing: true})},
                    options: options(chart.title, axis(chart.y, false, []), axis("", false, []))});
    },
    chooser(chart) { return chosen(chart); },
  };
  function lying(found) {
    found.options.indexAxis = "y";
    found.options.scales.y.ticks = {color: colour("ink"), autoSkip: false, font: {size: narrow() ? 9 : 12},
      callback(value) { const label = this.getLabelForValue(value); return narrow() && label.length > 22 ? label.slice(0, 10) + "…" + label.slice(-11) : label; }};
    found.options.scales.y.title.display = false;
    found.options.scales.y.grid.display = false;
    found.options.plugins.legend.display = found.data.datasets.length > 1;
    found.options.interaction = {mode: "nearest", axis: "y", intersect: false};
    return found;
  }

  /* the choice of objectives and service level */
  const choice = {x: null, y: null, log: true, model: "", limits: {}};
  const asked = () => data.columns.filter(column => column.limit);
  const shown = () => data.frontier.filter(design => !choice.model || figure(design, "model.name") === choice.model);
  const keeps = design => Object.entries(choice.limits).every(([path, limit]) => { const found = figure(design, path); return found !== null && found <= limit; });
  const better = (column, a, b) => column.better === "max" ? a > b : a < b;
  function best(designs, x, y) {
    const [along, up] = [x, y].map(path => data.columns[place[path]]);
    const rows = designs.map(design => [figure(design, x), figure(design, y), design]).filter(row => row[0] !== null && row[1] !== null)
      .sort((a, b) => (a[0] - b[0]) * (along.better === "max" ? -1 : 1) || (a[1] - b[1]) * (up.better === "max" ? -1 : 1));
    const found = [];
    for (const row of rows) if (!found.length || better(up, row[1], found[found.length - 1][1])) found.push(row);
    return found;
  }
  function chosen(chart) {
    const there = shown(), points = there.map(design => [figure(design, choice.x), figure(design, choice.y), design]).filter(row => row[0] !== null && row[1] !== null);
    const models = [...new Set(there.map(design => figure(design, "model.name")))], [x, y] = [choice.x, choice.y].map(path => data.columns[place[path]]);
    const die = there.map(design => figure(design, "chip.area_mm2") || 0), low = Math.min(...die), high = Math.max(...die);
    const fill = design => models.length > 1 ? series(models.indexOf(figure(design, "model.name"))) : shade(((figure(design, "chip.area_mm2") || 0) - low) / (high - low || 1));
    const datasets = [];
    const dots = (label, rows, extra) => datasets.push({label, data: xy(rows), pointBackgroundColor: rows.map(row => fill(row[2])), backgroundColor: rows.length ? fill(rows[0][2]) : "",
      pointBorderColor: colour("soft"), pointRadius: 5, pointHoverRadius: 9, pointHitRadius: 8, ...extra});
    for (const model of models) {
      const mine = points.filter(row => figure(row[2], "model.name") === model && keeps(row[2])), name = models.length > 1 ? model : "designs that keep the service level";
      const edge = best(mine.map(row => row[2]), choice.x, choice.y);
      if (mine.length) dots(name, mine, {});
      datasets.push({label: "", data: xy(edge), showLine: true, pointRadius: 0, pointHitRadius: 0, borderWidth: 1.5, borderColor: models.length > 1 ? series(models.indexOf(model)) : colour("soft")});
    }
    const missed = points.filter(row => !keeps(row[2]));
    if (missed.length) dots("designs that do not", missed, {pointBackgroundColor: "transparent", backgroundColor: "transparent", pointRadius: 3});
    const first = points.filter(row => keeps(row[2])).sort((a, b) => figure(a[2], data.cost) - figure(b[2], data.cost))[0];
    if (first && models.length === 1) datasets.unshift({label: "the cheapest of them", data: xy([first]), pointRadius: 11, pointHitRadius: 0, pointBackgroundColor: "transparent", backgroundColor: "transparent",
      pointBorderColor: colour("mark"), borderColor: colour("mark"), pointBorderWidth: 3});
    const wide = values => choice.log && Math.max(...values) > 3 * Math.min(...values);
    const [xs, ys] = [0, 1].map(i => points.map(row => row[i]));
    return {type: "scatter", data: {datasets}, told: told({x: titled(x), y: titled(y)}),
            options: options(chart.title, axis(titled(x), wide(xs), xs), axis(titled(y), wide(ys), ys))};
  }
  function answer(place) {
    const there = shown(), kept = there.filter(keeps), cheapest = kept.sort((a, b) => figure(a, data.cost) - figure(b, data.cost))[0];
    const limits = Object.entries(choice.limits).map(([path, limit]) => { const column = data.columns.find(one => one.path === path); return `${column.title} at most ${number(limit)} ${column.unit}`; });
    place.replaceChildren();
    if (cheapest === undefined) {
      place.append(`No design on the frontier keeps ${limits.join(", ")}.`);
      return;
    }
    place.append(`${kept.length} of ${there.length} designs ${limits.length ? `keep ${limits.join(", ")}` : "are on the frontier"}. The cheapest: `,
      made("button", {className: "link", textContent: figure(cheapest, "id"), onclick: () => explain(cheapest)}),
      (figure(cheapest, "model.name") && !choice.model && new Set(there.map(design => figure(design, "model.name"))).size > 1 ? ` for ${figure(cheapest, "model.name")}` : "") +
      `, ${data.columns.filter(column => column.told).map(column => `${column.title} ${number(figure(cheapest, column.path))} ${column.unit}`.trim()).join(", ")}.`);
  }
  function controls(home, redraw) {
    const form = made("form", {className: "choice", onsubmit: event => event.preventDefault()}), status = made("p", {className: "answer", role: "status"});
    const changed = () => { redraw(); answer(status); for (const table of tables) table.draw(); };
    const select = (title, entries, value, set) => {
      const list = made("select", {onchange: () => { set(list.value); changed(); }}, ...entries.map(([key, words]) => made("option", {value: key, textContent: words, selected: key === value})));
      form.append(made("label", {}, `${title} `, list));
      list.name = title;
    };
    const objectives = data.columns.filter(column => column.better).map(column => [column.path, titled(column)]);
    const models = [...new Set(data.frontier.map(design => figure(design, "model.name")))];
    if (models.length > 1) select("model", [["", "all"], ...models.map(model => [model, model])], choice.model, value => { choice.model = value; });
    select("across", objectives, choice.x, value => { choice.x = value; });
    select("up", objectives, choice.y, value => { choice.y = value; });
    for (const column of asked()) {
      const box = made("input", {type: "number", min: "0", step: "any", name: column.path, placeholder: "any",
        oninput: () => { const limit = parseFloat(box.value); if (limit > 0) choice.limits[column.path] = limit; else delete choice.limits[column.path]; changed(); }});
      form.append(made("label", {}, `${column.title} at most `, box, ` ${column.unit}`));
    }
    const log = made("input", {type: "checkbox", checked: true, name: "log", onchange: () => { choice.log = log.checked; changed(); }});
    form.append(made("label", {}, log, " logarithmic"));
    home.prepend(form, status);
    answer(status);
  }

  /* charts: drawn, drawn again in another scheme, and walked through by keys */
  function enliven(home) {
    const chart = data.charts[home.dataset.chart], canvas = made("canvas", {tabIndex: 0}), live = made("div", {className: "live"}, canvas);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${chart.title}. Arrow keys go from point to point, Enter explains the design.`);
    const said = made("p", {className: "said", role: "status"});
    if (chart.rows && ["bars", "dots", "tornado", "boxes"].includes(chart.kind)) live.style.height = `${Math.max(12, 6 + 1.6 * chart.rows.length)}rem`;
    home.prepend(live);
    live.after(said);
    home.classList.add("alive");
    let drawn = null;
    const redraw = () => {
      const found = KINDS[chart.kind](chart);
      drawn?.destroy();
      found.options.font = {family: getComputedStyle(document.body).fontFamily};
      drawn = new Chart(canvas, found);
      drawn.told = found.told;
      canvas.chart = drawn;
    };
    const places = () => drawn.data.datasets.flatMap((set, datasetIndex) => set.pointHitRadius === 0 ? [] : set.data.map((_, index) => ({datasetIndex, index})));
    let at = -1;
    canvas.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key], there = places();
      if (event.key === "Enter" && at >= 0) explain(designOf(drawn, there[at]));
      if (!step || !there.length) return;
      event.preventDefault();
      at = Math.min(Math.max(at + step, 0), there.length - 1);
      const {x, y} = drawn.getDatasetMeta(there[at].datasetIndex).data[there[at].index].getProps(["x", "y"]);
      drawn.setActiveElements([there[at]]);
      drawn.tooltip.setActiveElements([there[at]], {x, y});
      drawn.update();
      const body = drawn.tooltip.body || [];
      said.textContent = [drawn.tooltip.title?.join(" "), ...body.flatMap(part => part.lines)].filter(Boolean).join("; ");
    });
    if (chart.kind === "chooser") {
      [choice.x, choice.y] = data.first;
      controls(home, () => redraw());
    }
    redraw();
    charts.push(redraw);
  }

  /* tables: sorted and filtered by DataTables; rows of designs lead to their explanations */
  const tables = [];
  function enlivenTable(table) {
    for (const row of table.querySelectorAll("tr[data-design]")) {
      const first = row.querySelector("td.id") || row.cells[0], design = Number(row.dataset.design);
      if (data.explained[design]) first.replaceChildren(made("button", {className: "link", type: "button", textContent: first.textContent, onclick: () => explain(design)}));
    }
    const rows = table.tBodies[0].rows.length, long = table.classList.contains("long");
    tables.push(jQuery(table).DataTable({paging: long, pageLength: 25, lengthMenu: [[25, 100, -1], [25, 100, "all"]], info: long, searching: rows > 5, order: [], autoWidth: false, orderClasses: false,
      language: {search: "Filter:", emptyTable: "There is none.", zeroRecords: "No row has that."}}));
  }
  jQuery.fn.dataTable.ext.search.push((settings, _, index) => {
    const row = settings.aoData[index].nTr;
    if (!settings.nTable.hasAttribute("data-served") || !row.dataset.design) return true;
    const design = Number(row.dataset.design);
    return keeps(design) && (!choice.model || figure(design, "model.name") === choice.model);
  });

  const scheme = document.getElementById("scheme");
  scheme.hidden = false;
  scheme.addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.scheme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.scheme = dark ? "light" : "dark";
    charts.forEach(redraw => redraw());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach(redraw => redraw()));
  let lengths = [];
  addEventListener("beforeprint", () => { lengths = tables.map(table => table.page.len()); tables.forEach(table => table.page.len(-1).draw(false)); });
  addEventListener("afterprint", () => tables.forEach((table, i) => table.page.len(lengths[i]).draw(false)));
  document.querySelectorAll("figure[data-chart]").forEach(enliven);
  /* a long table shows its first rows until it is come near to */
  const near = new IntersectionObserver(entries => entries.filter(entry => entry.isIntersecting).forEach(entry => { near.unobserve(entry.target); enlivenTable(entry.target); }),
                                        {rootMargin: "300px"});
  document.querySelectorAll("table.sorted").forEach(table => table.classList.contains("long") ? near.observe(table) : enlivenTable(table));
})();
