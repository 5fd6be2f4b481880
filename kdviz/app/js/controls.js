// One control per knob: a native slider, a box that takes a typed value, and a reset button; or a list, a switch, a text.
// Positions of a slider run over 0..STEPS; one place further stands for infinity where the knob allows it.
/** @import { Knob, Labels } from "./protocol.js" */
import { focused, h, plain, rich } from "./dom.js";
import { fill } from "./labels.js";

/** @typedef {Knob & {low: number, high: number}} Numeric a knob on a slider */
/** @typedef {(value: any) => void} Changed tells the new value of a knob */
/** @typedef {{el: HTMLElement, show: (next: any) => void, lock: () => void}} Control */

const STEPS = 600;
const ROOM = 24; // slider places between the largest number and infinity

/** @param {number} value */
export const format = (value) => {
  if (value === Number.POSITIVE_INFINITY) return "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential().replace("e+", "e") : String(value);
  return text.replace("-", "−");
};

/** @param {string} text */
export const parse = (text) => {
  const clean = text.trim().replace(/−/g, "-").toLowerCase();
  if (["inf", "infinity", "∞", "oo"].includes(clean)) return Number.POSITIVE_INFINITY;
  const thousands = /^-?[1-9]\d{0,2}(,\d{3})+$/.test(clean);
  return clean === "" ? Number.NaN : Number(clean.replace(/,/g, thousands ? "" : "."));
};

/** @param {Pick<Numeric, "low" | "high" | "log" | "kind" | "infinite"> & {step?: number | null}} knob */
export function scaleOf(knob) {
  const { low, high, log, kind, infinite } = knob;
  const top = STEPS + (infinite ? ROOM : 0);
  const tidy = (/** @type {number} */ value) => {
    const rounded =
      kind === "integer" ? Math.round(value) : log ? Number(value.toPrecision(3)) : Number(value.toFixed(6));
    return Math.min(high, Math.max(low, rounded));
  };
  const step = knob.step ?? (kind === "integer" ? 1 : (high - low) / 100);
  return {
    top,
    /** @param {number} value */
    place(value) {
      if (value === Number.POSITIVE_INFINITY) return top;
      const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
      return Math.round(STEPS * Math.min(1, Math.max(0, part)));
    },
    /** @param {number} place */
    value(place) {
      if (infinite && place > STEPS + ROOM / 2) return Number.POSITIVE_INFINITY;
      const part = Math.min(1, place / STEPS);
      if (log) return tidy(low * (high / low) ** part);
      return tidy(low + Math.round(((high - low) * part) / step) * step);
    },
    /**
     * @param {number} value
     * @param {number} way 1 or -1
     * @param {boolean} big
     */
    nudge(value, way, big) {
      if (value === Number.POSITIVE_INFINITY) return way > 0 ? value : high;
      if (infinite && way > 0 && value >= high) return Number.POSITIVE_INFINITY;
      if (log) {
        const next = tidy(value * 10 ** ((way * (big ? 10 : 1)) / 40));
        return kind === "integer" && next === value ? tidy(value + way) : next;
      }
      return tidy(value + way * step * (big ? 10 : 1));
    },
  };
}

/** @type {Record<string, number>} */
const WAY = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 };

/**
 * @param {Numeric} knob
 * @param {Labels} labels
 * @param {Changed} change
 * @returns {Control}
 */
