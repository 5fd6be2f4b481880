// The line to the kernel before there is one: what a visitor does meanwhile is kept and sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { packed } from "../../kdviz/app/js/line.js";
import { down, parts, Socket, taken } from "./socket.js";

test("a message has the layout of Jupyter's protocol, and comes back part by part", () => {
  const bytes = packed(["shell", '{"a": "é"}', "{}", "{}", ""]);
  const view = new DataView(bytes.buffer);
  const numbers = Array.from({ length: 7 }, (_, i) => Number(view.getBigUint64(8 * i, true)));
  assert.deepEqual(numbers, [6, 56, 61, 72, 74, 76, 76]);
  assert.equal(bytes.length, 76);
  assert.deepEqual(parts(bytes), ["shell", '{"a": "é"}', "{}", "{}", ""]);
});

test("what was done before the line is there goes up once, newest values, in one message", () => {
  const { model, connection, line } = taken();
  connection.sender.change({ T: 2 });
  connection.sender.change({ T: 3 });
  connection.sender.change({ K: 20 });
  for (const what of ["csv", "table", "csv"]) connection.send({ kind: "want", what });
  for (const what of ["play", "pause"]) connection.send({ kind: "run", do: what });
  model.become(line);
  line.open();
  const [socket] = Socket.all;
  assert.deepEqual(socket.protocols, ["v1.kernel.websocket.jupyter.org"]);
  assert.match(socket.url, /^ws:\/\/localhost\/api\/kernels\/k\/channels\?session_id=[\w-]{10,}$/);
  socket.open();
  assert.deepEqual(socket.sent, [
    { kind: "hello", version: 0 },
    { kind: "change", values: { T: 3, K: 20 }, seq: 3 },
    { kind: "want", what: "csv" },
    { kind: "want", what: "table" },
    { kind: "run", do: "pause" },
  ]);
  socket.tell(down("w", { kind: "frame", whole: false, version: 1, texts: { seq: 3 }, arrays: [], lists: [] }, [""]));
  assert.equal(connection.store.texts.seq, 3);
  assert.equal(connection.sender.open.size, 0);
  connection.close();
});

test("the messages of others are not heard", () => {
  const { model, connection, line } = taken();
  model.become(line);
  line.open();
  const [socket] = Socket.all;
  socket.open();
  const frame = { kind: "frame", whole: false, version: 1, texts: { seq: 9 }, arrays: [], lists: [] };
  socket.tell(down("another", frame, [""]));
  socket.tell({ data: packed(["iopub", '{"msg_type": "status"}', "{}", "{}", "{}"]).buffer });
  assert.equal(connection.store.version, 0);
  connection.close();
});
