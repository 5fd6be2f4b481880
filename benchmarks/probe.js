// What a Plotly chart has really drawn, and when: works for any page, shadow roots included, without asking the page.
// A state is the geometry of the traces in the SVG; a redraw is a state that differs from the one before.
(() => {
  const charts = []; // {gd, state, touched, t}
  const log = []; // [chart, time, sign of the data] of every redraw
  const waiting = [];
  const observers = [];
  let starts = []; // the signs at `watch`
  let key = 0;
  let move = 0;

  function* graphs(root) {
    for (const el of root.querySelectorAll("*")) {
      if (el.classList?.contains("js-plotly-plot") && el.querySelector("svg.main-svg")) yield el;
      if (el.shadowRoot) yield* graphs(el.shadowRoot);
    }
  }
  const geometry = (gd) => {
    let text = "";
    for (const el of gd.querySelectorAll(".cartesianlayer .trace path, .cartesianlayer .trace text")) text += (el.getAttribute("d") ?? "") + (el.getAttribute("transform") ?? "") + ";";
    return text;
  };
  const sign = (gd) => {
    let [sum, n] = [0, 0]; // one number per set of data: tells a new value from axes that were only fitted anew
    for (const trace of gd._fullData) for (const values of [trace.x, trace.y]) for (const v of values ?? []) if (Number.isFinite(v)) sum += v * (1 + (n++ % 89));
    return sum;
  };
  // A draw may come in several microtasks: it is looked at in the next task, and dated by its last change of the SVG
  const channel = new MessageChannel();
  const dirty = new Set();
  channel.port1.onmessage = () => { dirty.forEach(look); dirty.clear(); };
  const touch = (i) => {
    charts[i].touched = performance.now();
    if (!dirty.size) channel.port2.postMessage(0);
    dirty.add(i);
  };
  const look = (i) => {
    const chart = charts[i];
    const state = geometry(chart.gd);
    if (state === chart.state) return;
    chart.state = state;
    chart.t = chart.touched;
    log.push([i, chart.t, sign(chart.gd)]);
    for (const wait of [...waiting]) wait();
  };
  const watch = () => {
    observers.splice(0).forEach((observer) => observer.disconnect());
    charts.length = log.length = 0;
    for (const gd of graphs(document)) {
      const i = charts.push({ gd, state: geometry(gd), t: 0 }) - 1;
      observers.push(new MutationObserver(() => touch(i)));
      observers.at(-1).observe(gd, { subtree: true, childList: true, attributes: true, attributeFilter: ["d", "transform"] });
    }
    starts = charts.map(({ gd }) => sign(gd));
    return charts.length;
  };

  // ms from the last key to the redraw of every chart, null where a chart did not follow in time
  const step = (patience) =>
    new Promise((resolve) => {
      const told = () => charts.map((chart) => (chart.t > key ? chart.t - key : null));
      const done = () => {
        clearTimeout(timer);
        waiting.splice(waiting.indexOf(check), 1);
        resolve(told());
      };
      const check = () => told().every((ms) => ms !== null) && done();
      const timer = setTimeout(done, patience);
      waiting.push(check);
      check();
    });

  // ms since the navigation when every chart shows other data than at `watch`, also one made anew; null if not in time
  const answered = (patience) =>
    new Promise((resolve) => {
      const until = performance.now() + patience;
      const look = () => {
        const signs = [...graphs(document)].filter((gd) => geometry(gd)).map(sign);
        if (signs.length && signs.length === starts.length && signs.every((sum, i) => sum !== starts[i])) return resolve(performance.now());
        if (performance.now() > until) return resolve(null);
        requestAnimationFrame(look);
      };
      look();
    });

  // For every trace with markers: its data, and how far its markers stand from where the axes put that data, in pixels
  const shown = () =>
    charts.map(({ gd }) =>
      [...gd.querySelectorAll(".cartesianlayer .scatterlayer .trace")].flatMap((el) => {
        const index = el.__data__?.[0]?.trace?.index;
        const trace = gd._fullData[index];
        const points = [...el.querySelectorAll("path.point")];
        if (!trace || !points.length) return [];
        const { xaxis, yaxis } = gd._fullLayout;
        const off = points.map((point) => {
          const { i } = point.__data__;
          const [x, y] = point.getAttribute("transform").match(/-?[\d.]+(?:e-?\d+)?/g).map(Number);
          return Math.max(Math.abs(x - xaxis.c2p(xaxis.d2c(trace.x[i]))), Math.abs(y - yaxis.c2p(yaxis.d2c(trace.y[i]))));
        });
        return [{ name: trace.name, x: Array.from(trace.x), y: Array.from(trace.y), off: Math.max(...off) }];
      }),
    );

  addEventListener("keydown", (event) => (key = event.timeStamp), true);
  addEventListener("pointermove", (event) => (move = event.timeStamp), true);
  const alive = () => [...graphs(document)].filter((gd) => geometry(gd)).length;
  const both = (count) => {
    if (alive() < count) return requestAnimationFrame(() => both(count));
    window.kdprobe.cold = performance.now(); // since the navigation began
  };
  const wanted = window.kdprobeCharts ?? 2;
  window.kdprobe = { cold: 0, watch, step, answered, shown, log, alive, lastMove: () => move, charts: () => charts.length };
  requestAnimationFrame(() => both(wanted));
})();
