// The index page: one card per dashboard with a picture of the real page, and a line about the environment.
/** @import { Card, IndexSpec, Libraries, Model } from "./protocol.js" */
import { h, rich } from "./dom.js";
import { inVoila } from "./hosts.js";
import { fill } from "./labels.js";
import { themeOf } from "./look.js";

/** @param {{model: Model}} _context */
export const initialize = (_context) => {};
/** @param {{model: Model}} _context */
export const close = (_context) => {};

/** @param {{model: Model, el: HTMLElement, libraries: Libraries}} context */
export function render({ model, el, libraries }) {
  /** @type {IndexSpec} */
  const spec = model.get("spec");
  const { labels } = spec;
  const root = h("article", { class: "kd kd-index", lang: "en" });
  const theme = themeOf(root, spec.theme, () => pictures());
  /** @type {[HTMLImageElement, string][]} */
  const images = [];
  const pictures = () => {
    for (const [img, name] of images) img.src = `${libraries.folder}thumbs/${name}-${root.dataset.theme}.png`;
  };
  const where = (/** @type {string} */ slug, /** @type {string} */ query) => {
    const asked = theme.asked() ? [`theme=${theme.asked()}`] : [];
    const text = [query, ...asked].filter(Boolean).join("&");
    return `${slug}.ipynb${text ? `?${text}` : ""}`;
  };
  const link = (/** @type {Card} */ card) =>
    inVoila()
      ? h("a", { href: where(card.slug, ""), class: "kd-open" }, rich(card.title))
      : h("b", {}, `${card.slug}.ipynb: `, rich(card.title));
  const cards = spec.cards.map((card) => {
    const img = h("img", {
      alt: fill(labels.picture, { title: card.title }),
      width: 640,
      height: 360,
      loading: "lazy",
    });
    if (libraries.folder) images.push([img, card.slug]);
    img.hidden = !libraries.folder; // no server, no pictures
    const starts = card.presets.map(([name, title, why]) =>
      inVoila()
        ? h("a", { href: where(card.slug, `preset=${name}`), title: why }, title)
        : h("span", { title: why }, title),
    );
    return h(
      "li",
      { class: "kd-card" },
      img,
      h("h3", {}, link(card)),
      h("p", {}, rich(card.goal)),
      h("p", { class: "kd-time" }, fill(labels.minutes, { minutes: card.minutes })),
      h("p", { class: "kd-starts" }, ...starts),
    );
  });
  const chapters = [...new Set(spec.cards.map((card) => card.chapter))].map((chapter) =>
    h(
      "section",
      { class: "kd-chapter" },
      h("h2", {}, chapter),
      h("ul", { class: "kd-cards" }, ...cards.filter((_, i) => spec.cards[i].chapter === chapter)),
    ),
  );
  root.append(
    h(
      "header",
      { class: "kd-header" },
      h("div", { class: "kd-where" }, h("h1", {}, spec.title)),
      h("div", { class: "kd-tools" }, h("button", { type: "button", onclick: () => theme.flip() }, labels.flip_theme)),
    ),
    h("p", { class: "kd-goal" }, rich(spec.goal)),
    ...chapters,
    h("p", { class: "kd-env" }, spec.environment),
  );
  pictures();
  el.append(root);
  return () => theme.close();
}
