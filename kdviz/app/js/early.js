// The page before its kernel is there: drawn from the state that the server put into the HTML, and then taken over by the
// widget as it stands. Same elements, same charts: nothing is drawn twice, and the hand keeps what it holds.
/** @import { Libraries, Model } from "./protocol.js" */
import { adopt, connect } from "./connection.js";
import { staticFolder } from "./hosts.js";
import { awaited } from "./libraries.js";
import * as page from "./page.js";
import { same, Waiting } from "./waiting.js";

const NEEDS = ".kd-control :is(input, select, button), .kd-run button, .kd-needs"; // what does nothing without a kernel

/** @type {{model: Waiting, root: HTMLElement, close: () => void, whole: boolean} | null} */
let early = null;

/** @param {string} text base64 */
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

function given() {
  const { spec, start } = JSON.parse(document.getElementById("kd-opening")?.textContent || "{}");
  return spec && { spec, start: { ...start, buffer: bytes(start.buffer) }, token: "" };
}

// Draw the page where the template has a place for it. In the queue, the place says so, and the controls are off.
export function draw() {
  const place = document.getElementById("kd-early");
  const state = place && !early && given();
  if (!place || !state) return;
  const model = new Waiting(state);
  /** @type {Libraries} */
  const libraries = { plotly: () => awaited("plotly"), temml: () => awaited("temml"), folder: staticFolder() };
  const close = page.render({ model, el: place, libraries });
  const root = /** @type {HTMLElement} */ (place.lastChild);
  const found = { model, root, close, whole: true };
  libraries.plotly().catch(() => {
    found.whole = false; // the widget asks its kernel for the library, and draws
  });
  early = found;
  document.body.dataset.kdEarly = "drawn";
  if ("off" in place.dataset) off(root);
  addEventListener("kd-off", () => off(root)); // the template: no kernel will come
}

/** @param {HTMLElement} root */
function off(root) {
  for (const part of root.querySelectorAll(NEEDS)) {
    if (part instanceof HTMLDetailsElement) part.hidden = true;
    else part.setAttribute("disabled", "");
  }
}

/** @param {{model: Model}} context */
export function initialize({ model }) {
  const state = early && given();
  if (!early || !state) return page.initialize({ model });
  const start = model.get("start");
  if (early.whole && same(state.spec, model.get("spec")) && same(state.start, start)) return adopt(early.model, model);
  const { sender } = connect(early.model); // another version than the kernel's: what the hand did counts all the same
  const kept = Object.fromEntries([...sender.open].map(([key, [value]]) => [key, value]));
  const connection = page.initialize({ model });
  if (sender.open.size) connection.sender.change(kept);
  return connection;
}

export const { close } = page;

/** @param {{model: Model, el: HTMLElement, libraries: Libraries}} context */
export function render(context) {
  const found = early;
  early = null;
  const away = () => {
    found?.close();
    found?.root.remove();
  };
  if (!found) return page.render(context);
  document.body.dataset.kdEarly = "taken";
  if (connect(context.model) === connect(found.model)) return away;
  const done = page.render(context);
  away();
  page.close({ model: found.model });
  return done;
}
