// Draws the report's document (report/document.h): a section for each kind of finding, a figure or table for each
// finding, and behind each its numbers as CSV.
"use strict";

const root = document.documentElement;
const doc = JSON.parse(document.getElementById("document").textContent);
const reload = Number(document.body.dataset.reload);
// Okabe & Ito's colours, which colour-blind readers tell apart.
const palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31"];
const colourOf = (i) => palette[i % palette.length];
const dashOf = (i) => ["solid", "dash", "dot", "dashdot"][Math.floor(i / palette.length) % 4];
// From blue over green to red, from below upwards.
function layerColour(i, n) {
  const stops = [[0x4c, 0x6e, 0xf5], [0x15, 0xaa, 0xbf], [0x40, 0xa0, 0x3c], [0xe6, 0x9a, 0x00], [0xd9, 0x36, 0x1f]];
  const t = (stops.length - 1) * (i / Math.max(1, n - 1)), from = Math.min(Math.floor(t), stops.length - 2);
  const part = (k) => Math.round(stops[from][k] + (stops[from + 1][k] - stops[from][k]) * (t - from));
  return "#" + [0, 1, 2].map((k) => part(k).toString(16).padStart(2, "0")).join("");
}
const percentOf = (of) => Math.round(100 * of.confidence);

// --- Elements

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const main = element("main");
const nav = element("nav");

// A section that `fill` fills; nothing of it where it stays empty. What fails is told in its place.
function section(id, title, note, fill) {
  const place = element("section", { id }, element("h2", {}, title), element("p", {}, note));
  const empty = place.childElementCount;
  try {
    fill(place);
  } catch (failure) {
    console.error(failure);
    place.append(element("p", { class: "failure" }, `Cannot be drawn, its file is not as Plastic wrote it: ${failure.message}`));
  }
  if (place.childElementCount === empty) return;
  main.append(place);
  nav.append(element("a", { href: "#" + id }, title));
}

