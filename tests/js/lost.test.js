// A line that was lost: when it is opened again, and what goes up then.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { packed } from "../../kdviz/app/js/line.js";
import { Socket, taken } from "./socket.js";

test("a lost line is opened again, ever more seldom, and what is open goes once more; an ended session is left alone", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5); // the middle of the spread
  const { document, model, connection, line } = taken();
  model.become(line);
  line.open();
  Socket.all[0].open();
  connection.sender.change({ T: 5 });
  Socket.all[0].cut();
  connection.sender.change({ T: 6 });
  mock.timers.tick(499);
  assert.equal(Socket.all.length, 1);
  mock.timers.tick(1);
  assert.equal(Socket.all.length, 2);
  for (let i = 0; i < 20; i++) {
    Socket.all.at(-1).cut();
    mock.timers.tick(8000);
  }
  assert.equal(Socket.all.length, 22);
  Socket.all.at(-1).cut();
  mock.timers.tick(7999);
  assert.equal(Socket.all.length, 22, "8 s at most, and no less by then");
  mock.timers.tick(1);
  Socket.all.at(-1).open();
  assert.deepEqual(Socket.all.at(-1).sent, [
    { kind: "hello", version: 0 },
    { kind: "change", values: { T: 6 }, seq: 2 },
  ]);
  const banner = document.createElement("div");
  Object.assign(banner, { id: "kd-banner" });
  banner.dataset.state = "ended";
  document.body.append(banner);
  const count = Socket.all.length;
  Socket.all.at(-1).cut();
  mock.timers.tick(60_000);
  assert.equal(Socket.all.length, count);
  connection.close();
  mock.timers.reset();
  mock.restoreAll();
});

test("what is pressed while the line is lost goes up when it is back, newest of each kind, once", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { model, connection, line } = taken();
  model.become(line);
  line.open();
  Socket.all[0].open();
  Socket.all[0].cut();
  for (const what of ["csv", "table", "csv"]) connection.send({ kind: "want", what });
  for (const what of ["play", "pause"]) connection.send({ kind: "run", do: what });
  mock.timers.tick(1000);
  const pressed = [
    { kind: "want", what: "csv" },
    { kind: "want", what: "table" },
    { kind: "run", do: "pause" },
  ];
  Socket.all[1].open();
  assert.deepEqual(Socket.all[1].sent, [{ kind: "hello", version: 0 }, ...pressed]);
  Socket.all[1].cut();
  mock.timers.tick(2000);
  Socket.all[2].open();
  assert.deepEqual(Socket.all[2].sent, [{ kind: "hello", version: 0 }]);
  connection.close();
  mock.timers.reset();
});

test("what was held stays held where the line is lost again before it could go", () => {
  const { model, connection, line } = taken();
  connection.send({ kind: "want", what: "csv" });
  model.become(line);
  model.release();
  line.open();
  Socket.all[0].open();
  assert.deepEqual(Socket.all[0].sent.slice(1), [{ kind: "want", what: "csv" }]);
  connection.close();
});

test("a line that opens and is closed unheard is tried ever more seldom; one that spoke, soon", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5);
  const { model, connection, line } = taken();
  model.become(line);
  line.open();
  const waits = (least) => {
    const count = Socket.all.length;
    Socket.all.at(-1).open();
    Socket.all.at(-1).cut();
    mock.timers.tick(least - 1);
    assert.equal(Socket.all.length, count, `no sooner than ${least} ms`);
    mock.timers.tick(1);
    assert.equal(Socket.all.length, count + 1, `after ${least} ms`);
  };
  for (const least of [500, 1000, 2000, 4000, 8000, 8000]) waits(least);
  Socket.all.at(-1).open();
  Socket.all.at(-1).tell({ data: packed(["iopub", '{"msg_type": "status"}', "{}", "{}", "{}"]).buffer });
  waits(500);
  connection.close();
  mock.timers.reset();
  mock.restoreAll();
});

test("pages that lost their server at the same time come back spread over half to one and a half of the pause", () => {
  for (const [random, least] of [
    [0, 250],
    [0.998, 749],
  ]) {
    mock.timers.enable({ apis: ["setTimeout"] });
    mock.method(Math, "random", () => random);
    const { model, connection, line } = taken();
    model.become(line);
    line.open();
    Socket.all[0].cut();
    mock.timers.tick(least - 1);
    assert.equal(Socket.all.length, 1);
    mock.timers.tick(1);
    assert.equal(Socket.all.length, 2);
    connection.close();
    mock.timers.reset();
    mock.restoreAll();
  }
});

test("a page that nobody looks at does not open its line again, and does so as soon as somebody looks", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { document, model, connection, line } = taken();
  const look = (hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  model.become(line);
  line.open();
  Socket.all[0].open();
  look(true);
  Socket.all[0].cut();
  mock.timers.tick(600_000);
  assert.equal(Socket.all.length, 1);
  look(false);
  assert.equal(Socket.all.length, 2);
  connection.close();
  mock.timers.reset();
});

test("an answer is expected as soon as open changes went to somebody who came, and not before", () => {
  const { model, connection, line } = taken();
  const expect = mock.fn();
  connection.greeted.add(expect);
  model.become(line);
  line.open();
  Socket.all[0].open();
  assert.equal(expect.mock.callCount(), 0, "nothing is open");
  Socket.all[0].cut();
  connection.sender.change({ T: 2 });
  assert.equal(expect.mock.callCount(), 0);
  line.open();
  Socket.all[1].open();
  assert.equal(expect.mock.callCount(), 1);
  connection.close();
});
