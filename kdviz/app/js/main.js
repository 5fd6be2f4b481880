// The program of all pages: `page` and `index` are views that widget.js starts, `build` names the sources it is made of.
// Where the server has put a picture of the page into the HTML, it is drawn as soon as this is there.
import { draw } from "./early.js";
import * as index from "./index.js";
import * as page from "./page.js";

export { index, page };
export const build = /** @type {any} */ (globalThis).KDVIZ_BUILD; // set by the bundler

draw();
