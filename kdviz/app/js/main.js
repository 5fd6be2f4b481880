// The program of all pages: `page` and `index` are views that widget.js starts, `build` names the sources it is made of.
import * as index from "./index.js";
import * as page from "./page.js";

export { index, page };
export const build = /** @type {any} */ (globalThis).KDVIZ_BUILD; // set by the bundler
