// What the hand does goes up as numbered messages. Several may be on their way at once, as many as the line holds: with one
// at a time, a page far from its kernel would move once per round trip; with more, a queue would grow in the kernel.

const MOST = 8; // messages under way
const FRAME = 16; // ms between two pictures on the screen: more answers than that nobody sees
const MEMORY = 200; // answers of which the quickest tells the round trip of an empty line
const GAPS = 9; // times between two answers of which the middle one is the pace
const PATIENCE = 3000; // ms without an answer after which a message counts as lost

/**
 * How many messages to have under way: the one being worked on, and those that the line holds meanwhile.
 * @param {number} line ms of a round trip without the work
 * @param {number} work ms of each message where it takes longest: in the kernel, on the way, or in the browser
 */
export const underWay = (line, work) => Math.max(1, Math.min(MOST, Math.round(1 + line / Math.max(FRAME, work))));

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
    /** @type {number[]} ms between two answers while all that may be was under way and more waited here */
    this.gaps = [];
    this.before = 0; // ms of the last answer that left others under way, 0 if none were left
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
    if (begun !== undefined) this.learn(performance.now(), begun, spent);
    this.patience = PATIENCE;
    if (!this.open.size) clearTimeout(this.lost);
    if (this.posted < this.sent && this.flying.size < this.most) this.flush();
  }

  /**
   * @param {number} now
   * @param {number} begun ms when what is answered now was sent
   * @param {number} spent
   */
  learn(now, begun, spent) {
    this.lines = [Math.max(0, now - begun - spent), ...this.lines].slice(0, MEMORY);
    if (this.before && this.posted < this.sent) this.gaps = [now - this.before, ...this.gaps].slice(0, GAPS);
    this.before = this.flying.size ? now : 0;
    const pace = [...this.gaps].sort((a, b) => a - b)[this.gaps.length >> 1] ?? 0;
    this.most = underWay(Math.min(...this.lines), Math.max(spent, pace));
  }

  // No answer for long: the line was cut, or the kernel is busy. All that is open goes once more, ever more seldom.
  again() {
    this.patience *= 2;
    this.resend();
  }

  // Somebody is there who answers: all that is open goes at once.
  restart() {
    this.patience = PATIENCE;
    this.resend();
  }

  resend() {
    this.flying.clear();
    if (this.open.size) this.flush();
  }

  close() {
    clearTimeout(this.lost);
  }
}
