// The legend of a chart as words above it: it wraps, it is read aloud, and a press hides or shows a trace.
/** @import { Json, Labels, Trace } from "./protocol.js" */
import { h, rich } from "./dom.js";

/** @type {Record<string, string>} */
const DASH = { solid: "", dot: "2 3", dash: "7 4", longdash: "11 4", dashdot: "7 3 2 3" };
/** @type {Record<string, string>} */
const SHAPE = {
  circle: "M16 4a4 4 0 1 1-.01 0",
  square: "M12 4h8v8h-8z",
  diamond: "M16 3l5 5-5 5-5-5z",
  triangle: "M16 3l5 9H11z",
  x: "M12 4l8 8m0-8l-8 8",
  cross: "M16 3v10m-5-5h10",
  star: "M16 2l1.6 4 4.4.3-3.4 2.8 1.1 4.2L16 11l-3.7 2.3 1.1-4.2L10 6.3l4.4-.3z",
};

/**
 * @param {Trace} trace
 * @param {Json} style
 */
function swatch(trace, style) {
  const ns = "http://www.w3.org/2000/svg";
  const make = (/** @type {string} */ tag, /** @type {Record<string, string | number>} */ props) => {
    const el = document.createElementNS(ns, tag);
    for (const [key, value] of Object.entries(props)) el.setAttribute(key, String(value));
    return el;
  };
  const svg = make("svg", { width: 32, height: 16, viewBox: "0 0 32 16", "aria-hidden": "true" });
  const mode = trace.mode ?? (trace.type === "bar" ? "bar" : "lines");
  const line = style.line ?? {};
  const marker = style.marker ?? {};
  const colour = (mode.includes("lines") ? line.color : marker.color) ?? line.color ?? marker.color ?? "currentColor";
  if (mode.includes("lines"))
    svg.append(
      make("path", { d: "M1 8h30", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": DASH[line.dash] ?? "" }),
    );
  if (mode === "bar") svg.append(make("rect", { x: 8, y: 2, width: 16, height: 12, fill: colour }));
  if (mode.includes("markers")) {
    const [shape, kind] = String(marker.symbol ?? "circle").split("-");
    const hollow = kind === "open" || kind === "thin";
    const fill = typeof marker.color === "string" ? marker.color : colour;
    svg.append(
      make("path", {
        d: SHAPE[shape] ?? SHAPE.circle,
        fill: hollow ? "none" : fill,
        stroke: fill,
        "stroke-width": 1.8,
      }),
    );
  }
  return svg;
}

/** @param {Trace} trace */
const empty = (trace) => !trace.y?.length || trace.y.every?.((/** @type {number} */ value) => Number.isNaN(value));

export class Legend {
  /**
   * @param {Labels} labels
   * @param {(trace: number) => boolean} toggled hides or shows a trace; whether it is shown now
   */
  constructor(labels, toggled) {
    this.labels = labels;
    this.el = h("ul", { class: "kd-legend" });
    this.toggled = toggled;
    /** @type {{item: HTMLElement, i: number}[]} */
    this.entries = [];
  }

  /**
   * @param {Trace[]} data
   * @param {Json[]} styles
   */
  build(data, styles) {
    this.entries = data.flatMap((trace, i) => {
      if (trace.showlegend === false || trace.type === "heatmap" || trace.type === "contour") return [];
      const press = () => button.setAttribute("aria-pressed", String(this.toggled(i)));
      const button = h(
        "button",
        { type: "button", "aria-pressed": trace.visible !== false, title: this.labels.show_or_hide, onclick: press },
        swatch(trace, styles[i]),
        h("span", {}, rich(trace.name ?? "")),
      );
      return [{ item: h("li", {}, button), i }];
    });
    this.el.replaceChildren(...this.entries.map(({ item }) => item));
  }

  /** @param {Trace[]} data */
  refresh(data) {
    for (const { item, i } of this.entries) item.hidden = empty(data[i]);
  }
}
