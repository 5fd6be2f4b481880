// The state of a page on this side: the figures with their arrays and the texts, kept current by frames from the kernel.
// A frame carries what changed as [chart, trace, key, shape] plus one buffer of float32; a gap in the numbering asks for all.

const view = (buffer, offset, length) => {
  const bytes = buffer.buffer
    ? buffer.buffer.slice(buffer.byteOffset + 4 * offset, buffer.byteOffset + 4 * (offset + length))
    : buffer.slice(4 * offset, 4 * (offset + length));
  return new Float32Array(bytes);
};

function shaped(flat, shape) {
  if (shape.length === 1) return flat;
  return Array.from({ length: shape[0] }, (_, row) => flat.subarray(row * shape[1], (row + 1) * shape[1]));
}

export class Store {
  constructor(start) {
    this.version = start.version;
    this.texts = start.texts;
    this.figures = start.figures;
    this.listeners = new Set();
    this.unpack(start.arrays, start.buffer);
  }

  unpack(arrays, buffer) {
    let offset = 0;
    for (const [chart, trace, key, shape] of arrays) {
      const length = shape.reduce((a, b) => a * b, 1);
      this.figures[chart].data[trace][key] = shaped(view(buffer, offset, length), shape);
      offset += length;
    }
  }

  // Returns false when a frame was missed and the whole state is needed.
  take(frame, buffers) {
    if (!frame.whole && frame.version !== this.version + 1) return frame.version <= this.version;
    this.version = frame.version;
    Object.assign(this.texts, frame.texts);
    this.unpack(frame.arrays, buffers[0]);
    for (const [chart, trace, key, list] of frame.lists) this.figures[chart].data[trace][key] = list;
    const touched = new Set([...frame.arrays, ...frame.lists].map((entry) => entry[0]));
    for (const listener of this.listeners) listener(frame, touched);
    return true;
  }
}
