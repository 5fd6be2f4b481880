// A whole page from one spec: header, controls, charts, verdict, formula, tasks. All state comes from the kernel in frames;
// the hand on a control sends the newest values only, because the widget model merges what waits for an answer.
import { h, rich, download, fold } from "./dom.js";
import { plotly } from "./assets.js";
import { Chart } from "./chart.js";
import { Store } from "./frames.js";
import { control } from "./controls.js";
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
import { lookOf, themeOf } from "./look.js";
import { runBar } from "./run.js";

const stores = new Map();
const SILENCE = 6000; // ms without an answer after which the page says so
const SILENT =
  "The computation has not answered for a while. If this stays, reload the page: your settings are kept in the link.";

const readState = (state) =>
  Object.fromEntries(Object.entries(state).map(([key, value]) => [key, value === "inf" ? Infinity : value]));

export function initialize({ model }) {
  const store = new Store(model.get("start"));
  stores.set(model.get("token"), store);
  store.replies = new Set();
  model.on("msg:custom", (message, buffers) => {
    if (message.kind === "frame") store.take(message, buffers) || model.send({ kind: "hello", version: -1 });
    else for (const reply of store.replies) reply(message);
  });
  model.send({ kind: "hello", version: store.version });
  return () => stores.delete(model.get("token"));
}

export function render({ model, el }) {
  const spec = model.get("spec");
  const store = stores.get(model.get("token"));
  const root = h("article", { class: "kd", lang: "en", "data-lm-suppress-shortcuts": "true" }); // JupyterLab must not take our keys
  const theme = themeOf(root, spec.theme, () => charts.forEach((chart) => chart.restyle()));
  let projector = spec.mode === "projector";
  root.classList.toggle("kd-projector", projector);
  let sent = store.texts.seq;
  const open = new Map(); // changes on their way: key -> [value, number of the step]
  let silence = 0;

  const [alert, broken] = [alertBox(), alertBox()]; // of this state; of the page, which stays
  plotly().catch((error) => broken.say(error.message)); // starts the download while the page is built
  const notes = h("ul", { class: "kd-notes", role: "status" });
  const shell = () => ({
    hide: spec.hide.join(","),
    lock: spec.lock.join(","),
    theme: theme.asked(),
    mode: projector ? "projector" : "",
  });
  const follow = followAddress(() => page.address());

  // Every message holds all changes that are not answered yet, so one that is merged away loses nothing.
  function send(change) {
    sent += 1;
    if ("preset" in change) open.clear(); // a preset sets everything
    for (const [key, value] of Object.entries(change)) open.set(key, [value === Infinity ? "inf" : value, sent]);
    model.set("values", { ...Object.fromEntries([...open].map(([key, [value]]) => [key, value])), seq: sent });
    model.save_changes();
    clearTimeout(silence);
    silence = setTimeout(() => alert.say(SILENT), SILENCE);
  }

  const page = {
    address: () => address(spec, store.texts.link, shell()),
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
      charts.forEach((chart) => chart.restyle());
      follow();
      return projector;
    },
    want: (what) => model.send({ kind: "want", what }),
    preset: (name) => send({ preset: name }),
    images: (format) =>
      charts.forEach((chart, i) =>
        saveImage(chart, format, `kdviz-${spec.slug}-${i + 1}`).catch((error) => alert.say(error.message)),
      ),
  };

  const controls = spec.knobs.map((knob) => {
    const item = control({ ...knob, default: knob.default === "inf" ? Infinity : knob.default }, (value) =>
      send({ [knob.key]: value }),
    );
    if (spec.lock.includes(knob.key)) item.lock();
    item.el.hidden = spec.hide.includes(knob.key);
    return { ...item, key: knob.key, kind: knob.kind, main: knob.main };
  });
  const look = () => lookOf(root, theme.dark() ? spec.dark : null, projector ? 1.35 : 1);
  const charts = store.figures.map(
    (figure, i) => new Chart(figure, look, spec.picks.includes(i) ? (x, y) => send({ pick: [i, x, y] }) : null),
  );
  const [verdict, gauges, formula, table] = [verdictPanel(), gaugePanel(), formulaPanel(), tablePanel(page.want)];
  let wanted = ""; // of the run: waits until the settings it is to start with have arrived
  const act = (what) => {
    wanted = what;
    if (!open.size) ask();
  };
  const ask = () => {
    if (wanted) model.send({ kind: "run", do: wanted });
    wanted = "";
  };
  const run = spec.live && runBar(spec.live, act);
  const board = h("div", { class: `kd-charts kd-charts-${charts.length}` }, ...charts.map((chart) => chart.el));
  const switches = controls.filter((item) => !item.main && item.kind === "toggle");
  const more = controls.filter((item) => !item.main && item.kind !== "toggle");

  root.append(
    header(spec, page),
    h("p", { class: "kd-goal" }, rich(spec.goal)),
    broken.el,
    alert.el,
    h(
      "section",
      { class: "kd-controls", "aria-label": "Controls" },
      ...controls.filter((item) => item.main).map((item) => item.el),
    ),
    h(
      "div",
      { class: "kd-folds" },
      spec.predict && predictPanel(spec.predict, (on) => board.classList.toggle("kd-blurred", on)),
      more.length > 0 &&
        fold("More settings", h("div", { class: "kd-controls kd-more" }, ...more.map((item) => item.el))),
      ...switches.map((item) => item.el),
    ),
    notes,
    ...(run ? [run.el] : []),
    board,
    h("section", { class: "kd-result", "aria-label": "What the charts say" }, verdict.el, gauges.el),
    formula.el,
    tasksPanel(spec.tasks),
    readingPanel(spec.reading),
    table.el,
    h("footer", {}, h("p", {}, spec.colophon)),
  );

  function show(touched) {
    const { texts } = store;
    const state = readState(texts.state);
    for (const [key, [, number]] of open) if (number <= texts.seq) open.delete(key);
    for (const item of controls) if (!open.has(item.key)) item.show(state[item.key]);
    if (texts.seq >= sent) clearTimeout(silence);
    verdict.show(texts.verdict);
    gauges.show(texts.gauges);
    formula.show(texts.formula);
    alert.say(texts.alert);
    if (texts.run) run.show(texts.run);
    if (!open.size) ask();
    notes.replaceChildren(...texts.notes.map((note) => h("li", {}, note)));
    charts.forEach((chart, i) => (touched === null || touched.has(i)) && chart.schedule(true));
    table.changed();
  }
  const listener = (_frame, touched) => {
    show(touched);
    follow();
  };
  const reply = (message) => {
    if (message.kind === "table") table.show(message);
    if (message.kind === "file") download(message.name, message.mime, message.text);
    if (message.kind === "failed") alert.say(message.text);
  };
  store.listeners.add(listener);
  store.replies.add(reply);
  el.append(root);
  root.kdviz = { charts, store, send, sent: () => sent }; // for tests and the console
  show(null);
  return () => {
    store.listeners.delete(listener);
    store.replies.delete(reply);
    theme.close();
    clearTimeout(silence);
    charts.forEach((chart) => chart.close());
  };
}
