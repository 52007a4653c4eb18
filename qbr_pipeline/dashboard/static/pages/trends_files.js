// A chart as a picture, and its values as CSV.

import { h } from "../dom.js";
import { UNIT_NAMES } from "../format.js";
import { colours } from "./trends_chart.js";

const EDGE = 16; // pixels of the page
const HEAD = 56;
const TITLE = 18;
const SUBTITLE = 13;

/** @typedef {import("./trends_card.js").Spec} Spec */

/** Save the chart as it looks, on its background and under its title. @param {Spec} spec @param {any} chart @param {string} subtitle */
export function savePicture(spec, chart, subtitle) {
  const look = colours();
  const scale = chart.currentDevicePixelRatio;
  const [width, height] = [chart.width + 2 * EDGE, chart.height + HEAD + EDGE];
  const canvas = h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = look.background;
  pen.fillRect(0, 0, width, height);
  const family = getComputedStyle(document.body).fontFamily;
  /** @param {string} text @param {string} font @param {string} colour @param {number} bottom */
  const write = (text, font, colour, bottom) => {
    pen.font = `${font} ${family}`;
    pen.fillStyle = colour;
    pen.fillText(text, EDGE, bottom, width - 2 * EDGE);
  };
  write(spec.title, `600 ${TITLE}px`, look.text, EDGE + TITLE);
  write(subtitle, `${SUBTITLE}px`, look.quiet, EDGE + TITLE + SUBTITLE + 6);
  pen.drawImage(chart.canvas, EDGE, HEAD, chart.width, chart.height);
  save(canvas.toDataURL("image/png"), fileName(spec, "png"));
}

/** Save the values as they are kept (percentages as fractions); what is absent is empty. @param {Spec} spec */
export function saveCsv(spec) {
  const unit = spec.unit === "percent" ? "fraction" : UNIT_NAMES[spec.unit];
  const head = ["month", ...spec.series.map((each) => `${each.label} (${unit})`), "provisional"];
  const rows = spec.months.map((month, index) => [month.period, ...spec.series.map((each) => each.points[index].value ?? ""), month.provisional ? "yes" : "no"]);
  const text = [head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n");
  const url = URL.createObjectURL(new Blob([`${text}\r\n`], { type: "text/csv" }));
  save(url, fileName(spec, "csv"));
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** @param {string | number} value */
function quoted(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {string} url @param {string} name */
function save(url, name) {
  h("a", { href: url, download: name }).click();
}

/** @param {Spec} spec @param {string} ending */
function fileName(spec, ending) {
  const name = spec.series.map((each) => each.name).join("-");
  return `${name}-${spec.months[0].period}-${spec.months[spec.months.length - 1].period}.${ending}`;
}
