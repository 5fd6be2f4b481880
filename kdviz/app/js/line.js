// The way from a page to its widget in the kernel, over Jupyter's websocket: no widget manager, and so none of its files.
// https://jupyter-server.readthedocs.io/en/latest/developers/websocket-protocols.html
/** @import { Down, Model, Up } from "./protocol.js" */

const PROTOCOL = "v1.kernel.websocket.jupyter.org";
const [FIRST, LONGEST] = [500, 8000]; // ms before a lost line is opened anew, and at most
const PASSING = new Set([undefined, "", "offline", "returning"]); // what the banner says while it is worth trying

/**
 * A message as bytes: how many offsets, the offsets, the parts; all numbers of 8 bytes, little-endian.
 * @param {string[]} texts channel, header, parent, metadata, content
 */
export function packed(texts) {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  const head = 8 * (parts.length + 2);
  const bytes = new Uint8Array(head + parts.reduce((sum, part) => sum + part.length, 0));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(parts.length + 1), true);
  let at = head;
  view.setBigUint64(8, BigInt(at), true);
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at);
    at += part.length;
    view.setBigUint64(8 * (i + 2), BigInt(at), true);
  }
  return bytes;
}

/**
 * The parts of a message as they came.
 * @param {ArrayBuffer} message
 */
export function unpacked(message) {
  const view = new DataView(message);
  const number = (/** @type {number} */ i) => Number(view.getBigUint64(8 * i, true));
  const count = number(0);
  return Array.from(
    { length: count - 1 },
    (_, i) => new DataView(message, number(i + 1), number(i + 2) - number(i + 1)),
  );
}

/** @implements {Model} */
export class Line {
  /**
   * @param {string} address of the kernel's channels
   * @param {string} widget its id
   * @param {() => void} opened called whenever the line is there, again after it was lost
   */
  constructor(address, widget, opened) {
    const url = new URL(address, document.baseURI);
    url.protocol = url.protocol.replace("http", "ws");
    this.session = crypto.randomUUID?.() ?? String(Math.random()).slice(2); // only where the page came over https, or from here
    url.searchParams.set("session_id", this.session);
    this.url = url.href;
    this.widget = widget;
    this.opened = opened;
    /** @type {Set<(content: Down, buffers: DataView[]) => void>} */
    this.heard = new Set();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.pause = FIRST;
    this.count = 0;
    addEventListener("online", () => this.retry());
    document.addEventListener("visibilitychange", () => this.retry());
  }

  open() {
    const socket = new WebSocket(this.url, [PROTOCOL]);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.opened());
    socket.addEventListener("message", ({ data }) => this.hear(data));
    socket.addEventListener("close", () => {
      setTimeout(() => this.retry(), this.pause * (0.5 + Math.random())); // a room of pages does not come back at once
      this.pause = Math.min(LONGEST, 2 * this.pause);
    });
    this.socket = socket;
  }

  retry() {
    if (document.hidden) return; // nobody looks: when somebody does
    const said = document.getElementById("kd-banner")?.dataset.state;
    if (this.socket?.readyState === WebSocket.CLOSED && PASSING.has(said)) this.open();
  }

  /** @param {ArrayBuffer} message */
  hear(message) {
    this.pause = FIRST; // not before: a server that cannot serve may open a line and close it at once
    const [, header, , , content, ...buffers] = unpacked(message);
    const read = (/** @type {DataView} */ part) => JSON.parse(new TextDecoder().decode(part));
    if (read(header).msg_type !== "comm_msg") return;
    const { comm_id: widget, data } = read(content);
    if (widget !== this.widget || data.method !== "custom") return;
    for (const heard of this.heard) heard(data.content, buffers);
  }

  /** @param {string} _name */
  get(_name) {
    return undefined; // what the page began with came with it
  }

  /**
   * Tells whether it was sent: a lost line drops what it is given.
   * @param {Up} message
   */
  send(message) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.count += 1;
    const header = { msg_id: `${this.session}_${this.count}`, msg_type: "comm_msg", session: this.session };
    const more = { username: "", date: new Date().toISOString(), version: "5.3" };
    const content = { comm_id: this.widget, data: { method: "custom", content: message } };
    this.socket.send(packed(["shell", JSON.stringify({ ...header, ...more }), "{}", "{}", JSON.stringify(content)]));
    return true;
  }

  /**
   * @param {"msg:custom"} _event
   * @param {(content: Down, buffers: DataView[]) => void} heard
   */
  on(_event, heard) {
    this.heard.add(heard);
  }

  /**
   * @param {"msg:custom"} _event
   * @param {(content: Down, buffers: DataView[]) => void} heard
   */
  off(_event, heard) {
    this.heard.delete(heard);
  }
}
