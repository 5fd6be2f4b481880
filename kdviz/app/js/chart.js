// One chart: a Plotly figure whose arrays may be replaced at any time. Only the newest state is drawn, once per frame,
// and only while the chart has a size (one that is created hidden draws itself when it is shown).
import { h } from "./dom.js";
import { plotly } from "./assets.js";
import { Legend } from "./legend.js";
import { elements, moves } from "./slide.js";
import { themed } from "./themed.js";

let busy = 0; // time of the frame in which some chart was drawn whole: the others wait for the next ones
const REST = 250; // ms without a new state after which Plotly draws it whole: axes fitted, places to hover known
const MOVING = ["x", "y", "z", "text", "customdata"];
const CONFIG = { displayModeBar: false, responsive: false, scrollZoom: false, doubleClick: "reset" };

export class Chart {
  constructor(figure, look, onPick = null) {
    this.figure = figure; // {data, layout}: data holds typed arrays and is patched in place
    this.look = look; // () => {dark: {light: dark} | null, ink, paper, grid, font, scale}
    this.onPick = onPick;
    this.frame = 0;
    this.drawn = false;
    this.stale = true;
    this.draws = 0;
    const { title = "", alt = "" } = figure.layout.meta ?? {};
    this.plot = h("div", { class: "kd-plot" });
    this.legend = new Legend((trace) => this.toggle(trace));
    this.el = h(
      "figure",
      { class: "kd-chart", role: "group", "aria-label": `${title}. ${alt}` },
      h("figcaption", {}, title),
      this.legend.el,
      this.plot,
    );
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

  async draw(now = NaN) {
    const Plotly = window.Plotly ?? (await plotly().catch(() => null)); // page.js says so when it cannot be had
    this.frame = 0;
    if (!Plotly) return;
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
    await Plotly.react(this.plot, data, layout, CONFIG);
    if (!this.drawn) this.first();
  }

  // Draw only what changed since the last draw; false where that needs a whole draw.
  step() {
    if (!this.drawn) return false;
    const changes = new Map(); // trace -> names of the arrays that are new
    for (const [i, trace] of this.figure.data.entries()) {
      const before = this.shown[i];
      const changed = MOVING.filter((key) => trace[key] !== before[key]);
      if (changed.length && trace.type !== "scatter") return false;
      if (changed.length) changes.set(i, changed);
    }
    if (!this.fits()) return false;
    if (changes.size && !this.slide(changes)) return false;
    this.stale = false;
    if (!changes.size) return true;
    this.legend.refresh(this.figure.data);
    this.shown = this.figure.data.map((trace) => ({ ...trace }));
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.redraw(), REST);
    return true;
  }

  // Move what is drawn without Plotly; false where a change needs more than that.
  slide(changes) {
    const { data, _fullData: full, _fullLayout: layout } = this.plot;
    this.parts ??= elements(this.plot);
    const todo = [];
    for (const i of changes.keys()) {
      if (this.figure.data[i].visible === false) continue;
      const more = this.parts.has(i) && moves(layout, full[i], this.figure.data[i], this.parts.get(i));
      if (!more) return false;
      todo.push(...more);
    }
    for (const act of todo) act();
    for (const [i, changed] of changes)
      for (const key of changed) data[i][key] = full[i][key] = this.figure.data[i][key];
    return true;
  }

  // Whether the axes that follow the data still suit it: all of it inside, over at least half of their length.
  fits() {
    const layout = this.plot._fullLayout;
    const free = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key) && layout[key].autorange);
    return free.every((key) => {
      const axis = layout[key];
      if (axis.type !== "linear") return false;
      const id = key.replace("axis", "");
      let [low, high] = [Infinity, -Infinity];
      for (const trace of this.figure.data) {
        if (trace.visible === false || (trace[`${id[0]}axis`] ?? id[0]) !== id) continue;
        for (const value of trace[id[0]] ?? []) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
      }
      const [from, to] = [...axis.range].sort((a, b) => a - b);
      return low >= from && high <= to && high - low >= (to - from) / 2;
    });
  }

  first() {
    this.drawn = true;
    if (this.onPick) this.pickable();
  }

  // A press inside the axes, and the way of the pointer while it is held, goes out in data coordinates.
  pickable() {
    const point = (event) => {
      const { xaxis, yaxis } = this.plot._fullLayout;
      const box = this.plot.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left - xaxis._offset, event.clientY - box.top - yaxis._offset];
      if (x < 0 || y < 0 || x > xaxis._length || y > yaxis._length) return false;
      this.onPick(xaxis.p2d(x), yaxis.p2d(y));
      return true;
    };
    let held = false;
    this.plot.classList.add("kd-pickable");
    this.plot.addEventListener("pointerdown", (event) => {
      held = event.button === 0 && point(event);
      if (held) this.plot.setPointerCapture(event.pointerId);
    });
    this.plot.addEventListener("pointermove", (event) => held && point(event));
    for (const end of ["pointerup", "pointercancel"]) this.plot.addEventListener(end, () => (held = false));
  }

  async image(format) {
    if (!this.drawn) throw new Error("This chart is not drawn yet; try again in a moment.");
    const Plotly = await plotly();
    const paper = this.look().paper;
    const layout = { ...this.plot.layout, paper_bgcolor: paper, plot_bgcolor: paper };
    const { title = "" } = this.figure.layout.meta ?? {};
    layout.title = { text: title, x: 0.02, font: { size: layout.font.size * 1.15 } };
    layout.showlegend = true;
    layout.legend = { orientation: "h", x: 0, y: 1, yanchor: "bottom" };
    layout.margin = { ...layout.margin, t: (layout.margin?.t ?? 40) + 90 };
    layout.height += 90;
    const size = { width: layout.width, height: layout.height };
    return Plotly.toImage({ data: this.plot.data, layout }, { format, ...size, scale: format === "png" ? 2 : 1 });
  }

  close() {
    this.resize.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    if (this.drawn) window.Plotly.purge(this.plot);
  }
}
