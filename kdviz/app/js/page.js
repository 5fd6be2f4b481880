// A whole page from one spec: header, controls, charts, verdict, formula, tasks. All state comes from the kernel in frames.
/** @import { Libraries, Model, Reply, Spec, Texts } from "./protocol.js" */
import { Chart } from "./chart.js";
import { connect, disconnect } from "./connection.js";
import { control } from "./controls.js";
import { download, fold, h, rich } from "./dom.js";
import { lookOf, themeOf } from "./look.js";
import { address, followAddress, header, saveImage } from "./menu.js";
import {
  alertBox,
  formulaPanel,
  gaugePanel,
  predictPanel,
  readingPanel,
  tablePanel,
  tasksPanel,
  verdictPanel,
} from "./panels.js";
import { runBar } from "./run.js";
import { Waiting } from "./waiting.js";

const SILENCE = 6000; // ms without an answer after which the page says so

/** @param {Texts["state"]} state */
const readState = (state) =>
  Object.fromEntries(
    Object.entries(state).map(([key, value]) => [key, value === "inf" ? Number.POSITIVE_INFINITY : value]),
  );

/** @param {{model: Model}} context */
export const initialize = ({ model }) => connect(model);
/** @param {{model: Model}} context */
export const close = ({ model }) => disconnect(model);

