// The model of a page whose kernel is not there yet, or out of reach.
/** @import { Line } from "./line.js" */
/** @import { Down, Model, Up } from "./protocol.js" */

/**
 * Answers with what the page begins with, keeps the newest message of each kind, and becomes the line to the kernel.
 * @implements {Model}
 */
export class Waiting {
  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = state;
    /** @type {Line | null} */
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
    if (this.model?.send(message)) return;
    if (message.kind === "want") this.held.set(`want ${message.what}`, message);
    if (message.kind === "run") this.held.set("run", message);
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

  /** @param {Line} model that reaches the kernel */
  become(model) {
    this.model = model;
    for (const heard of this.heard) model.on("msg:custom", heard);
  }

  // What was held goes after the changes of the hand.
  release() {
    const held = [...this.held.values()];
    this.held.clear();
    for (const message of held) this.send(message); // held again where the line is lost by now
  }
}
