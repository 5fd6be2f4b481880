// The model of a page whose kernel is not there yet.
/** @import { Down, Model, Up } from "./protocol.js" */

/**
 * Answers with what the page begins with, keeps the newest message of each kind, and becomes the line to the kernel.
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
    return this.state[name];
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

  /** @param {Model} model that reaches the kernel */
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