function saveCsv(name, rows) {
  const cell = (v) => (v === null || v === undefined ? "" : /[",\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : v);
  const text = rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
  const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

function captionOf(title, rows) {
  const name = title.replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase() + ".csv";
  const save = element("button", { title: "Save the numbers as CSV", onclick: () => saveCsv(name, rows()) }, "CSV");
  return element("div", { class: "caption" }, element("h3", {}, title), save);
}

// Cells are texts, numbers, or intervals {mean, low, high}, which have three columns in the CSV.
function table(place, title, head, rows) {
  const isInterval = (c) => c !== null && typeof c === "object";
  const text = (c) => (c === null || c === undefined ? "" : isInterval(c) ? interval(c) : String(c));
  const line = (cells, kind) => element("tr", {}, ...cells.map((c) => element(kind, {}, text(c))));
  const wide = head.map((_, i) => rows.some((row) => isInterval(row[i])));
  const numbers = () => [
    head.flatMap((h, i) => (wide[i] ? [h, h + " low", h + " high"] : [h])),
    ...rows.map((row) => row.flatMap((c, i) => (!wide[i] ? [c] : isInterval(c) ? [c.mean, c.low, c.high] : ["", "", ""]))),
  ];
  place.append(
    element("figure", {}, captionOf(title, numbers),
      element("div", { class: "scroll" },
        element("table", {}, element("thead", {}, line(head, "th")), element("tbody", {}, ...rows.map((r) => line(r, "td")))))));
}

// --- Numbers as text

const known = (v) => typeof v === "number" && Number.isFinite(v);
const number = (v) => (known(v) ? (Math.abs(v) >= 1000 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(2) : v.toPrecision(4).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")) : "-");
const interval = (i) => (i && known(i.mean) ? (known(i.low) ? `${number(i.mean)} [${number(i.low)}, ${number(i.high)}]` : number(i.mean)) : "-");
const duration = (s) => (!known(s) ? "-" : s < 60 ? `${s.toFixed(1)} s` : s < 3600 ? `${(s / 60).toFixed(1)} min` : `${(s / 3600).toFixed(2)} h`);
const measureName = (measure) => (measure === "accuracy" ? "accuracy" : "mean squared error");

// --- Figures

const figures = []; // {plot, traces, layout()}

// What of a layout is the theme's.
function colours(layout) {
  const style = getComputedStyle(root);
  const of = (name) => style.getPropertyValue(name).trim();
  const result = { paper_bgcolor: of("--page"), plot_bgcolor: of("--page"), "font.color": of("--text"), "modebar.color": of("--quiet"), "modebar.activecolor": of("--text") };
  for (const axis of axesOf(layout)) {
    result[axis + ".gridcolor"] = of("--grid");
    for (const line of ["linecolor", "zerolinecolor", "tickcolor"]) result[`${axis}.${line}`] = of("--line");
  }
  return result;
}

const axesOf = (layout) => [...new Set(["xaxis", "yaxis", ...Object.keys(layout).filter((k) => /^[xy]axis\d*$/.test(k))])];

function laidOut(layout) {
  const result = {
    font: { size: 13, family: "system-ui, Helvetica, Arial, sans-serif" }, margin: { l: 70, r: 40, t: 16, b: 55 },
    hovermode: "closest", hoverlabel: { namelength: -1 }, legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, ...layout,
    modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)", ...layout.modebar },
  };
  for (const axis of axesOf(layout)) result[axis] = { ticks: "outside", automargin: true, ...layout[axis] };
  return result;
}

// One figure of Plotly's; `rows` are its numbers, with a head.
function figure(place, title, { note = "", traces, layout = {}, height = 380, rows }) {
  const plot = element("div", { class: "plot", style: `height: ${height}px` });
  const parts = [captionOf(title, () => rows), plot];
  if (note) parts.push(element("figcaption", {}, note));
  place.append(element("figure", {}, ...parts));
  figures.push({ plot, traces, layout: { ...layout, height } });
}

function drawFigures() {
  for (const { plot, traces, layout } of figures) {
    Plotly.newPlot(plot, traces, laidOut(layout), {
      responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
      toImageButtonOptions: { format: "svg" },
    });
    Plotly.relayout(plot, colours(layout));
  }
}

// Series {name, x, y, [low, high], colour, ...}: a line, with a band from low to high where these are given.
function linesOf(series, axes = {}) {
  const traces = [];
  for (const s of series) {
    const shared = { x: s.x, legendgroup: s.name, ...axes };
    if (s.low) {
      traces.push({ ...shared, y: s.low, mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false });
      traces.push({ ...shared, y: s.high, mode: "lines", line: { width: 0 }, fill: "tonexty", fillcolor: s.colour + "30", hoverinfo: "skip", showlegend: false });
    }
    traces.push({ ...shared, y: s.y, name: s.name.replaceAll("<", "&lt;"), mode: s.mode ?? "lines", showlegend: s.legend ?? true, opacity: s.opacity ?? 1,
      line: { color: s.colour, width: s.width ?? 2, dash: s.dash ?? "solid" }, marker: { color: s.colour, size: 6 },
      error_y: s.bars ? { type: "data", symmetric: false, array: s.y.map((y, i) => s.bars.high[i] - y), arrayminus: s.y.map((y, i) => y - s.bars.low[i]), thickness: 1.5, width: 3 } : undefined });
  }
  return traces;
}

const rowsOf = (series, xName, yName) => [
  ["series", xName, yName, "low", "high"],
  ...series.flatMap((s) => s.x.map((x, i) => [s.name, x, s.y[i], (s.low ?? s.bars?.low)?.[i], (s.high ?? s.bars?.high)?.[i]])),
];

// A logarithmic axis where positive values differ tenfold; never for accuracies.
function scaleOf(values, measure = "") {
  if (measure === "accuracy") return {};
  const some = values.filter(known);
  const decades = some.length > 0 && Math.min(...some) > 0 ? Math.log10(Math.max(...some) / Math.min(...some)) : 0;
  if (decades < 1) return {};
  if (decades >= 3) return { type: "log", dtick: Math.ceil(decades / 8) };
  // Plotly's own ticks between powers of ten have their first digit alone: 0.5 is called 5.
  const tickvals = [];
  for (let k = Math.floor(Math.log10(Math.min(...some))) - 1; 10 ** k <= 10 * Math.max(...some); ++k)
    for (const digit of [1, 2, 5]) tickvals.push(Number(`${digit}e${k}`));
  return { type: "log", tickvals, ticktext: tickvals.map(String) };
}

const bandOf = (intervals) => ({ y: intervals.map((i) => i.mean), low: intervals.map((i) => i.low), high: intervals.map((i) => i.high) });
// An axis of whole numbers from 1 to n.
const countAxis = (title, n) => ({ title, range: [0.5, n + 0.5], ...(n <= 12 ? { dtick: 1 } : {}), tickformat: "d" });
const countTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

// --- What is shown

const several = doc.runs.length > 1;
const titled = (run, title) => (several ? `${run.name}: ${title}` : title);

function overview(place) {
  const rows = doc.runs.map((run) => {
    const e = run.evaluation, s = run.summary;
    return [run.name, e ? `${e.measure === "mse" ? "MSE" : e.measure}, ${e.order === "iid" ? "i.i.d." : e.order}` : "", e?.before, e?.final,
      e ? e.lifetimes - e.diverged : "", s?.seed ?? run.analysis?.seed, s ? s.meta_steps : run.config ? "in training" : "", s ? duration(s.seconds) : "", s?.peak_mib];
  });
  if (rows.length) table(place, "Runs", ["run", "measured", "before a lifetime", "at its end", "lifetimes", "seed", "meta-steps", "training", "peak MiB"], rows);
}

function learning(place) {
  const runs = doc.runs.filter((run) => run.validation && (run.validation.x.length || run.training.x.length));
  if (!runs.length) return;
  const series = [];
  for (const run of runs) {
    const colour = colourOf(doc.runs.indexOf(run));
    const window = run.training.window > 1 ? `, means of ${run.training.window}` : "";
    series.push({ name: titled(run, "training" + window), ...run.training, colour, width: 1, opacity: 0.5 });
    series.push({ name: titled(run, "validation"), ...run.validation, colour, dash: dashOf(doc.runs.indexOf(run)), mode: "lines+markers" });
  }
  figure(place, "Meta-learning", { traces: linesOf(series), rows: rowsOf(series, "meta_step", "loss"),
    layout: { xaxis: { title: "meta-step" }, yaxis: { title: "loss", ...scaleOf(series.flatMap((s) => s.y)) } } });
}

// Groups of runs that are measured alike.
function byMeasure(draw) {
  for (const measure of ["mse", "accuracy"]) {
    const runs = doc.runs.filter((run) => run.evaluation && run.evaluation.measure === measure);
    if (runs.length) draw(runs, measureName(measure));
  }
}

function lifetimes(place) {
  byMeasure((runs, measure) => {
    const series = runs.map((run) => ({ name: run.name, x: countTo(run.evaluation.seen_so_far.length), ...bandOf(run.evaluation.seen_so_far),
      colour: colourOf(doc.runs.indexOf(run)), dash: dashOf(doc.runs.indexOf(run)), mode: "lines+markers" })).filter((s) => s.y.some(known));
    if (!series.length) return;
    const iid = runs.every((run) => run.evaluation.order === "iid");
    figure(place, `Along a lifetime: ${measure}`, { traces: linesOf(series), rows: rowsOf(series, "part_of_lifetime", measure),
      note: (iid ? "Over all tasks, after each part of the lifetime." : "Over the tasks met so far, after each of them (i.i.d. lifetimes: over all tasks, after each part).") +
        ` Bands: ${percentOf(runs[0].evaluation)}% bootstrap intervals over lifetimes.`,
      layout: { xaxis: countAxis(iid ? "part of the lifetime (tasks' worth of minibatches)" : "tasks seen", Math.max(...series.map((s) => s.x.length))), yaxis: { title: measure, ...scaleOf(series.flatMap((s) => s.y), measure) } } });
    for (const run of runs.filter((r) => r.evaluation.at_end.length)) {
      const e = run.evaluation;
      const kept = [{ name: "right after it was learned", bars: bandOf(e.just_learned), colour: palette[0] }, { name: "at the lifetime's end", bars: bandOf(e.at_end), colour: palette[1] }]
        .map((s, k) => ({ ...s, x: countTo(s.bars.y.length).map((t) => t + 0.12 * (k - 0.5)), y: s.bars.y, mode: "markers" }));
      figure(place, titled(run, "forgetting"), { traces: linesOf(kept), rows: rowsOf(kept.map((s) => ({ ...s, x: s.x.map(Math.round) })), "task", measure), height: 330,
        layout: { xaxis: countAxis("task, in the order met", e.at_end.length), yaxis: { title: measure, ...scaleOf(kept.flatMap((s) => s.y), measure) } } });
    }
    const ways = runs.filter((run) => run.evaluation.other_ways).map((run) => ({ name: run.name, x: run.evaluation.other_ways.map((w) => w.ways),
      ...bandOf(run.evaluation.other_ways.map((w) => w.final)), colour: colourOf(doc.runs.indexOf(run)), mode: "lines+markers" }));
    if (ways.length)
      figure(place, "Other numbers of classes: " + measure, { traces: linesOf(ways), rows: rowsOf(ways, "classes", measure),
        layout: { xaxis: { title: "classes in the lifetime" }, yaxis: { title: measure } } });
  });
}

// Plots beside one another: where the i-th of n stands, in rows of `columns`.
function cells(n, columns, rowGap) {
  const rows = Math.ceil(n / columns), width = (1 - 0.06 * (columns - 1)) / columns, height = (1 - rowGap * (rows - 1)) / rows;
  return countTo(n).map((_, i) => {
    const left = (i % columns) * (width + 0.06), top = 1 - Math.floor(i / columns) * (height + rowGap);
    return { x: [left, Math.min(1, left + width)], y: [Math.max(0, top - height), top], lowest: i + columns >= n, first: i % columns === 0,
      axis: i === 0 ? "" : String(i + 1) };
  });
}

const heading = (text, cell) => ({ text, showarrow: false, xref: "paper", yref: "paper", xanchor: "center", x: (cell.x[0] + cell.x[1]) / 2, y: cell.y[1], yanchor: "bottom", font: { size: 13 } });

function sinusoids(place) {
  for (const run of doc.runs.filter((r) => r.example?.tasks)) {
    const tasks = run.example.tasks.slice(0, 10), columns = Math.min(5, tasks.length), rows = Math.ceil(tasks.length / columns);
    const layout = { annotations: [], legend: { orientation: "h", y: 1 + 0.16 / rows, yanchor: "bottom" }, margin: { l: 60, r: 40, t: 28, b: 55 } };
    const all = tasks.flatMap((t) => [...t.y, ...t.after]).filter(known);
    const range = [Math.min(...all) - 1, Math.max(...all) + 1];
    const traces = [], series = [];
    cells(tasks.length, columns, 0.2).forEach((cell, i) => {
      const t = tasks[i];
      const curves = [
        { name: "the sinusoid", y: t.y, colour: "#8b949e", width: 5, opacity: 0.6 },
        { name: "answer before the lifetime", y: t.before, colour: palette[1], dash: "dash", width: 1.5 },
        { name: "answer after it", y: t.after, colour: palette[0] }].map((s) => ({ ...s, x: t.x, legend: i === 0 }));
      traces.push(...linesOf(curves, { xaxis: "x" + cell.axis, yaxis: "y" + cell.axis }));
      series.push(...curves.map((s) => ({ ...s, name: `task ${i + 1}: ${s.name}` })));
      layout["xaxis" + cell.axis] = { domain: cell.x, anchor: "y" + cell.axis, title: cell.lowest ? "x" : "" };
      layout["yaxis" + cell.axis] = { domain: cell.y, anchor: "x" + cell.axis, title: cell.first ? "y" : "", range };
      layout.annotations.push(heading(`task ${i + 1}`, cell));
    });
    figure(place, titled(run, "sinusoids before and after a lifetime"), { traces, layout, height: 130 + 200 * rows, rows: rowsOf(series, "x", "y") });
  }
}

function episodes(place) {
  for (const run of doc.runs.filter((r) => r.sheet && r.example?.classes)) {
    const e = run.example, columns = e.shots + e.query;
    const scale = Math.max(1, Math.min(2, Math.floor(900 / (columns * (e.width + 6)))));
    const tile = (row, column) => element("div", { class: "tile", style:
      `width: ${e.width * scale + 2}px; height: ${e.height * scale + 2}px; ` +
      `background-position: ${-(e.gap + column * (e.width + e.gap)) * scale}px ${-(e.gap + row * (e.height + e.gap)) * scale}px; ` +
      `background-size: ${(e.gap + columns * (e.width + e.gap)) * scale}px auto` });
    const grid = element("div", { class: "sheet", style: `--sheet: url("${run.sheet}"); grid-template-columns: auto repeat(${columns}, max-content)` });
    const name = (c) => (c === null ? "none" : String(c + 1));
    const rows = [["class", "query", "answer_before", "answer_after"]];
    let right = 0;
    e.classes.forEach((answers, row) => {
      grid.append(element("div", { class: "name" }, `class ${row + 1}`));
      for (let column = 0; column < columns; ++column) {
        const q = column - e.shots;
        const kind = q < 0 ? "shown" : answers.after[q] === row ? "right" : "wrong";
        const cell = element("div", { class: kind + (q === 0 ? " query-begins" : "") }, tile(row, column));
        if (q >= 0) {
          right += kind === "right";
          rows.push([row + 1, q + 1, name(answers.before[q]), name(answers.after[q])]);
          cell.title = `class ${row + 1}; answered before: ${name(answers.before[q])}, after: ${name(answers.after[q])}`;
          cell.append(element("div", { class: "answer" }, (kind === "right" ? "\u2713 " : "\u2717 ") + name(answers.after[q])));
        }
        grid.append(cell);
      }
    });
    const asked = e.classes.length * e.query, of = e.ways > e.classes.length ? ` of the first ${e.classes.length} of ${e.ways} classes` : "";
    place.append(element("figure", {}, captionOf(titled(run, "an episode"), () => rows), element("div", { class: "scroll" }, grid),
      element("figcaption", {}, `On the left what was shown, a row for each class in the order met; on the right what was asked, and the class that was answered at the end: ${right} of ${asked} right${of}.`)));
  }
}

function angles(place) {
  const analysed = doc.runs.filter((r) => r.analysis);
  for (const [key, title, note] of [
    ["to_descent", "weight change and gradient descent", "The angle between the rule's change of a layer's weights and the one that gradient descent would have made on the same minibatch: 0 is descent, 90 no relation."],
    ["of_feedback", "fed-back signal and -delta", "The angle between the signal fed back to a layer, e B^T (in pathways without B: p), and the gradient's own, -dL/dz."]]) {
    const means = analysed.map((run) => {
      const bars = bandOf(run.analysis.angles.map((l) => l[key].all));
      return { name: run.name, x: run.analysis.angles.map((l) => l.layer), y: bars.y, bars, colour: colourOf(doc.runs.indexOf(run)), mode: "lines+markers" };
    }).filter((s) => s.y.some(known));
    if (means.length)
      figure(place, `Angle of ${title}, by layer`, { traces: linesOf(means), rows: rowsOf(means, "layer", "degrees"), note, height: 330,
        layout: { xaxis: { title: "layer", dtick: 1 }, yaxis: { title: "angle (degrees)" } } });
    for (const run of analysed) {
      const layers = run.analysis.angles;
      const series = layers.map((l, i) => ({ name: `layer ${l.layer}`, x: countTo(l[key].curve.length), y: l[key].curve,
        low: l[key].curve_low, high: l[key].curve_high, colour: layerColour(i, layers.length), width: 1.5 }))
        .filter((s) => s.y.some(known));
      if (series.length)
        figure(place, titled(run, `angle of ${title}, along a lifetime`), { traces: linesOf(series), rows: rowsOf(series, "step", "degrees"),
          note: `Means over ${run.analysis.lifetimes} lifetimes, with their ${percentOf(run.analysis)}% bootstrap intervals.`,
          layout: { xaxis: { title: "step of the lifetime" }, yaxis: { title: "angle (degrees)" } } });
    }
  }
}

// Matrices [n, n] side by side, each scale symmetrical about 0: one for all where they are of one size, or else one each.
function heatmaps(place, title, note, matrices, n, label) {
  const mostOf = (values) => values.reduce((most, v) => (known(v) ? Math.max(most, Math.abs(v)) : most), 1e-12);
  const own = matrices.map((m) => mostOf(m.values)), most = Math.max(...own);
  const shared = own.every((m) => 5 * m > most);
  const tasks = countTo(n), ticks = { dtick: Math.max(1, Math.ceil(n / 10)), tick0: 1 };
  const layout = { annotations: [], modebar: { orientation: "h" }, margin: { l: 60, r: 60, t: 46, b: 55 } };
  const rows = [["step", "on_task", "of_task", label]];
  const traces = matrices.map((m, k) => {
    const z = tasks.map((_, i) => m.values.slice(i * n, (i + 1) * n));
    z.forEach((row, i) => row.forEach((v, j) => rows.push([m.name, i + 1, j + 1, v])));
    const axis = k === 0 ? "" : String(k + 1), width = 1 / matrices.length, left = k * width, right = left + width * 0.74;
    layout["xaxis" + axis] = { domain: [left, right], anchor: "y" + axis, title: "of task j", ...ticks, constrain: "domain" };
    layout["yaxis" + axis] = { anchor: "x" + axis, title: k === 0 ? "step on task i" : "", showticklabels: k === 0, autorange: "reversed", ...ticks };
    layout.annotations.push(heading(m.name, { x: [left, right], y: [0, 1] }));
    const limit = shared ? most : own[k];
    return { type: "heatmap", x: tasks, y: tasks, z, xaxis: "x" + axis, yaxis: "y" + axis, colorscale: "RdBu", zmin: -limit, zmax: limit,
      colorbar: { x: right + 0.01, thickness: 10, outlinewidth: 0 }, hovertemplate: `step on task %{y}, of task %{x}: %{z:.3g}<extra>${m.name}</extra>` };
  });
  figure(place, title, { note: note + (shared ? " All on one scale." : " Each on a scale of its own."), traces, layout, rows, height: 370 });
}

const steps = [["rule", "the rule"], ["descent", "descent, as long"], ["useful_descent", "descent, as useful"]];

function interference(place) {
  const analysed = doc.runs.filter((r) => r.analysis);
  for (const run of analysed) {
    const i = run.analysis.interference;
    const matrices = (key, of) => of.filter(([who]) => i[who]?.[key]).map(([who, name]) => ({ name, values: i[who][key] }));
    heatmaps(place, titled(run, "interference"), "At the lifetime's end one more step on task i: the change of the loss on task j. Blue helps, red harms.", matrices("matrix", steps), i.tasks, "change of the loss");
    if (i.rule.overlap_matrix)
      heatmaps(place, titled(run, "overlap of weight changes"), "The cosine of the changes, over all plastic layers, that steps on tasks i and j make.", matrices("overlap_matrix", steps.slice(0, 2)), i.tasks, "cosine");
  }
  const rows = analysed.flatMap((run) => steps.filter(([who]) => run.analysis.interference[who]).map(([who, name]) => {
    const i = run.analysis.interference[who];
    return [run.name, name, i.own, i.others, i.overlap];
  }));
  if (!rows.length) return;
  table(place, "One more step: change of the loss", ["run", "step", "own task", "other tasks", "overlap"], rows);
  const minus = analysed.map((run) => {
    const i = run.analysis.interference;
    return [run.name, i.others_minus_descent, i.others_minus_useful_descent, i.useful_descent?.share];
  });
  table(place, "On the other tasks: the rule minus descent, paired by lifetime", ["run", "as long", "as useful", "length of the useful one, rule's = 1"], minus);
  const forgotten = analysed.filter((run) => run.analysis.forgetting).map((run) => [run.name, measureName(run.analysis.measure), run.analysis.forgetting.forgetting, run.analysis.forgetting.backward_transfer]);
  if (forgotten.length) table(place, "Forgetting, from right after a task to the end", ["run", "in", "forgetting", "backward transfer"], forgotten);
}

function representations(place) {
  const rows = doc.runs.filter((r) => r.analysis).flatMap((run) => run.analysis.representations.flatMap((layer) => ["before", "after"].map((when) =>
    [run.name, layer.layer, when, layer[when].sparsity, layer[when].dimension, layer[when].separation])));
  if (rows.length) table(place, "Hidden activities on the query", ["run", "layer", "lifetime", "sparsity", "dimension (participation ratio)", "separation of tasks"], rows);
}

function ablations(place) {
  for (const run of doc.runs.filter((r) => r.analysis)) {
    const parts = run.analysis.ablations.filter((a) => known(a.final.mean));
    const measure = measureName(run.analysis.measure);
    const rows = [["without", measure, "low", "high", "diverged"], ...run.analysis.ablations.map((a) => [a.name, a.final.mean, a.final.low, a.final.high, a.diverged])];
    const x = parts.map((a) => a.final.mean);
    figure(place, titled(run, "without its parts"), { rows, height: 110 + 34 * parts.length,
      note: "Everything else as it was learned; a network trained without the part may do better. Bars: intervals over lifetimes; the table has the differences, lifetime by lifetime." +
        run.analysis.ablations.filter((a) => a.diverged).map((a) => ` ${a.name}: ${a.diverged} lifetimes diverged.`).join(""),
      traces: [{ x, y: parts.map((a) => a.name), mode: "markers", marker: { color: palette[0], size: 9 },
        error_x: { type: "data", symmetric: false, array: parts.map((a) => a.final.high - a.final.mean), arrayminus: parts.map((a) => a.final.mean - a.final.low), color: palette[0] } }],
      layout: { margin: { l: 70, r: 40, t: 16, b: 55 }, xaxis: { title: measure + " at the end", ...scaleOf(x, measure) }, yaxis: { autorange: "reversed" } } });
  }
}

function ablationDifferences(place) {
  const rows = doc.runs.filter((r) => r.analysis).flatMap((run) => run.analysis.ablations.slice(1).map((a) => [run.name, a.name, a.final, a.minus_intact, a.diverged]));
  if (rows.length) table(place, "Without its parts: differences", ["run", "without", "at the end", "minus intact, paired", "diverged"], rows);
}

function coefficients(place) {
  const name = (h) => `layer ${h.layer}` + (h.term ? `, term ${h.term}` : "");
  for (const run of doc.runs.filter((r) => r.histograms))
    for (const [of, title] of [["alpha", "plasticity coefficients"], ["B", "feedback weights"]]) {
      const layers = run.histograms.filter((h) => h.of === of && h.counts.length > 1);
      if (!layers.length) continue;
      // Densities, since layers differ in number and in the width of their bins.
      const series = layers.map((h, i) => ({ name: name(h), x: h.counts.map((_, k) => h.low + (k + 0.5) * h.width),
        y: h.counts.map((c) => (c ? c / (h.number * h.width) : null)), colour: layerColour(i, layers.length), width: 1.5 }));
      const traces = linesOf(series).map((t) => ({ ...t, line: { ...t.line, shape: "hvh" } }));
      figure(place, titled(run, title), { traces, rows: rowsOf(series, of, "density"), height: 330,
        note: "Histograms of 60 bins, each of area 1; empty bins are gaps.",
        layout: { xaxis: { title: of }, yaxis: { title: "density", exponentformat: "power", ...scaleOf(series.flatMap((s) => s.y)) } } });
    }
  const rows = doc.runs.filter((r) => r.histograms).flatMap((run) => run.histograms.map((h) => [run.name, h.of, name(h), h.number, number(h.least), number(h.mean), number(h.greatest)]));
  if (rows.length) table(place, "Their ranges", ["run", "of", "layer", "number", "least", "mean", "greatest"], rows);
}

function comparisons(place) {
  for (const comparison of doc.comparisons) {
    const cellsOf = comparison.cells, measure = measureName(comparison.measure);
    const settings = [...new Set(cellsOf.map((c) => c.setting))], learners = [...new Set(cellsOf.map((c) => c.learner))];
    const name = comparison.name ?? comparison.folder;
    const rows = [["setting", "learner", "seed", measure]];
    const traces = settings.map((setting, k) => {
      const own = cellsOf.filter((c) => c.setting === setting && known(c.final.mean));
      own.forEach((c) => c.runs.filter((r) => r.final).forEach((r) => rows.push([setting, c.learner, r.seed, r.final.mean])));
      const low = (c) => (known(c.final.low) ? c.final.low : c.final.mean), high = (c) => (known(c.final.high) ? c.final.high : c.final.mean);
      return { x: own.map((c) => learners.indexOf(c.learner) + (k - (settings.length - 1) / 2) * 0.12), y: own.map((c) => c.final.mean), name: setting || "mean over seeds", mode: "markers", marker: { size: 9, color: colourOf(k) },
        text: own.map((c) => c.learner), hovertemplate: "%{text}: %{y:.4g}<extra></extra>",
        error_y: { type: "data", symmetric: false, array: own.map((c) => high(c) - c.final.mean), arrayminus: own.map((c) => c.final.mean - low(c)), thickness: 1.5 } };
    });
    figure(place, `${name}: ${measure}`, { traces, rows, height: 460,
      note: `${comparison.complete ? "" : "Not all trainings are done. "}Means over seeds with ${percentOf(comparison)}% t intervals; each seed's value is in the CSV.`,
      layout: { margin: { l: 70, r: 40, t: 16, b: 120 },
        xaxis: { tickvals: learners.map((_, i) => i), ticktext: learners, tickangle: 30 },
        yaxis: { title: measure, ...scaleOf(cellsOf.map((c) => c.final.mean), measure) } } });
    table(place, `${name}: learners`, ["setting", "learner", measure, `minus ${comparison.baseline}`, "seeds", "left out: train, test", "a training", "peak MiB"],
      cellsOf.map((c) => [c.setting, c.learner, c.final, c.difference, c.failed ? `${c.runs.length - c.failed} of ${c.runs.length}` : c.runs.length,
        `${c.lifetimes_left_out}, ${c.test_lifetimes_diverged}`, duration(c.seconds), Math.round(c.peak_mib)]));
    for (const note of comparison.notes) place.append(element("p", {}, `Note: ${note}.`));
  }
}

function configs(place) {
  for (const run of doc.runs.filter((r) => r.config))
    place.append(element("details", {}, element("summary", {}, several ? `${run.name} (${run.folder})` : run.folder), element("pre", {}, run.config)));
}

// --- The page

const isDark = matchMedia("(prefers-color-scheme: dark)");
let theme = null; // what was drawn in
function remembered() {
  try {
    return localStorage.getItem("plastic-theme");
  } catch {
    return null; // a page may be forbidden to remember
  }
}
function paint(wanted) {
  if (wanted === theme) return;
  const first = theme === null;
  root.dataset.theme = theme = wanted;
  if (first) drawFigures();
  else for (const { plot, layout } of figures) Plotly.relayout(plot, colours(layout));
}
let chosen = remembered();
const wantedTheme = () => chosen ?? (isDark.matches ? "dark" : "light");
function exchangeThemes() {
  chosen = theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("plastic-theme", chosen);
  } catch {
    // then it holds until the page is left
  }
  paint(chosen);
}

main.append(element("header", {}, element("h1", {}, doc.runs.length === 1 && !doc.comparisons.length ? doc.runs[0].name : "Report"),
  element("button", { onclick: exchangeThemes }, "light / dark")));
main.append(nav);
document.body.append(main);
section("overview", "Overview", reload ? `Training goes on; this page loads itself again every ${reload} seconds.` : "Means, with their intervals in brackets. Plots: drag to zoom, double-click to go back, hover to read.", overview);
section("comparisons", "Learners compared", "Every learner in every setting; differences are paired by seed.", comparisons);
section("learning", "Learning curves", "The loss on the query at the end of a lifetime as meta-training goes on: the mean squared error, or of classifiers the cross-entropy in nats.", learning);
section("lifetimes", "Learning within a lifetime", "On tasks that meta-training never saw.", lifetimes);
section("sinusoids", "What it answers", "One lifetime on unseen sinusoids.", sinusoids);
section("episodes", "An episode", "One lifetime on unseen classes.", episodes);
section("angles", "Angles to gradient descent", "How the weight changes of a lifetime stand to those of gradient descent.", angles);
section("interference", "Interference", "What a step on one task does to the others.", interference);
section("representations", "Representations", "Hidden activities before and after a lifetime.", representations);
section("ablations", "What its parts are worth", "The trained network with one part taken out.", (place) => {
  ablations(place);
  ablationDifferences(place);
});
section("coefficients", "Coefficients", "What was meta-learned, synapse by synapse.", coefficients);
section("configs", "Configs", "Every key, as resolved.", configs);

paint(wantedTheme());
isDark.addEventListener("change", () => paint(wantedTheme()));
addEventListener("beforeprint", () => paint("light"));
addEventListener("afterprint", () => paint(wantedTheme()));
if (reload) setTimeout(() => location.reload(), 1000 * reload);
root.dataset.drawn = figures.length;
