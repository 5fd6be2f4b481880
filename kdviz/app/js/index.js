// The index page: one card per dashboard with a picture of the real page, and a line about the environment.
import { h, rich } from "./dom.js";
import { inVoila, staticUrl } from "./assets.js";
import { themeOf } from "./look.js";

export function render({ model, el }) {
  const spec = model.get("spec");
  const root = h("article", { class: "kd kd-index", lang: "en" });
  const theme = themeOf(root, spec.theme, () => pictures());
  const images = [];
  const pictures = () =>
    images.forEach(([img, name]) => (img.src = `${staticUrl()}thumbs/${name}-${root.dataset.theme}.png`));
  const where = (slug, query) => {
    const asked = theme.asked() ? [`theme=${theme.asked()}`] : [];
    const text = [query, ...asked].filter(Boolean).join("&");
    return `${slug}.ipynb${text ? `?${text}` : ""}`;
  };
  const link = (card) =>
    inVoila()
      ? h("a", { href: where(card.slug, ""), class: "kd-open" }, rich(card.title))
      : h("b", {}, `${card.slug}.ipynb: `, rich(card.title));
  const cards = spec.cards.map((card) => {
    const img = h("img", { alt: `Picture of the page ${card.title}`, width: 640, height: 360, loading: "lazy" });
    images.push([img, card.slug]);
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
      h("p", { class: "kd-time" }, `about ${card.minutes} minutes`),
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
      h("div", { class: "kd-tools" }, h("button", { type: "button", onclick: () => theme.flip() }, "Light / dark")),
    ),
    h("p", { class: "kd-goal" }, rich(spec.goal)),
    ...chapters,
    h("p", { class: "kd-env" }, spec.environment),
  );
  pictures();
  el.append(root);
  return () => theme.close();
}
