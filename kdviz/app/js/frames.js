// The state of a page on this side: the figures with their arrays and the texts, kept current by frames from the kernel.
// A frame carries what changed as [chart, trace, key, shape] plus one buffer of float32; a gap in the numbering asks for all.
/** @import { ArrayPlace, Figure, Frame, Start, Texts } from "./protocol.js" */

/**
 * @param {DataView | ArrayBuffer} buffer
 * @param {number} offset in numbers, like `length`
 * @param {number} length
 */
function view(buffer, offset, length) {
  const [whole, start] = buffer instanceof ArrayBuffer ? [buffer, 0] : [buffer.buffer, buffer.byteOffset];
  return new Float32Array(whole.slice(start + 4 * offset, start + 4 * (offset + length)));
}

/**
 * @param {Float32Array} flat
 * @param {number[]} shape
 */
function shaped(flat, shape) {
  if (shape.length === 1) return flat;
  return Array.from({ length: shape[0] }, (_, row) => flat.subarray(row * shape[1], (row + 1) * shape[1]));
}

export class Store {
  /** @param {Start} start */
  constructor(start) {
    this.version = start.version;
    /** @type {Texts} */
    this.texts = start.texts;
    /** @type {Figure[]} */
    this.figures = start.figures;
    /** @type {Set<(touched: Set<number>) => void>} told which charts a frame touched */
    this.listeners = new Set();
    this.unpack(start.arrays, start.buffer);
  }

  /**
   * @param {ArrayPlace[]} arrays
   * @param {DataView | ArrayBuffer} buffer
   */
  unpack(arrays, buffer) {
    let offset = 0;
    for (const [chart, trace, key, shape] of arrays) {
      const length = shape.reduce((a, b) => a * b, 1);
      this.figures[chart].data[trace][key] = shaped(view(buffer, offset, length), shape);
      offset += length;
    }
  }

  /**
   * Take every frame in its order, for it holds differences; false when one was missed and the whole state is needed.
   * @param {Frame} frame
   * @param {(DataView | ArrayBuffer)[]} buffers
   */
  take(frame, buffers) {
    if (!frame.whole && frame.version !== this.version + 1) return frame.version <= this.version;
    this.version = frame.version;
    Object.assign(this.texts, frame.texts);
    this.unpack(frame.arrays, buffers[0]);
    for (const [chart, trace, key, list] of frame.lists) this.figures[chart].data[trace][key] = list;
    const touched = new Set([...frame.arrays, ...frame.lists].map((entry) => entry[0]));
    for (const listener of this.listeners) listener(touched);
    return true;
  }
}
