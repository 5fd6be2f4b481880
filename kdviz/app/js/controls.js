// One control per knob: a native slider, a box that takes a typed value, and a reset button; or a list, a switch, a text.
// Positions of a slider run over 0..STEPS; one place further stands for infinity where the knob allows it.
import { h, plain, rich } from "./dom.js";

const STEPS = 600;
const ROOM = 24; // slider places between the largest number and infinity

export const format = (value) => {
  if (value === Infinity) return "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential().replace("e+", "e") : String(value);
  return text.replace("-", "−");
};

export const parse = (text) => {
  const clean = text.trim().replace(/−/g, "-").toLowerCase();
  if (["inf", "infinity", "∞", "oo"].includes(clean)) return Infinity;
  const thousands = /^-?[1-9]\d{0,2}(,\d{3})+$/.test(clean);
  return clean === "" ? NaN : Number(clean.replace(/,/g, thousands ? "" : "."));
};

export function scaleOf(knob) {
  const { low, high, log, kind, infinite } = knob;
  const top = STEPS + (infinite ? ROOM : 0);
  const tidy = (value) => {
    const rounded =
      kind === "integer" ? Math.round(value) : log ? Number(value.toPrecision(3)) : Number(value.toFixed(6));
    return Math.min(high, Math.max(low, rounded));
  };
  const step = knob.step ?? (kind === "integer" ? 1 : (high - low) / 100);
  return {
    top,
    place(value) {
      if (value === Infinity) return top;
      const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
      return Math.round(STEPS * Math.min(1, Math.max(0, part)));
    },
    value(place) {
      if (infinite && place > STEPS + ROOM / 2) return Infinity;
      const part = Math.min(1, place / STEPS);
      if (log) return tidy(low * (high / low) ** part);
      return tidy(low + Math.round(((high - low) * part) / step) * step);
    },
    nudge(value, way, big) {
      if (value === Infinity) return way > 0 ? Infinity : high;
      if (infinite && way > 0 && value >= high) return Infinity;
      if (log) {
        const next = tidy(value * 10 ** ((way * (big ? 10 : 1)) / 40));
        return kind === "integer" && next === value ? tidy(value + way) : next;
      }
      return tidy(value + way * step * (big ? 10 : 1));
    },
  };
}

function numeric(knob, change) {
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
    "aria-label": `${name}: type a value`,
    autocomplete: "off",
    spellcheck: "false",
    title: `${format(knob.low)} to ${knob.infinite ? "∞" : format(knob.high)}`,
  });
  const reset = h(
    "button",
    {
      type: "button",
      class: "kd-reset",
      "aria-label": `Reset ${name} to ${format(knob.default)}`,
      title: `Reset to ${format(knob.default)}`,
    },
    "↺",
  );
  const show = (next, typing = false) => {
    value = next;
    range.value = scale.place(next);
    range.setAttribute("aria-valuetext", `${name} = ${format(next)}`);
    range.style.setProperty("--kd-part", `${(100 * scale.place(next)) / scale.top}%`);
    if (!typing) box.value = format(next);
    reset.classList.toggle("kd-idle", next === knob.default);
  };
  const commit = (next) => {
    show(next);
    change(next);
  };
  range.addEventListener("input", () => commit(scale.value(Number(range.value))));
  range.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, PageUp: 1, ArrowLeft: -1, ArrowDown: -1, PageDown: -1 }[event.key];
    const edge = { Home: knob.low, End: knob.infinite ? Infinity : knob.high }[event.key];
    if (!way && edge === undefined) return;
    event.preventDefault();
    commit(edge ?? scale.nudge(value, way, event.key.startsWith("Page") || event.shiftKey));
  });
  const typed = () => {
    const next = parse(box.value);
    if (!Number.isNaN(next) && next !== value) {
      value = next;
      change(next); // out of bounds: the kernel clamps, says so, and the answer sets the box
    }
    box.value = format(value);
  };
  box.addEventListener("change", typed);
  box.addEventListener("keydown", (event) => event.key === "Enter" && typed());
  box.addEventListener("focus", () => box.select());
  reset.addEventListener("click", () => commit(knob.default));
  const lock = () => [range, box, reset].forEach((el) => (el.disabled = true));
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), box, reset),
    range,
  );
  return { el, show: (next) => !(document.activeElement === box && box.value !== format(value)) && show(next), lock };
}

function chooser(knob, change) {
  const options = knob.options.map(([value, text]) => h("option", { value }, text));
  const select = h("select", { title: knob.help, "aria-label": plain(knob.label) }, ...options);
  select.addEventListener("change", () => change(select.value));
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), select),
  );
  return { el, show: (next) => (select.value = next), lock: () => (select.disabled = true) };
}

function toggle(knob, change) {
  const box = h("input", { type: "checkbox", title: knob.help });
  box.addEventListener("change", () => change(box.checked));
  const el = h(
    "div",
    { class: "kd-control kd-toggle", "data-key": knob.key },
    h("label", { title: knob.help }, box, h("span", {}, rich(knob.label))),
  );
  return { el, show: (next) => (box.checked = next), lock: () => (box.disabled = true) };
}

function typing(knob, change) {
  const box = h("input", {
    type: "text",
    class: "kd-text",
    maxlength: 400,
    title: knob.help,
    "aria-label": plain(knob.label),
    spellcheck: "false",
    placeholder: "2, 0, −1, 3",
  });
  box.addEventListener("change", () => change(box.value.replace(/−/g, "-")));
  const el = h(
    "div",
    { class: "kd-control", "data-key": knob.key },
    h("label", { title: knob.help }, h("span", {}, rich(knob.label)), box),
  );
  return {
    el,
    show: (next) => document.activeElement !== box && (box.value = next),
    lock: () => (box.disabled = true),
  };
}

export const control = (knob, change) =>
  ({ number: numeric, integer: numeric, choice: chooser, toggle, text: typing })[knob.kind](knob, change);
