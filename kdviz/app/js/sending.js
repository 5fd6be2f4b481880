// What the hand does goes up as numbered messages. Several may be on their way at once, as many as the line holds: with one
// at a time, a page far from its kernel would move once per round trip; with more, a queue would grow in the kernel.

const MOST = 8; // messages under way
const FRAME = 16; // ms between two pictures on the screen: more answers than that nobody sees
const MEMORY = 20; // answers from which the round trip is taken
const PATIENCE = 3000; // ms without an answer after which a message counts as lost

/**
 * How many messages to have under way: the one being computed, and those that the line holds meanwhile.
 * @param {number} line ms of a round trip without the computation
 * @param {number} spent ms of the computation
 */
export const underWay = (line, spent) => Math.max(1, Math.min(MOST, Math.round(1 + line / Math.max(FRAME, spent))));

export class Sender {
  /**
   * @param {(values: Record<string, any>, seq: number) => void} post
   * @param {number} seq the number that was answered last
   */
  constructor(post, seq) {
    this.post = post;
    this.sent = seq; // number of the newest change, also of one that still waits here
    this.posted = seq; // number of the newest change that was sent
    /** @type {Map<string, [value: any, number: number]>} changes without an answer */
    this.open = new Map();
    /** @type {Map<number, number>} number of a message under way -> ms when it was sent */
    this.flying = new Map();
    /** @type {number[]} ms */
    this.lines = [];
    this.most = 1;
    this.lost = 0; // timer
    this.patience = PATIENCE;
  }

  // Every message holds all changes that are not answered yet, so one that is merged away or lost loses nothing.
  /** @param {Record<string, any>} change */
  change(change) {
    this.sent += 1;
    if ("preset" in change) this.open.clear(); // a preset sets everything
    for (const [key, value] of Object.entries(change)) {
      this.open.set(key, [value === Number.POSITIVE_INFINITY ? "inf" : value, this.sent]);
    }
    if (this.flying.size < this.most) this.flush();
  }

  flush() {
    this.posted = this.sent;
    this.flying.set(this.sent, performance.now());
    this.post(Object.fromEntries([...this.open].map(([key, [value]]) => [key, value])), this.sent);
    clearTimeout(this.lost);
    this.lost = setTimeout(() => this.again(), this.patience);
  }

  /**
   * The kernel has answered all changes up to `seq`; the last took it `spent` ms.
   * @param {number} seq
   * @param {number} spent
   */
  answered(seq, spent = FRAME) {
    const begun = this.flying.get(seq);
    for (const [key, [, number]] of this.open) if (number <= seq) this.open.delete(key);
    for (const number of this.flying.keys()) if (number <= seq) this.flying.delete(number);
    if (begun !== undefined) {
      this.lines = [Math.max(0, performance.now() - begun - spent), ...this.lines].slice(0, MEMORY);
      this.most = underWay(Math.min(...this.lines), spent);
    }
    this.patience = PATIENCE;
    if (!this.open.size) clearTimeout(this.lost);
    if (this.posted < this.sent && this.flying.size < this.most) this.flush();
  }

  // No answer for long: the line was cut, or the kernel is busy. All that is open goes once more, ever more seldom.
  again() {
    this.patience *= 2;
    this.flying.clear();
    if (this.open.size) this.flush();
  }

  close() {
    clearTimeout(this.lost);
  }
}
