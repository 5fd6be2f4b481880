// The parts of a page, made without a browser: controls, legend, axes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fits } from "../../kdviz/app/js/axes.js";
import { control, format, parse, scaleOf } from "../../kdviz/app/js/controls.js";
import { h, plain, rich } from "../../kdviz/app/js/dom.js";
import { staticFolder } from "../../kdviz/app/js/hosts.js";
import { fill } from "../../kdviz/app/js/labels.js";
import { moves } from "../../kdviz/app/js/slide.js";
import { openPage } from "./page.js";

const INF = Number.POSITIVE_INFINITY;

test("what is typed is read as people write numbers", () => {
  for (const [text, value] of [
    ["1.5", 1.5],
    ["−2,5", -2.5],
    ["1,000", 1000],
    ["12,345,678", 12345678],
    ["∞", INF],
    ["Inf", INF],
    ["1e3", 1000],
  ])
    assert.equal(parse(text), value, text);
  for (const text of ["", "  ", "T", "1,2,3", "--1"]) assert.ok(Number.isNaN(parse(text)), text);
});

test("what is shown is read back as the same number", () => {
  for (const value of [0, -1, 0.05, 123456, 1e-5, -2.5e9, INF, 99999]) assert.equal(parse(format(value)), value);
});

for (const knob of [
  { low: 0.05, high: 1e5, log: true, kind: "number", infinite: true, step: null },
  { low: -5, high: 5, log: false, kind: "number", infinite: false, step: 0.1 },
  { low: 2, high: 1000, log: true, kind: "integer", infinite: false, step: null },
]) {
  test(`every place of a slider from ${knob.low} to ${knob.high} is a value within, and grows`, () => {
    const scale = scaleOf(knob);
    let before = -INF;
    for (let place = 0; place <= scale.top; place++) {
      const value = scale.value(place);
      assert.ok(value >= before && value >= knob.low && (value <= knob.high || value === INF), `${place}: ${value}`);
      assert.ok(Math.abs(scale.place(value) - place) <= (knob.kind === "integer" ? 120 : 12) || value === INF);
      before = value;
    }
    assert.equal(scale.value(scale.top), knob.infinite ? INF : knob.high);
    assert.equal(scale.place(knob.high), 600);
  });

  test(`a key moves a value from ${knob.low} to ${knob.high} step by step, and no further`, () => {
    const scale = scaleOf(knob);
    let value = knob.low;
    for (let i = 0; i < 2000; i++) {
      const next = scale.nudge(value, 1, false);
      assert.ok(next > value || next === (knob.infinite ? INF : knob.high), `${value} stays ${next}`);
      value = next;
    }
    assert.equal(value, knob.infinite ? INF : knob.high);
    for (let i = 0; i < 2000; i++) value = scale.nudge(value, -1, false);
    assert.equal(value, knob.low);
  });
}

test("a control tells what was chosen, shows what is said, and can be locked", () => {
  openPage();
  const labels = { type_value: "{name}", bounds: "", reset_knob: "{name} {value}", reset_to: "", value_now: "{value}" };
  const knob = { key: "T", label: "T", kind: "number", default: 1, low: 0.1, high: 10, log: true, options: [] };
  const told = [];
  const item = control(knob, labels, (value) => told.push(value));
  item.show(10);
  const [range, box] = [item.el.querySelector("[type=range]"), item.el.querySelector("[type=text]")];
  assert.deepEqual([range.value, box.value], ["600", "10"]);
  item.el.querySelector("button").dispatchEvent(new Event("click"));
  assert.deepEqual(told, [1]);
  item.lock();
  assert.ok(range.disabled && box.disabled);
});

test("words keep four tags and lose all others", () => {
  openPage();
  assert.equal(h("p", {}, rich("c_s <b>x</b> <img src=x onerror=1>")).innerHTML.includes("<img"), false);
  assert.equal(h("p", {}, rich("c_s <b>x</b>")).innerHTML, "c<sub>s</sub> <b>x</b>");
  assert.equal(plain("c<sub>s</sub> <u>"), "cs <u>");
  assert.equal(h("a", { href: '"><b>', title: null }).getAttribute("href"), '"><b>');
});

test("holes are filled by their names, and only once", () => {
  assert.equal(fill("{name} to {value}", { name: "{value}", value: 3 }), "{value} to 3");
  assert.equal(fill("{x} stays", {}), "{x} stays");
});

test("the folder of static files is known where a Jupyter server says so, and nowhere else", () => {
  openPage();
  assert.equal(staticFolder(), "");
  openPage(JSON.stringify({ baseUrl: "/hub/", fullLabextensionsUrl: "/hub/lab/extensions" }));
  assert.equal(staticFolder(), "http://localhost/hub/lab/extensions/kdviz/static/");
});

test("axes suit data that lie inside and fill half of them", () => {
  const layout = { xaxis: { autorange: true, type: "linear", range: [0, 10] }, yaxis: { autorange: false } };
  assert.ok(fits(layout, [{ x: [1, 9] }]));
  assert.ok(!fits(layout, [{ x: [1, 11] }]));
  assert.ok(!fits(layout, [{ x: [1, 5] }]));
  assert.ok(fits(layout, [{ x: [1, 9] }, { x: [99], visible: false }]));
  assert.ok(!fits({ xaxis: { autorange: true, type: "log", range: [0, 1] } }, [{ x: [1] }]));
});

test("a chart is moved by hand only where everything that it shows is there", () => {
  const axis = { type: "linear", l2p: (value) => 10 * value };
  const layout = { xaxis: axis, yaxis: axis };
  const full = { mode: "lines+markers", xaxis: "x", yaxis: "y", line: {} };
  const written = [];
  const element = () => ({ setAttribute: (...what) => written.push(what) });
  const parts = { lines: [element()], points: [element(), element()], labels: [], fills: [] };
  for (const act of moves(layout, full, { x: [1, 2], y: [3, 4] }, parts)) act();
  assert.deepEqual(written, [
    ["d", "M10,30L20,40"],
    ["transform", "translate(10,30)"],
    ["transform", "translate(20,40)"],
  ]);
  assert.equal(moves(layout, full, { x: [1, 2, 3], y: [3, 4, 5] }, parts), null); // one more point than is drawn
  assert.ok(moves(layout, full, { x: [1, 2, 3], y: [3, 4, Number.NaN] }, parts)); // which is not to be drawn
  assert.equal(moves(layout, { ...full, line: { shape: "hv" } }, { x: [1, 2], y: [3, 4] }, parts), null);
});
