// The page before its kernel is there: drawn from the state that the server put into the HTML. When the kernel is up, a line to
// it takes the place of what was waited for: same elements, same charts, and the hand keeps what it holds.
/** @import { Libraries } from "./protocol.js" */
import { connect } from "./connection.js";
import { pageConfig } from "./hosts.js";
import { fill } from "./labels.js";
import { awaited } from "./libraries.js";
import { Line } from "./line.js";
import * as page from "./page.js";
import { Waiting } from "./waiting.js";

const NEEDS = ".kd-control :is(input, select, button), .kd-run button, .kd-needs"; // what does nothing without a kernel
const VIEW = "application/vnd.jupyter.widget-view+json";

/** @param {string} text base64 */
const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);

/** @param {string} id of a script that holds JSON */
const json = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");

// Draw the page where the template has a place for it. In the queue, the place says so, and the controls are off.
export function draw() {
  const place = document.getElementById("kd-early");
  const { spec, start } = json("kd-opening");
  if (!place || !spec || place.firstChild) return;
  const model = new Waiting({ spec, start: { ...start, buffer: bytes(start.buffer) }, token: "" });
  const file = async (/** @type {string} */ name) => {
    try {
      return await awaited(name);
    } catch {
      throw new Error(fill(spec.labels.no_library, { name }));
    }
  };
  /** @type {Libraries} */
  const libraries = { plotly: () => file("plotly"), temml: () => file("temml"), folder: "" };
  page.render({ model, el: place, libraries });
  document.body.dataset.kdEarly = "drawn";
  if ("off" in place.dataset) return off(place);
  addEventListener("kd-off", () => off(place)); // the template: no kernel will come
  if ("kdOff" in document.body.dataset)
    off(place); // and has said so before this program was there
  else if ("kdReady" in document.body.dataset) takeOver(model);
  else addEventListener("kd-ready", () => "kdOff" in document.body.dataset || takeOver(model));
}

/** @param {HTMLElement} place */
function off(place) {
  for (const part of place.querySelectorAll(NEEDS)) {
    if (part instanceof HTMLDetailsElement) part.hidden = true;
    else part.setAttribute("disabled", "");
  }
}

// The template is complete: the kernel runs, and has made the page's widget, or has said why not.
/** @param {Waiting} model */
function takeOver(model) {
  const { baseUrl, kernelId } = pageConfig();
  const cells = document.querySelectorAll('script[type="application/vnd.voila.cell-output+json"]');
  const outputs = [...cells].map((cell) => JSON.parse(cell.textContent || "{}"));
  const shown = outputs.find((output) => output.data?.[VIEW] && !output.data["text/plain"]?.startsWith("VBox"));
  if (!shown) {
    const said = [...document.querySelectorAll("#rendered_cells pre")].map((part) => part.textContent?.trim() ?? "");
    Object.assign(document.body.dataset, { kdOff: "unmade", kdSaid: said.join(" ") });
    dispatchEvent(new Event("kd-off")); // the controls go off, and the banner says why
    return;
  }
  const connection = connect(model);
  const line = new Line(`${baseUrl}api/kernels/${kernelId}/channels`, shown.data[VIEW].model_id, () => {
    document.getElementById("loading")?.remove();
    document.body.dataset.kdEarly = "taken";
    connection.greet();
    model.release();
  });
  model.become(line);
  line.open();
}
