// A figure in the colours, type and widths of the page it stands on: the styles of its traces, and its layout.
/** @import { Figure, Json } from "./protocol.js" */
/** @import { Look } from "./look.js" */

const STYLED = ["line", "marker", "colorscale", "textfont", "contours", "colorbar", "fillcolor"];

/**
 * @param {any} value
 * @param {Record<string, string>} table
 * @returns {any}
 */
function recolour(value, table) {
  if (typeof value === "string") return table[value.toLowerCase()] ?? table[value] ?? value;
  if (Array.isArray(value)) return value.map((item) => recolour(item, table));
  if (value && value.constructor === Object)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, recolour(item, table)]));
  return value;
}

/**
 * @param {Figure} figure
 * @param {Look} look
 * @param {boolean} pickable
 */
export function themed(figure, look, pickable) {
  const styles = figure.data.map((trace) => {
    /** @type {Json} */
    const style = {};
    for (const key of STYLED) {
      if (trace[key] === undefined) continue;
      style[key] = look.dark ? recolour(trace[key], look.dark) : structuredClone(trace[key]);
    }
    if (look.scale !== 1) {
      if (style.line?.width) style.line.width *= look.scale;
      if (typeof style.marker?.size === "number") style.marker.size *= look.scale;
    }
    return style;
  });
  /** @type {Json} */
  const layout = structuredClone(look.dark ? recolour(figure.layout, look.dark) : figure.layout);
  Object.assign(layout, { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });
  Object.assign(layout, { autosize: false, showlegend: false, dragmode: pickable ? false : "zoom" });
  layout.font = { ...layout.font, family: look.font, color: look.ink, size: (layout.font?.size ?? 12) * look.scale };
  layout.hoverlabel = {
    ...layout.hoverlabel,
    bgcolor: look.paper,
    bordercolor: look.grid,
    font: { color: look.ink },
  };
  layout.margin = { l: 60, r: 16, b: 44, ...layout.margin, t: 24 }; // the legend stands outside
  for (const side of ["l", "r", "t", "b"]) layout.margin[side] *= look.scale;
  for (const key of Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name))) {
    layout[key] = {
      ...layout[key],
      gridcolor: look.grid,
      linecolor: look.axis,
      zerolinecolor: look.axis,
      tickcolor: look.axis,
    };
  }
  return { styles, layout };
}
