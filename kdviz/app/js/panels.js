// The parts of a page that are words and numbers: verdict, gauges, formula, prediction, tasks, legend, data table.
import { fold, h, rich, setText } from "./dom.js";
import { temml } from "./assets.js";

const SETTING = 90; // ms between two settings of the formula: nobody reads faster, and the charts need the time

export function mathTo(el, source) {
  temml()
    .then((engine) => engine.render(source, el, { throwOnError: false, annotate: true }))
    .catch(() => setText(el, source));
}

export function alertBox() {
  const el = h("div", { class: "kd-alert", role: "alert", hidden: true });
  const say = (text) => {
    el.hidden = !text;
    setText(el, text);
  };
  return { el, say };
}

export function verdictPanel() {
  const text = h("p", { class: "kd-verdict", role: "status", "aria-live": "off" });
  let timer = 0;
  const spoken = h("span", { class: "kd-spoken", "aria-live": "polite" });
  const show = (verdict) => {
    setText(text, verdict);
    text.classList.toggle("kd-long", verdict.length > 260); // a projected page must not scroll
    clearTimeout(timer); // spoken only when the hand rests
    timer = setTimeout(() => setText(spoken, verdict), 700);
  };
  return { el: h("div", {}, text, spoken), show };
}

export function gaugePanel() {
  const el = h("div", { class: "kd-gauges" });
  let rows = [];
  const build = (gauges) => {
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
  const show = (gauges) => {
    if (rows.length !== gauges.length || rows.some((row, i) => row.label !== gauges[i][0])) build(gauges);
    gauges.forEach(([, value, low, high, , text], i) => {
      const { bar, zero, number } = rows[i];
      const part = (x) => 100 * Math.min(1, Math.max(0, (x - low) / (high - low))) || 0;
      const from = part(Math.min(Math.max(0, low), high));
      const to = value === null ? from : part(value);
      bar.style.left = `${Math.min(from, to)}%`;
      bar.style.width = `${Math.max(Math.abs(to - from), value === null ? 0 : 0.8)}%`;
      zero.style.left = `${from}%`;
      setText(number, text);
    });
  };
  return { el, show };
}

export function formulaPanel() {
  const math = h("div", { class: "kd-math" });
  let shown = "";
  let timer = 0;
  const show = (source) => {
    if (source === shown) return;
    shown = source;
    timer ||= setTimeout(() => {
      timer = 0;
      mathTo(math, shown);
    }, SETTING);
  };
  return {
    el: h("div", { class: "kd-formula", role: "group", "aria-label": "The formula with the numbers on screen" }, math),
    show,
  };
}

export function predictPanel(predict, blur) {
  const said = h("p", { class: "kd-said", role: "status" });
  const buttons = predict.options.map((option, i) =>
    h("button", { type: "button", class: "kd-option", onclick: () => choose(i) }, rich(option)),
  );
  const el = fold(
    "Predict first",
    h("p", {}, rich(predict.question)),
    h("div", { class: "kd-options" }, ...buttons),
    said,
  );
  el.classList.add("kd-predict");
  let answered = false;
  const choose = (i) => {
    answered = true;
    blur(false);
    buttons.forEach((button, j) => {
      button.setAttribute("aria-pressed", i === j);
      button.classList.toggle("kd-right", j === predict.answer);
      button.classList.toggle("kd-wrong", j === i && j !== predict.answer);
    });
    said.replaceChildren(h("b", {}, i === predict.answer ? "Right. " : "Not quite. "), rich(predict.why));
  };
  el.addEventListener("toggle", () => blur(el.open && !answered));
  return el;
}

export function tasksPanel(tasks) {
  const items = tasks.map(({ question, answer }) =>
    h("li", {}, h("p", {}, rich(question)), fold("Answer", h("p", {}, rich(answer)))),
  );
  return h("section", { class: "kd-tasks" }, h("h2", {}, "Try it"), h("ol", {}, ...items));
}

export function readingPanel(entries) {
  const list = h("dl", {}, ...entries.flatMap(([term, text]) => [h("dt", {}, rich(term)), h("dd", {}, rich(text))]));
  return fold("How to read this page", list);
}

// Six digits are read, the CSV has them all.
const shown = (cell) =>
  typeof cell === "number" ? String(Number(cell.toPrecision(6))).replace("-", "−") : String(cell ?? "");

export function tablePanel(want) {
  const place = h("div", { class: "kd-scroll", tabindex: "0", role: "region", "aria-label": "Data table" });
  const el = fold("The numbers behind the charts", place);
  let timer = 0;
  const ask = () => el.open && want("table");
  el.addEventListener("toggle", ask);
  const show = ({ header, rows }) =>
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
