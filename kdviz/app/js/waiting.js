// The model of a page whose kernel is not there yet.
/** @import { Down, Model, Up } from "./protocol.js" */

/**
 * Answers with what the page begins with, keeps the newest message of each kind, and becomes the widget's model.
 * @implements {Model}
 */
export class Waiting {
  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = state;
    /** @type {Model | null} */
    this.model = null;
    /** @type {Map<string, Up>} kind, and what is wanted -> message */
    this.held = new Map();
    /** @type {Set<(content: Down, buffers: DataView[]) => void>} */
    this.heard = new Set();
  }

  /** @param {string} name */
  get(name) {
    return this.model ? this.model.get(name) : this.state[name];
  }

  // A change stays with its sender, which sends all that is open once somebody answers.
  /** @param {Up} message */
  send(message) {
    if (this.model) this.model.send(message);
    else if (message.kind === "want") this.held.set(`want ${message.what}`, message);
    else if (message.kind === "run") this.held.set("run", message);
  }

  /**
   * @param {"msg:custom"} event
   * @param {(content: Down, buffers: DataView[]) => void} heard
   */
  on(event, heard) {
    this.heard.add(heard);
    this.model?.on(event, heard);
  }

  /**
   * @param {"msg:custom"} event
   * @param {(content: Down, buffers: DataView[]) => void} heard
   */
  off(event, heard) {
    this.heard.delete(heard);
    this.model?.off(event, heard);
  }

  /** @param {Model} model */
  become(model) {
    this.model = model;
    for (const heard of this.heard) model.on("msg:custom", heard);
  }

  // What was held goes after the changes of the hand.
  release() {
    for (const message of this.held.values()) this.model?.send(message);
    this.held.clear();
  }
}

/**
 * Whether two values of JSON and buffers are the same.
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
export function same(a, b) {
  if (a instanceof DataView && b instanceof DataView) return same([...bytes(a)], [...bytes(b)]);
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && same(a[name], b[name]));
}

/** @param {DataView} view */
const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