/** @param {{model: Model, el: HTMLElement, libraries: Libraries}} context */
export function render({ model, el, libraries }) {
  /** @type {Spec} */
  const spec = model.get("spec");
  const { labels } = spec;
  const connection = connect(model);
  const { store, sender, replies } = connection;
  const root = h("article", { class: "kd", lang: "en", "data-lm-suppress-shortcuts": "true" }); // JupyterLab must not take our keys
  const restyle = () => {
    for (const chart of charts) chart.restyle();
  };
  const theme = themeOf(root, spec.theme, restyle);
  let projector = spec.mode === "projector";
  root.classList.toggle("kd-projector", projector);
  let silence = 0;
  const expect = () => {
    clearTimeout(silence);
    silence = setTimeout(() => alert.say(labels.silent), SILENCE);
  };

  const [alert, broken] = [alertBox(), alertBox()]; // of this state; of the page, which stays
  libraries.plotly().catch((error) => broken.say(error.message)); // starts the download while the page is built
  const notes = h("ul", { class: "kd-notes", role: "status" });
  const shell = () => ({
    hide: spec.hide.join(","),
    lock: spec.lock.join(","),
    theme: theme.asked(),
    mode: projector ? "projector" : "",
  });
  const follow = followAddress(() => page.address());

  /** @param {Record<string, any>} change */
  function send(change) {
    sender.change(change);
    if (!(connection.model instanceof Waiting && !connection.model.model)) expect();
  }

  const page = {
    address: () => address(store.texts.link, shell()),
    carried: () => {
      const query = new URLSearchParams();
      if (theme.asked()) query.set("theme", theme.asked());
      if (projector) query.set("mode", "projector");
      return query.size ? `?${query}` : "";
    },
    dark: () => theme.dark(),
    flipTheme: () => {
      theme.flip();
      follow();
      return theme.dark();
    },
    projecting: () => projector,
    flipProjector: () => {
      projector = !projector;
      root.classList.toggle("kd-projector", projector);
      restyle();
      follow();
      return projector;
    },
    want: (/** @type {string} */ what) => connection.send({ kind: "want", what }),
    preset: (/** @type {string} */ name) => send({ preset: name }),
    images: (/** @type {"png" | "svg"} */ format) => {
      for (const [i, chart] of charts.entries()) {
        const saved = saveImage(chart, format, `kdviz-${spec.slug}-${i + 1}`);
        saved.catch((error) => alert.say(error.message));
      }
    },
  };

  const controls = spec.knobs.map((knob) => {
    const given = { ...knob, default: knob.default === "inf" ? Number.POSITIVE_INFINITY : knob.default };
    const item = control(given, labels, (value) => send({ [knob.key]: value }));
    if (spec.lock.includes(knob.key)) item.lock();
    item.el.hidden = spec.hide.includes(knob.key);
    return { ...item, key: knob.key, kind: knob.kind, main: knob.main };
  });
  const look = () => lookOf(root, theme.dark() ? spec.dark : null, projector ? 1.35 : 1);
  const charts = store.figures.map((figure, i) => {
    const pick = (/** @type {number} */ x, /** @type {number} */ y) => send({ pick: [i, x, y] });
    return new Chart(figure, { look, labels, plotly: libraries.plotly }, spec.picks.includes(i) ? pick : null);
  });
  const [verdict, gauges] = [verdictPanel(), gaugePanel()];
  const [formula, table] = [formulaPanel(labels, libraries.temml), tablePanel(labels, page.want)];
  let wanted = ""; // of the run: waits until the settings it is to start with have arrived
  const ask = () => {
    if (wanted) connection.send({ kind: "run", do: wanted });
    wanted = "";
  };
  const act = (/** @type {string} */ what) => {
    wanted = what;
    if (!sender.open.size) ask();
  };
  const run = spec.live && runBar(spec.live, labels, act);
  const board = h("div", { class: `kd-charts kd-charts-${charts.length}` }, ...charts.map((chart) => chart.el));
  const main = controls.filter((item) => item.main).map((item) => item.el);
  const switches = controls.filter((item) => !item.main && item.kind === "toggle").map((item) => item.el);
  const more = controls.filter((item) => !item.main && item.kind !== "toggle").map((item) => item.el);
  const blur = (/** @type {boolean} */ on) => board.classList.toggle("kd-blurred", on);

  root.append(
    header(spec, page),
    h("p", { class: "kd-goal" }, rich(spec.goal)),
    broken.el,
    alert.el,
    h("section", { class: "kd-controls", "aria-label": labels.controls }, ...main),
    h(
      "div",
      { class: "kd-folds" },
      spec.predict && predictPanel(spec.predict, labels, blur),
      more.length > 0 && fold(labels.more_settings, h("div", { class: "kd-controls kd-more" }, ...more)),
      ...switches,
    ),
    notes,
    ...(run ? [run.el] : []),
    board,
    h("section", { class: "kd-result", "aria-label": labels.result }, verdict.el, gauges.el),
    formula.el,
    tasksPanel(spec.tasks, labels),
    readingPanel(spec.reading, labels),
    table.el,
    h("footer", {}, h("p", {}, spec.colophon)),
  );

  /** @param {Set<number> | null} touched charts, null for all */
  function show(touched) {
    const { texts } = store;
    const state = readState(texts.state);
    for (const item of controls) if (!sender.open.has(item.key)) item.show(state[item.key]);
    if (texts.seq >= sender.sent) clearTimeout(silence);
    verdict.show(texts.verdict);
    gauges.show(texts.gauges);
    formula.show(texts.formula);
    alert.say(texts.alert);
    if (texts.run) run?.show(texts.run);
    if (!sender.open.size) ask();
    notes.replaceChildren(...texts.notes.map((note) => h("li", {}, note)));
    for (const [i, chart] of charts.entries()) if (touched === null || touched.has(i)) chart.schedule(true);
    table.changed();
  }
  /** @param {Set<number>} touched */
  const listener = (touched) => {
    show(touched);
    follow();
  };
  const reply = (/** @type {Reply} */ message) => {
    if (message.kind === "table") table.show(message);
    if (message.kind === "file") download(message.name, message.mime, message.text);
    if (message.kind === "failed") alert.say(message.text);
  };
  store.listeners.add(listener);
  replies.add(reply);
  connection.greeted.add(expect);
  el.append(root);
  Object.assign(root, { kdviz: { charts, store, send, sent: () => sender.sent, sender } }); // for tests and the console
  show(null);
  return () => {
    store.listeners.delete(listener);
    replies.delete(reply);
    connection.greeted.delete(expect);
    theme.close();
    clearTimeout(silence);
    for (const chart of charts) chart.close();
  };
}
