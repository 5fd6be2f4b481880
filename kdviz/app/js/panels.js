// The parts of a page that are words and numbers: verdict, gauges, formula, prediction, tasks, legend, data table.
/** @import { Gauge, Labels, Predict, Table } from "./protocol.js" */
import { fold, h, rich, setText } from "./dom.js";

const SETTING = 90; // ms between two settings of the formula: nobody reads faster, and the charts need the time

export function alertBox() {
  const el = h("div", { class: "kd-alert", role: "alert", hidden: true });
  const say = (/** @type {string} */ text) => {
    el.hidden = !text;
    setText(el, text);
  };
  return { el, say };
}

export function verdictPanel() {
  const text = h("p", { class: "kd-verdict", role: "status", "aria-live": "off" });
  let timer = 0;
  const spoken = h("span", { class: "kd-spoken", "aria-live": "polite" });
  const show = (/** @type {string} */ verdict) => {
    setText(text, verdict);
    text.classList.toggle("kd-long", verdict.length > 260); // a projected page must not scroll
    clearTimeout(timer); // spoken only when the hand rests
    timer = setTimeout(() => setText(spoken, verdict), 700);
  };
  return { el: h("div", {}, text, spoken), show };
}

export function gaugePanel() {
  const el = h("div", { class: "kd-gauges" });
  /** @type {{row: HTMLElement, bar: HTMLElement, zero: HTMLElement, number: HTMLElement, label: string}[]} */
  let rows = [];
  const build = (/** @type {Gauge[]} */ gauges) => {
    rows = gauges.map(([label, , , , role]) => {
      const bar = h("i");
      const zero = h("b");
      const number = h("output");
      const row = h(
        "div",
        { class: "kd-gauge", "data-role": role },
        h("span", {}, rich(label)),
        h("span", { class: "kd-bar", "aria-hidden": "true" }, zero, bar),
        number,
      );
      return { row, bar, zero, number, label };
    });
    el.replaceChildren(...rows.map((item) => item.row));
  };
  const show = (/** @type {Gauge[]} */ gauges) => {
    if (rows.length !== gauges.length || rows.some((row, i) => row.label !== gauges[i][0])) build(gauges);
    for (const [i, [, value, low, high, , text]] of gauges.entries()) {
      const { bar, zero, number } = rows[i];
      const part = (/** @type {number} */ x) => 100 * Math.min(1, Math.max(0, (x - low) / (high - low))) || 0;
      const from = part(Math.min(Math.max(0, low), high));
      const to = value === null ? from : part(value);
      bar.style.left = `${Math.min(from, to)}%`;
      bar.style.width = `${Math.max(Math.abs(to - from), value === null ? 0 : 0.8)}%`;
      zero.style.left = `${from}%`;
      setText(number, text);
    }
  };
  return { el, show };
}

/**
 * @param {Labels} labels
 * @param {() => Promise<any>} temml
 */
export function formulaPanel(labels, temml) {
  const math = h("div", { class: "kd-math" });
  let shown = "";
  let timer = 0;
  const set = async () => {
    timer = 0;
    try {
      (await temml()).render(shown, math, { throwOnError: false, annotate: true });
    } catch {
      setText(math, shown);
    }
  };
  const show = (/** @type {string} */ source) => {
    if (source === shown) return;
    shown = source;
    if (!timer) timer = setTimeout(set, SETTING);
  };
  return { el: h("div", { class: "kd-formula", role: "group", "aria-label": labels.formula }, math), show };
}

/**
 * @param {Predict} predict
 * @param {Labels} labels
 * @param {(on: boolean) => void} blur
 */
export function predictPanel(predict, labels, blur) {
  const said = h("p", { class: "kd-said", role: "status" });
  const buttons = predict.options.map((option, i) =>
    h("button", { type: "button", class: "kd-option", onclick: () => choose(i) }, rich(option)),
  );
  const el = fold(
    labels.predict,
    h("p", {}, rich(predict.question)),
    h("div", { class: "kd-options" }, ...buttons),
    said,
  );
  el.classList.add("kd-predict");
  let answered = false;
  const choose = (/** @type {number} */ i) => {
    answered = true;
    blur(false);
    for (const [j, button] of buttons.entries()) {
      button.setAttribute("aria-pressed", String(i === j));
      button.classList.toggle("kd-right", j === predict.answer);
      button.classList.toggle("kd-wrong", j === i && j !== predict.answer);
    }
    said.replaceChildren(h("b", {}, i === predict.answer ? labels.right : labels.wrong), " ", rich(predict.why));
  };
  el.addEventListener("toggle", () => blur(el.open && !answered));
  return el;
}

/**
 * @param {{question: string, answer: string}[]} tasks
 * @param {Labels} labels
 */
export function tasksPanel(tasks, labels) {
  const items = tasks.map(({ question, answer }) =>
    h("li", {}, h("p", {}, rich(question)), fold(labels.answer, h("p", {}, rich(answer)))),
  );
  return h("section", { class: "kd-tasks" }, h("h2", {}, labels.tasks), h("ol", {}, ...items));
}

/**
 * @param {[string, string][]} entries
 * @param {Labels} labels
 */
export function readingPanel(entries, labels) {
  const list = h("dl", {}, ...entries.flatMap(([term, text]) => [h("dt", {}, rich(term)), h("dd", {}, rich(text))]));
  return fold(labels.reading, list);
}

/**
 * Six digits are read, the CSV has them all.
 * @param {string | number | null} cell
 */
const shown = (cell) =>
  typeof cell === "number" ? String(Number(cell.toPrecision(6))).replace("-", "−") : String(cell ?? "");

/**
 * @param {Labels} labels
 * @param {(what: string) => void} want
 */
export function tablePanel(labels, want) {
  const place = h("div", { class: "kd-scroll", tabindex: "0", role: "region", "aria-label": labels.table });
  const el = fold(labels.numbers, place);
  el.classList.add("kd-needs");
  let timer = 0;
  const ask = () => el.open && want("table");
  el.addEventListener("toggle", ask);
  const show = (/** @type {Table} */ { header, rows }) =>
    place.replaceChildren(
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...header.map((cell) => h("th", { scope: "col" }, rich(cell))))),
        h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", {}, shown(cell)))))),
      ),
    );
  const changed = () => {
    clearTimeout(timer);
    if (el.open) timer = setTimeout(ask, 250);
  };
  return { el, show, changed };
}