function numeric(knob, labels, change) {
  const scale = scaleOf(knob);
  const name = plain(knob.label);
  let value = knob.default;
  const range = h("input", {
    type: "range",
    min: 0,
    max: scale.top,
    step: 1,
    class: "kd-range",
    "aria-label": name,
    title: knob.help,
  });
  const box = h("input", {
    type: "text",
    inputmode: "decimal",
    class: "kd-box",
    "aria-label": fill(labels.type_value, { name }),
    autocomplete: "off",
    spellcheck: "false",
    title: fill(labels.bounds, { low: format(knob.low), high: knob.infinite ? "∞" : format(knob.high) }),
  });
  const first = format(knob.default);
  const reset = h(
    "button",
    {
      type: "button",
      class: "kd-reset",
      "aria-label": fill(labels.reset_knob, { name, value: first }),
      title: fill(labels.reset_to, { value: first }),
    },
    "↺",
  );
  const show = (/** @type {number} */ next) => {
    value = next;
    range.value = String(scale.place(next));
    range.setAttribute("aria-valuetext", fill(labels.value_now, { name, value: format(next) }));
    range.style.setProperty("--kd-part", `${(100 * scale.place(next)) / scale.top}%`);
    box.value = format(next);
    reset.classList.toggle("kd-idle", next === knob.default);
  };
  const commit = (/** @type {number} */ next) => {
    show(next);
    change(next);
  };
  range.addEventListener("input", () => commit(scale.value(Number(range.value))));
  range.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    const [home, end] = [knob.low, knob.infinite ? Number.POSITIVE_INFINITY : knob.high];
    if (key === "Home" || key === "End") commit(key === "Home" ? home : end);
    else if (WAY[key]) commit(scale.nudge(value, WAY[key], key.startsWith("Page") || shiftKey));
    else return;
    event.preventDefault();
  });
  const read = () => {
    const next = parse(box.value);
    if (!Number.isNaN(next) && next !== value) {
      value = next;
      change(next); // out of bounds: the kernel clamps, says so, and the answer sets the box
    }
    box.value = format(value);
  };
  box.addEventListener("change", read);
  box.addEventListener("keydown", (event) => event.key === "Enter" && read());
  box.addEventListener("focus", () => box.select());
  reset.addEventListener("click", () => commit(knob.default));
  const lock = () => {
    for (const part of [range, box, reset]) part.disabled = true;
  };
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), box, reset),
    range,
  );
  const typing = () => focused(box) && box.value !== format(value);
  return { el, show: (next) => typing() || show(next), lock };
}

/**
 * @param {Knob} knob
 * @param {Labels} _labels
 * @param {Changed} change
 * @returns {Control}
 */
function chooser(knob, _labels, change) {
  const options = knob.options.map(([value, text]) => h("option", { value }, text));
  const select = h("select", { title: knob.help, "aria-label": plain(knob.label) }, ...options);
  select.addEventListener("change", () => change(select.value));
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), select),
  );
  const show = (/** @type {string} */ next) => {
    select.value = next;
  };
  const lock = () => {
    select.disabled = true;
  };
  return { el, show, lock };
}

/**
 * @param {Knob} knob
 * @param {Labels} _labels
 * @param {Changed} change
 * @returns {Control}
 */
function toggle(knob, _labels, change) {
  const box = h("input", { type: "checkbox", title: knob.help });
  box.addEventListener("change", () => change(box.checked));
  const el = h(
    "div",
    { class: "kd-control kd-toggle", "data-key": knob.key },
    h("label", { title: knob.help }, box, h("span", {}, rich(knob.label))),
  );
  const show = (/** @type {boolean} */ next) => {
    box.checked = next;
  };
  const lock = () => {
    box.disabled = true;
  };
  return { el, show, lock };
}

/**
 * @param {Knob} knob
 * @param {Labels} labels
 * @param {Changed} change
 * @returns {Control}
 */
function typed(knob, labels, change) {
  const box = h("input", {
    type: "text",
    class: "kd-text",
    maxlength: 400,
    title: knob.help,
    "aria-label": plain(knob.label),
    spellcheck: "false",
    placeholder: labels.typed_example,
  });
  box.addEventListener("change", () => change(box.value.replace(/−/g, "-")));
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), box),
  );
  const show = (/** @type {string} */ next) => {
    if (!focused(box)) box.value = next;
  };
  const lock = () => {
    box.disabled = true;
  };
  return { el, show, lock };
}

const KINDS = { number: numeric, integer: numeric, choice: chooser, toggle, text: typed };

/**
 * @param {Knob} knob
 * @param {Labels} labels
 * @param {Changed} change
 */
export const control = (knob, labels, change) => KINDS[knob.kind](/** @type {Numeric} */ (knob), labels, change);
