// Axes that follow the data: whether they still suit it, so that a step needs no whole draw.
/** @import { Json, Trace } from "./protocol.js" */

/**
 * Whether all data lie inside the axes that follow them, over at least half of their length.
 * @param {Json} layout as Plotly completed it
 * @param {Trace[]} data
 */
export function fits(layout, data) {
  const free = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key) && layout[key].autorange);
  return free.every((key) => {
    const axis = layout[key];
    if (axis.type !== "linear") return false;
    const id = key.replace("axis", "");
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const trace of data) {
      if (trace.visible === false || (trace[`${id[0]}axis`] ?? id[0]) !== id) continue;
      for (const value of trace[id[0]] ?? []) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const [from, to] = [...axis.range].sort((a, b) => a - b);
    return low >= from && high <= to && high - low >= (to - from) / 2;
  });
}
