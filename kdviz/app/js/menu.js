// The header of a page: where it stands among the others, theme, projector, share and export.
/** @import { Labels, Spec } from "./protocol.js" */
/** @import { Chart } from "./chart.js" */
import { download, fold, h } from "./dom.js";
import { inVoila } from "./hosts.js";
import { fill } from "./labels.js";

/**
 * What the header asks of the page.
 * @typedef {object} Shell
 * @property {() => string} address
 * @property {() => string} carried
 * @property {() => boolean} dark
 * @property {() => boolean} flipTheme
 * @property {() => boolean} projecting
 * @property {() => boolean} flipProjector
 * @property {(what: string) => void} want
 * @property {(name: string) => void} preset
 * @property {(format: "png" | "svg") => void} images
 */

/**
 * @param {string} link
 * @param {Record<string, string>} shell
 */
export function address(link, shell) {
  const query = new URLSearchParams(link);
  for (const [key, value] of Object.entries(shell)) if (value) query.set(key, value);
  const text = query.toString();
  if (!inVoila()) return `show(PAGE, "${text}")`; // JupyterLab reads no query: there the state travels as code
  return location.origin + location.pathname + (text ? `?${text}` : "");
}

// The address bar follows the state, so that a reload, a lost session or a copied address brings it back.
/** @param {() => string} getAddress */
export function followAddress(getAddress) {
  let timer = 0;
  return () => {
    if (!inVoila()) return;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", getAddress()), 350);
  };
}

/** @param {Labels} labels */
const copyLabel = (labels) => (inVoila() ? labels.copy_link : labels.copy_code);

/**
 * @param {Labels} labels
 * @param {string} text
 * @param {HTMLElement} button
 * @param {HTMLInputElement} field
 */
async function copy(labels, text, button, field) {
  field.value = text;
  field.hidden = false;
  field.select();
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = labels.copied;
  } catch {
    button.textContent = labels.press_copy;
  }
  setTimeout(() => {
    button.textContent = copyLabel(labels);
  }, 2000);
}

/**
 * @param {Spec} spec
 * @param {Shell} page
 */
export function header(spec, page) {
  const { labels } = spec;
  const around = (/** @type {Spec["before"]} */ entry, /** @type {string} */ arrow, /** @type {string} */ label) =>
    entry &&
    inVoila() &&
    h(
      "a",
      {
        class: "kd-step",
        href: `${entry.slug}.ipynb${page.carried()}`,
        title: entry.title,
        "aria-label": fill(label, { title: entry.title }),
      },
      arrow,
    );
  const field = h("input", { class: "kd-link", readonly: true, hidden: true, "aria-label": labels.link });
  const link = h(
    "button",
    { type: "button", onclick: () => copy(labels, page.address(), link, field) },
    copyLabel(labels),
  );
  const theme = h(
    "button",
    {
      type: "button",
      "aria-pressed": page.dark(),
      onclick: () => theme.setAttribute("aria-pressed", String(page.flipTheme())),
    },
    labels.dark,
  );
  const projector = h(
    "button",
    {
      type: "button",
      "aria-pressed": page.projecting(),
      onclick: () => projector.setAttribute("aria-pressed", String(page.flipProjector())),
    },
    labels.projector,
  );
  const menu = fold(
    labels.export,
    h(
      "div",
      { class: "kd-menu" },
      h("button", { type: "button", onclick: () => page.images("png") }, labels.save_png),
      h("button", { type: "button", onclick: () => page.images("svg") }, labels.save_svg),
      ...["csv", "json", "latex"].map((what) =>
        h("button", { type: "button", class: "kd-needs", onclick: () => page.want(what) }, labels[`save_${what}`]),
      ),
    ),
  );
  menu.classList.add("kd-export");
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(/** @type {Node | null} */ (event.relatedTarget))) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus();
  });
  return h(
    "header",
    { class: "kd-header" },
    h(
      "div",
      { class: "kd-where" },
      inVoila() && h("a", { class: "kd-home", href: `index.ipynb${page.carried()}` }, "kdviz"),
      h("h1", {}, spec.title),
      around(spec.before, "←", labels.previous_page),
      around(spec.after, "→", labels.next_page),
    ),
    h("div", { class: "kd-tools" }, presets(spec, page), link, field, menu, theme, projector),
  );
}

/**
 * @param {Spec} spec
 * @param {Shell} page
 */
function presets(spec, page) {
  if (!spec.presets.length) return null;
  const list = h(
    "select",
    { class: "kd-needs", "aria-label": spec.labels.start_from },
    h("option", { value: "" }, spec.labels.presets),
    ...spec.presets.map(([name, title, why]) => h("option", { value: name, title: why }, title)),
  );
  list.addEventListener("change", () => {
    if (list.value) page.preset(list.value);
    list.value = "";
  });
  return list;
}

/**
 * @param {Chart} chart
 * @param {"png" | "svg"} format
 * @param {string} name
 */
export const saveImage = async (chart, format, name) => download(`${name}.${format}`, "", await chart.image(format));
