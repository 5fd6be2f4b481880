// A page on a line that the test opens, talks through and cuts.
import { Connection } from "../../kdviz/app/js/connection.js";
import { Line, packed, unpacked } from "../../kdviz/app/js/line.js";
import { Waiting } from "../../kdviz/app/js/waiting.js";
import { openPage } from "./page.js";

const text = (part) => new TextDecoder().decode(part);
export const parts = (bytes) => unpacked(bytes.buffer).map(text);
const start = () => ({
  version: 0,
  texts: { seq: 0 },
  figures: [],
  arrays: [],
  buffer: new DataView(new ArrayBuffer(0)),
});
export const down = (widget, content, buffers = []) => {
  const message = { comm_id: widget, data: { method: "custom", content } };
  const head = packed(["iopub", '{"msg_type": "comm_msg"}', "{}", "{}", JSON.stringify(message), ...buffers]);
  return { data: head.buffer };
};

/** A server that the test opens, talks through and cuts. */
export class Socket {
  static CLOSED = 3;
  static OPEN = 1;
  static all = [];
  readyState = 0;
  sent = [];
  heard = {};
  constructor(url, protocols) {
    Object.assign(this, { url, protocols });
    Socket.all.push(this);
  }
  addEventListener(name, heard) {
    this.heard[name] = heard;
  }
  send(bytes) {
    this.sent.push(JSON.parse(parts(bytes)[4]).data.content);
  }
  open() {
    this.readyState = Socket.OPEN;
    this.heard.open();
  }
  cut() {
    this.readyState = Socket.CLOSED;
    this.heard.close();
  }
  tell(message) {
    this.heard.message(message);
  }
}

export function taken() {
  const document = openPage();
  Socket.all = [];
  Object.assign(globalThis, { WebSocket: Socket, addEventListener: () => {} });
  const model = new Waiting({ start: start(), spec: {}, token: "" });
  const connection = new Connection(model);
  const line = new Line("/api/kernels/k/channels", "w", () => {
    connection.greet();
    model.release();
  });
  return { document, model, connection, line };
}
