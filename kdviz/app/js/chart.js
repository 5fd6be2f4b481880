// One chart: a Plotly figure whose arrays may be replaced at any time. Only the newest state is drawn, once per frame,
// and only while the chart has a size (one that is created hidden draws itself when it is shown).
/** @import { Figure, Json, Labels, Trace } from "./protocol.js" */
/** @import { Look } from "./look.js" */
/** @import { Parts } from "./slide.js" */
import { h } from "./dom.js";
import { Legend } from "./legend.js";
import { elements, moves } from "./slide.js";
import { themed } from "./themed.js";
import { fits } from "./axes.js";

let busy = 0; // time of the frame in which some chart was drawn whole: the others wait for the next ones
const REST = 250; // ms without a new state after which Plotly draws it whole: axes fitted, places to hover known
const MOVING = ["x", "y", "z", "text", "customdata"];
const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };

export class Chart {
  /**
   * @param {Figure} figure {data, layout}: data holds typed arrays and is patched in place
   * @param {object} page
   * @param {() => Look} page.look
   * @param {Labels} page.labels
   * @param {() => Promise<any>} page.plotly
   * @param {((x: number, y: number) => void) | null} onPick
   */
  constructor(figure, { look, labels, plotly }, onPick = null) {
    this.figure = figure;
    this.look = look;
    this.labels = labels;
    this.onPick = onPick;
    /** @type {any} */
    this.engine = null;
    plotly().then(
      (engine) => {
        this.engine = engine;
        this.redraw();
      },
      () => {}, // page.js says so when it cannot be had
    );
    this.frame = 0;
    this.drawn = false;
    this.stale = true;
    this.draws = 0;
    const { title = "", alt = "" } = figure.layout.meta ?? {};
    /** @type {any} the element that Plotly makes its own */
    this.plot = h("div", { class: "kd-plot" });
    this.legend = new Legend(labels, (trace) => this.toggle(trace));
    this.el = h(
      "figure",
      { class: "kd-chart", role: "group", "aria-label": `${title}. ${alt}` },
      h("figcaption", {}, title),
      this.legend.el,
      this.plot,
    );
    /** @type {{styles: Json[], layout: Json} | null} */
    this.themed = null;
    /** @type {Map<number, Parts> | null} */
    this.parts = null;
    /** @type {Trace[]} as drawn last */
    this.shown = [];
    this.whole = true; // the next draw is one of everything
    this.rest = 0;
    this.resize = new ResizeObserver(() => this.fill());
    this.resize.observe(this.plot);
  }

  // The box has a size, or another one: draw, unless what is drawn has this size already.
  fill() {
    const { width, height } = this.themed?.layout ?? {};
    if (!this.drawn || this.plot.clientWidth !== width || this.plot.clientHeight !== height) this.redraw();
  }

  redraw() {
    this.whole = true;
    this.schedule(true);
  }

