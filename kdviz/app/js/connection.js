// One model, one state, one sender, however many views show them.
/** @import { Down, Model, Reply, Up } from "./protocol.js" */
import { Store } from "./frames.js";
import { Sender } from "./sending.js";

const REPEAT = 2000; // ms between two requests for the whole state

/** @type {Map<string, Connection>} */
const connections = new Map();

export class Connection {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.store = new Store(model.get("start"));
    this.sender = new Sender((values, seq) => this.send({ kind: "change", values, seq }), this.store.texts.seq);
    /** @type {Set<(reply: Reply) => void>} */
    this.replies = new Set();
    /** @type {Set<() => void>} called when open changes went to somebody who has just come: an answer can be expected */
    this.greeted = new Set();
    this.asked = Number.NEGATIVE_INFINITY; // ms, when the whole state was asked for
    /** @type {(message: Down, buffers: DataView[]) => void} */
    this.heard = (message, buffers) => this.hear(message, buffers);
    model.on("msg:custom", this.heard);
    this.send({ kind: "hello", version: this.store.version });
  }

  // Somebody is there who answers, perhaps again: what was missed comes down, what the hand did meanwhile goes up at once.
  greet() {
    this.send({ kind: "hello", version: this.store.version });
    this.sender.restart();
    if (this.sender.open.size) for (const expect of this.greeted) expect();
  }

  /** @param {Up} message */
  send(message) {
    this.model.send(message);
  }

  /**
   * @param {Down} message
   * @param {DataView[]} buffers
   */
  hear(message, buffers) {
    if (message.kind === "library") return; // libraries.js listens for itself
    if (message.kind !== "frame") {
      for (const reply of this.replies) reply(message);
      return;
    }
    if (message.texts.seq !== undefined) this.sender.answered(message.texts.seq, message.spent);
    if (message.whole) this.asked = Number.NEGATIVE_INFINITY;
    if (this.store.take(message, buffers) || performance.now() - this.asked < REPEAT) return;
    this.asked = performance.now();
    this.send({ kind: "hello", version: -1 });
  }

  close() {
    this.sender.close();
    this.model.off("msg:custom", this.heard);
  }
}

/**
 * The connection of a model: made by whichever comes first, `initialize` or `render`.
 * @param {Model} model
 */
export function connect(model) {
  const token = model.get("token");
  const found = connections.get(token) ?? new Connection(model);
  connections.set(token, found);
  return found;
}

/** @param {Model} model */
export function disconnect(model) {
  connections.get(model.get("token"))?.close();
  connections.delete(model.get("token"));
}
