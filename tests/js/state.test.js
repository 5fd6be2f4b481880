// The state of a page: frames that come, and what is drawn of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, connect, disconnect } from "../../kdviz/app/js/connection.js";
import { Store } from "../../kdviz/app/js/frames.js";
import { fakeModel } from "./page.js";

const start = () => ({
  version: 0,
  texts: { seq: 0, verdict: "a" },
  figures: [
    { data: [{ x: [], y: [] }], layout: {} },
    { data: [{ z: [], text: [] }], layout: {} },
  ],
  arrays: [
    [0, 0, "x", [2]],
    [0, 0, "y", [2]],
  ],
  buffer: new DataView(new Float32Array([1, 2, 3, 4]).buffer),
});
const frame = (version, more = {}) => ({
  kind: "frame",
  whole: false,
  version,
  texts: {},
  arrays: [],
  lists: [],
  ...more,
});
const numbers = (...list) => new DataView(new Float32Array(list).buffer);

test("arrays come out of one buffer in their order, also out of a view into the middle of one", () => {
  const store = new Store(start());
  assert.deepEqual([...store.figures[0].data[0].y], [3, 4]);
  const bytes = new Uint8Array(28);
  bytes.set(new Uint8Array(new Float32Array([5, 6, 7, 8, 9, 10]).buffer), 3); // not aligned
  const view = new DataView(bytes.buffer, 3, 24);
  store.take(frame(1, { arrays: [[1, 0, "z", [2, 3]]] }), [view]);
  assert.deepEqual(
    store.figures[1].data[0].z.map((row) => [...row]),
    [
      [5, 6, 7],
      [8, 9, 10],
    ],
  );
});

test("every frame is taken in its order, and each tells which charts it touched", () => {
  const store = new Store(start());
  const heard = [];
  store.listeners.add((touched) => heard.push([...touched]));
  assert.ok(store.take(frame(1, { arrays: [[0, 0, "x", [1]]], lists: [[1, 0, "text", ["a"]]] }), [numbers(9)]));
  assert.ok(store.take(frame(2, { arrays: [[0, 0, "y", [1]]] }), [numbers(8)]));
  assert.deepEqual([[...store.figures[0].data[0].x], [...store.figures[0].data[0].y]], [[9], [8]]);
  assert.deepEqual(store.figures[1].data[0].text, ["a"]);
  assert.deepEqual(heard, [[0, 1], [0]]);
});

test("an old frame changes nothing, and a gap asks for everything, once", () => {
  const model = fakeModel({ start: start(), token: "t" });
  const { store } = new Connection(model);
  assert.deepEqual(model.sent, [{ kind: "hello", version: 0 }]);
  model.tell(frame(1, { texts: { verdict: "b" } }), [numbers()]);
  model.tell(frame(1, { texts: { verdict: "old" } }), [numbers()]);
  assert.equal(store.texts.verdict, "b");
  for (const version of [3, 4, 5]) model.tell(frame(version, { texts: { verdict: "c" } }), [numbers()]);
  assert.deepEqual(model.sent.slice(1), [{ kind: "hello", version: -1 }]);
  assert.equal(store.texts.verdict, "b");
  model.tell(frame(5, { whole: true, texts: { verdict: "d" } }), [numbers()]);
  model.tell(frame(6, { texts: { verdict: "e" } }), [numbers()]);
  assert.equal(store.texts.verdict, "e");
});

test("all views of a model share one connection, which ends with the model", () => {
  const model = fakeModel({ start: start(), token: "u" });
  const first = connect(model);
  assert.equal(connect(model), first);
  first.sender.change({ T: 3 });
  assert.deepEqual(model.sent.at(-1), { kind: "change", values: { T: 3 }, seq: 1 });
  model.tell(frame(1, { texts: { seq: 1 }, spent: 2 }), [numbers()]);
  assert.equal(first.sender.open.size, 0);
  disconnect(model);
  assert.equal(model.listeners.size, 0);
  assert.notEqual(connect(model), first);
  disconnect(model);
});
