// Moves what Plotly has drawn to new numbers without asking Plotly: points, lines, outlines and plain labels of scatter
// traces, a tenth of the work of its own step. It only ever moves what is there; what comes or goes is Plotly's.

/** @import { Json, Trace } from "./protocol.js" */
/** @typedef {{lines: Element[], points: Element[], labels: SVGTextElement[], fills: Element[]}} Parts of one trace */

const round = (/** @type {number} */ value) => Math.round(value * 100) / 100;

/**
 * The elements of every scatter trace, by the index of the trace.
 * @param {HTMLElement} plot
 */
export function elements(plot) {
  /** @type {Map<number, Parts>} */
  const found = new Map();
  for (const el of plot.querySelectorAll(".cartesianlayer .scatterlayer .trace")) {
    const { index } = /** @type {any} */ (el).__data__[0].trace;
    found.set(index, {
      lines: [...el.querySelectorAll("path.js-line")],
      points: [...el.querySelectorAll("path.point")],
      labels: /** @type {SVGTextElement[]} */ ([...el.querySelectorAll(".textpoint text")]),
      fills: [...el.querySelectorAll("path.js-fill")],
    });
  }
  return found;
}

/**
 * Pixels of values (n,) on an axis, NaN where there is nothing to draw.
 * @param {any} axis
 * @param {ArrayLike<any>} values
 */
function pixels(axis, values) {
  const straight = axis.type === "linear";
  return Array.from(values, (value) => {
    const place = straight ? axis.l2p(value) : axis.c2p(axis.d2c(value));
    return Number.isFinite(value) && Number.isFinite(place) ? round(place) : NaN;
  });
}

/**
 * @param {number[]} x
 * @param {number[]} y
 */
function way(x, y) {
  let [d, pen] = ["", "M"];
  for (const [i, left] of x.entries()) {
    const gap = Number.isNaN(left) || Number.isNaN(y[i]);
    if (!gap) d += `${pen}${left},${y[i]}`;
    pen = gap ? "M" : "L";
  }
  return d;
}

/**
 * What has to be written to show the arrays of `trace` in the elements it has, as functions; null where they are not
 * enough. `full` is the trace and `layout` the layout as Plotly completed them.
 * @param {Json} layout
 * @param {Json} full
 * @param {Trace} trace
 * @param {Parts} parts
 * @returns {(() => void)[] | null}
 */
export function moves(layout, full, trace, { lines, points, labels, fills }) {
  const [kind, area] = [full.mode, full.fill === "toself"];
  if ((fills.length && !area) || (full.line?.shape ?? "linear") !== "linear") return null;
  const [x, y] = ["x", "y"].map((id) => pixels(layout[full[`${id}axis`].replace(id, `${id}axis`)], trace[id]));
  const there = x.flatMap((left, i) => (Number.isNaN(left) || Number.isNaN(y[i]) ? [] : [i]));
  /** @type {(() => void)[]} */
  const todo = [];
  if (area) {
    if (fills.length !== 1 || !there.length || there.length < x.length) return null;
    todo.push(() => fills[0].setAttribute("d", `${way(x, y)}Z`));
  } else if (kind.includes("lines")) {
    if (!lines.length !== !there.length) return null;
    todo.push(() => {
      for (const [k, line] of lines.entries()) line.setAttribute("d", k ? "" : way(x, y));
    });
  }
  if (kind.includes("markers")) {
    if (points.length !== there.length) return null;
    todo.push(() => {
      for (const [k, i] of there.entries()) points[k].setAttribute("transform", `translate(${x[i]},${y[i]})`);
    });
  }
  if (kind.includes("text")) {
    const named = there.filter((i) => trace.text[i]);
    if (labels.length !== named.length) return null;
    for (const [k, i] of named.entries()) {
      const [text, words] = [labels[k], trace.text[i]];
      const old = text.dataset.unformatted;
      if (words !== old && (/[<&$\n]/.test(words) || text.childElementCount)) return null;
      todo.push(() => {
        if (words !== old) {
          text.textContent = words;
          text.dataset.unformatted = words;
        }
        for (const part of [text, ...text.querySelectorAll("tspan.line")]) {
          part.setAttribute("x", String(x[i]));
          part.setAttribute("y", String(y[i]));
        }
      });
    }
  }
  return todo;
}