  schedule(force = false) {
    this.stale ||= force;
    if (this.stale && !this.frame) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  /** @param {number} trace */
  toggle(trace) {
    const shown = this.figure.data[trace].visible === false;
    this.figure.data[trace].visible = shown;
    this.redraw();
    return shown;
  }

  restyle() {
    this.themed = null;
    this.redraw();
  }

  async draw(now = Number.NaN) {
    this.frame = 0;
    if (!this.engine) return;
    if (!this.whole && this.step()) return;
    if (busy === now) return this.schedule();
    busy = now;
    const width = this.plot.clientWidth;
    if (!width) return; // hidden: the ResizeObserver calls again
    if (!this.themed) {
      this.themed = themed(this.figure, this.look(), this.onPick !== null);
      this.legend.build(this.figure.data, this.themed.styles);
    }
    this.legend.refresh(this.figure.data);
    const height = this.plot.clientHeight; // measured last: the legend takes its part
    if (!height) return;
    this.stale = false;
    const { styles, layout } = this.themed;
    const data = this.figure.data.map((trace, i) => ({ ...trace, ...styles[i] }));
    layout.width = width;
    layout.height = height;
    layout.datarevision = ++this.draws;
    this.whole = false;
    this.parts = null;
    clearTimeout(this.rest);
    this.shown = this.figure.data.map((trace) => ({ ...trace }));
    await this.engine.react(this.plot, data, layout, CONFIG);
    if (!this.drawn) this.first();
  }

  // Draw only what changed since the last draw; false where that needs a whole draw.
  step() {
    if (!this.drawn) return false;
    /** @type {Map<number, string[]>} trace -> names of the arrays that are new */
    const changes = new Map();
    for (const [i, trace] of this.figure.data.entries()) {
      const before = this.shown[i];
      const changed = MOVING.filter((key) => trace[key] !== before[key]);
      if (changed.length && trace.type !== "scatter") return false;
      if (changed.length) changes.set(i, changed);
    }
    if (!fits(this.plot._fullLayout, this.figure.data)) return false;
    if (changes.size && !this.slide(changes)) return false;
    this.stale = false;
    if (!changes.size) return true;
    this.legend.refresh(this.figure.data);
    this.shown = this.figure.data.map((trace) => ({ ...trace }));
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.redraw(), REST);
    return true;
  }

  /**
   * Move what is drawn without Plotly; false where a change needs more than that.
   * @param {Map<number, string[]>} changes
   */
  slide(changes) {
    const { data, _fullData: full, _fullLayout: layout } = this.plot;
    this.parts ??= elements(this.plot);
    const todo = [];
    for (const i of changes.keys()) {
      if (this.figure.data[i].visible === false) continue;
      const parts = this.parts.get(i);
      const more = parts && moves(layout, full[i], this.figure.data[i], parts);
      if (!more) return false;
      todo.push(...more);
    }
    for (const act of todo) act();
    for (const [i, changed] of changes)
      for (const key of changed) data[i][key] = full[i][key] = this.figure.data[i][key];
    return true;
  }

  first() {
    this.drawn = true;
    if (this.onPick) this.pickable(this.onPick);
  }

  /**
   * A press inside the axes, and the way of the pointer while it is held, goes out in data coordinates.
   * @param {(x: number, y: number) => void} onPick
   */
  pickable(onPick) {
    const { plot } = this;
    const point = (/** @type {PointerEvent} */ event) => {
      const { xaxis, yaxis } = plot._fullLayout;
      const box = plot.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
      if (x < 0 || y < 0 || x > xaxis._length || y > yaxis._length) return false;
      onPick(xaxis.p2d(x), yaxis.p2d(y));
      return true;
    };
    let held = false;
    plot.classList.add("kd-pickable");
    plot.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      held = event.button === 0 && point(event);
      if (held) plot.setPointerCapture(event.pointerId);
    });
    plot.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => held && point(event));
    const release = () => {
      held = false;
    };
    for (const end of ["pointerup", "pointercancel"]) plot.addEventListener(end, release);
  }

  /** @param {"png" | "svg"} format */
  async image(format) {
    if (!this.drawn) throw new Error(this.labels.not_drawn);
    const paper = this.look().paper;
    const layout = { ...this.plot.layout, paper_bgcolor: paper, plot_bgcolor: paper };
    const { title = "" } = this.figure.layout.meta ?? {};
    layout.title = { text: title, x: 0.02, font: { size: layout.font.size * 1.15 } };
    layout.showlegend = true;
    layout.legend = { orientation: "h", x: 0, y: 1, yanchor: "bottom" };
    layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 40) + 90 };
    layout.height += 90;
    const size = { width: layout.width, height: layout.height };
    return this.engine.toImage({ data: this.plot.data, layout }, { format, ...size, scale: format === "png" ? 2 : 1 });
  }

  close() {
    this.resize.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    if (this.drawn) this.engine.purge(this.plot);
  }
}
