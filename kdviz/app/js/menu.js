// The header of a page: where it stands among the others, theme, projector, share and export.
import { download, fold, h } from "./dom.js";
import { inVoila } from "./assets.js";

export function address(spec, link, shell) {
  const query = new URLSearchParams(link);
  for (const [key, value] of Object.entries(shell)) if (value) query.set(key, value);
  const text = query.toString();
  if (!inVoila()) return `show(PAGE, "${text}")`; // JupyterLab reads no query: there the state travels as code
  return location.origin + location.pathname + (text ? `?${text}` : "");
}

// The address bar follows the state, so that a reload, a lost session or a copied address brings it back.
export function followAddress(getAddress) {
  let timer = 0;
  return () => {
    if (!inVoila()) return;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, "", getAddress()), 350);
  };
}

const COPY = () => (inVoila() ? "Copy link" : "Copy code");

async function copy(text, button, field) {
  field.value = text;
  field.hidden = false;
  field.select();
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Press Ctrl+C";
  }
  setTimeout(() => (button.textContent = COPY()), 2000);
}

export function header(spec, page) {
  const around = (entry, arrow) =>
    entry &&
    inVoila() &&
    h(
      "a",
      {
        class: "kd-step",
        href: `${entry.slug}.ipynb${page.carried()}`,
        title: entry.title,
        "aria-label": `${arrow === "←" ? "Previous" : "Next"} page: ${entry.title}`,
      },
      arrow,
    );
  const field = h("input", { class: "kd-link", readonly: true, hidden: true, "aria-label": "Link to this state" });
  const link = h("button", { type: "button", onclick: () => copy(page.address(), link, field) }, COPY());
  const theme = h(
    "button",
    {
      type: "button",
      "aria-pressed": page.dark(),
      onclick: () => theme.setAttribute("aria-pressed", page.flipTheme()),
    },
    "Dark",
  );
  const projector = h(
    "button",
    {
      type: "button",
      "aria-pressed": page.projecting(),
      onclick: () => projector.setAttribute("aria-pressed", page.flipProjector()),
    },
    "Projector",
  );
  const menu = fold(
    "Export",
    h(
      "div",
      { class: "kd-menu" },
      ...["png", "svg"].map((format) =>
        h("button", { type: "button", onclick: () => page.images(format) }, `Charts as ${format.toUpperCase()}`),
      ),
      h("button", { type: "button", onclick: () => page.want("csv") }, "Numbers as CSV"),
      h("button", { type: "button", onclick: () => page.want("json") }, "State as JSON"),
      h("button", { type: "button", onclick: () => page.want("latex") }, "Verdict as LaTeX"),
    ),
  );
  menu.classList.add("kd-export");
  menu.addEventListener("focusout", (event) => !menu.contains(event.relatedTarget) && (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  return h(
    "header",
    { class: "kd-header" },
    h(
      "div",
      { class: "kd-where" },
      inVoila() && h("a", { class: "kd-home", href: `index.ipynb${page.carried()}` }, "kdviz"),
      h("h1", {}, spec.title),
      around(spec.before, "←") || null,
      around(spec.after, "→") || null,
    ),
    h("div", { class: "kd-tools" }, presets(spec, page), link, field, menu, theme, projector),
  );
}

function presets(spec, page) {
  if (!spec.presets.length) return null;
  const list = h(
    "select",
    { "aria-label": "Settings to start from" },
    h("option", { value: "" }, "Presets …"),
    ...spec.presets.map(([name, title, why]) => h("option", { value: name, title: why }, title)),
  );
  list.addEventListener("change", () => {
    if (list.value) page.preset(list.value);
    list.value = "";
  });
  return list;
}

export const saveImage = async (chart, format, name) => download(`${name}.${format}`, "", await chart.image(format));
