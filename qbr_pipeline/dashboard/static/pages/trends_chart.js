// Drawing lines with Chart.js, in the colours of the page, without motion.

import { keyOf, toneOf } from "../findings.js";
import { UNIT_NAMES, exact, onAxis, sentence, shortMonth } from "../format.js";

const NARROW = 500; // pixels
const LINE_OF_TEXT = { narrow: 36, wide: 60 }; // characters in a tooltip
const DASHES = { progress: [5, 4], warning: [8, 4], critical: [3, 3] };
const POINTS = ["circle", "rectRot"];
const SIGNS = ["●", "◆"]; // the same, in the legend

/** @typedef {import("./trends_card.js").Spec} Spec @typedef {ReturnType<typeof colours>} Look */
/** @typedef {any} Drawn whatever Chart.js hands over: the package brings no types */

/** A chart of `spec` on `canvas`. @param {HTMLCanvasElement} canvas @param {Spec} spec */
export function drawLines(canvas, spec) {
  const look = colours();
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  return new window.Chart(canvas, {
    type: "line",
    data: {
      labels: spec.months.map((month) => shortMonth(month.period)),
      datasets: [...spec.series.map((series, index) => line(series, index, spec, look)), ...spec.limits.map((limit) => limitLine(limit, spec, look))],
    },
    options: options(spec, look),
  });
}

/** The colours of the page as they are now. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    text: colour("--bs-body-color"),
    quiet: colour("--bs-secondary-color"),
    grid: colour("--bs-border-color"),
    background: colour("--bs-body-bg"),
    lines: [colour("--line"), colour("--line-other")],
    warning: colour("--warning"),
    critical: colour("--bad"),
  };
}

/** @param {Series} series @param {number} index @param {Spec} spec @param {Look} look */
function line(series, index, spec, look) {
  const colour = look.lines[index];
  const points = series.points.map((point) => {
    const found = spec.found.get(keyOf(series.name, point.period)) ?? [];
    const tone = found.some((finding) => toneOf(finding) === "text-bad") ? look.critical : look.warning;
    return { ...point, isFlagged: found.length > 0, tone };
  });
  /** @template Value @param {Value} flagged @param {Value} provisional @param {Value} otherwise */
  const each = (flagged, provisional, otherwise) => points.map((point) => (point.isFlagged ? flagged : point.provisional ? provisional : otherwise));
  const tones = points.map((point) => (point.isFlagged ? point.tone : colour));
  return {
    label: spec.series.length > 1 ? series.label : "value",
    data: points.map((point) => point.value),
    borderColor: colour,
    borderWidth: 2,
    spanGaps: false,
    pointStyle: each("triangle", POINTS[index], POINTS[index]),
    pointRadius: each(7, 4, 3),
    pointHoverRadius: each(8, 5, 5),
    pointBorderColor: tones,
    pointBackgroundColor: points.map((point, place) => (point.provisional ? look.background : tones[place])),
    segment: { borderDash: (/** @type {Drawn} */ context) => (points[context.p1DataIndex].provisional ? DASHES.progress : undefined) },
  };
}

/** @param {Spec["limits"][number]} limit @param {Spec} spec @param {Look} look */
function limitLine(limit, spec, look) {
  return {
    label: limit.label,
    data: spec.months.map(() => limit.value),
    borderColor: look[limit.type],
    borderWidth: 1.5,
    borderDash: DASHES[limit.type],
    pointRadius: 0,
    pointHoverRadius: 0,
  };
}

/** @param {Spec} spec @param {Look} look */
function options(spec, look) {
  const isWhole = spec.series.every((series) => series.points.every((point) => Number.isInteger(point.value ?? 0)));
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale: "en-US",
    interaction: { mode: "index", intersect: false },
    layout: { padding: { top: 6, right: 10 } },
    scales: {
      x: { grid: { display: false }, border: { color: look.grid }, ticks: { color: look.quiet, maxRotation: 0, autoSkipPadding: 12 } },
      y: {
        grid: { color: look.grid },
        border: { display: false },
        title: { display: true, text: UNIT_NAMES[spec.unit], color: look.quiet },
        ticks: {
          color: look.quiet,
          maxTicksLimit: 7,
          precision: isWhole && spec.unit === "count" ? 0 : undefined,
          callback: (/** @type {number} */ value, /** @type {number} */ index, /** @type {{value: number}[]} */ ticks) =>
            onAxis(
              value,
              spec.unit,
              ticks.map((tick) => tick.value),
            ),
        },
      },
    },
    plugins: {
      legend: {
        display: spec.series.length + spec.limits.length > 1,
        position: "bottom",
        labels: { color: look.text, usePointStyle: true, pointStyleWidth: 30, generateLabels: (/** @type {Drawn} */ chart) => legendLabels(chart, spec) },
      },
      tooltip: { ...tooltip(spec), backgroundColor: look.background, titleColor: look.text, bodyColor: look.text, borderColor: look.grid, borderWidth: 1, usePointStyle: true },
    },
  };
}

/** @param {Drawn} chart @param {Spec} spec */
function legendLabels(chart, spec) {
  return chart.data.datasets.map((/** @type {Drawn} */ set, /** @type {number} */ index) => ({
    text: spec.series.length > 1 && index < spec.series.length ? `${SIGNS[index]} ${set.label}` : set.label,
    datasetIndex: index,
    fontColor: chart.options.plugins.legend.labels.color,
    strokeStyle: set.borderColor,
    fillStyle: set.borderColor,
    lineWidth: 2,
    lineDash: set.borderDash ?? [],
    pointStyle: "line",
    hidden: !chart.isDatasetVisible(index),
  }));
}

/** @param {Spec} spec */
function tooltip(spec) {
  return {
    filter: (/** @type {Drawn} */ item) => item.datasetIndex < spec.series.length,
    callbacks: {
      label: (/** @type {Drawn} */ item) => ` ${item.dataset.label}: ${exact(item.parsed.y, spec.unit, spec.series[item.datasetIndex].decimals)}`,
      afterLabel: (/** @type {Drawn} */ item) => remarks(item, spec),
    },
  };
}

/** @param {Drawn} item @param {Spec} spec */
function remarks(item, spec) {
  const { points, name } = spec.series[item.datasetIndex];
  const point = points[item.dataIndex];
  const width = item.chart.width < NARROW ? LINE_OF_TEXT.narrow : LINE_OF_TEXT.wide;
  const found = spec.found.get(keyOf(name, point.period)) ?? [];
  return [...(point.provisional ? ["in progress, provisional"] : []), ...found.flatMap((finding) => wrapped(sentence(finding.sentence), width))];
}

/** @param {string} text @param {number} width */
function wrapped(text, width) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines[lines.length - 1].length + word.length >= width) lines.push("");
    lines[lines.length - 1] += `${lines.at(-1) ? " " : ""}${word}`;
  }
  return lines;
}
