// Small pieces of DOM. Text always goes in as text; `rich` lets <sub>, <sup>, <i>, <b> through and nothing else, and sets c_s.

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} props
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("aria-")) el.setAttribute(key, String(value));
    else if (value === undefined || value === null || value === false) continue;
    else if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children) if (child) el.append(child);
  return el;
}

/** @param {string} text */
export function rich(text) {
  const out = document.createDocumentFragment();
  const set = text.replace(/\b([cpz])_([st])\b/g, "$1<sub>$2</sub>");
  let at = 0;
  for (const match of set.matchAll(/<(sub|sup|i|b)>([^<]*)<\/\1>/g)) {
    const tag = /** @type {"sub" | "sup" | "i" | "b"} */ (match[1]);
    out.append(set.slice(at, match.index), h(tag, {}, match[2]));
    at = match.index + match[0].length;
  }
  out.append(set.slice(at));
  return out;
}

/** @param {string} text */
export const plain = (text) => text.replace(/<\/?(sub|sup|i|b)>/g, "");

/**
 * @param {Element} el
 * @param {string} text
 */
export function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

/**
 * Whether the hand is in a field; also where a host puts the page into a shadow root, which the document does not look into.
 * @param {Element} el
 */
export const focused = (el) => /** @type {Document | ShadowRoot} */ (el.getRootNode()).activeElement === el;

/**
 * @param {Child} summary
 * @param {Child[]} children
 */
export function fold(summary, ...children) {
  return h("details", { class: "kd-fold" }, h("summary", {}, summary), ...children);
}

/**
 * @param {string} name
 * @param {string} mime
 * @param {string} content a text, or a data: address
 */
export function download(name, mime, content) {
  const own = !content.startsWith("data:");
  const url = own ? URL.createObjectURL(new Blob([content], { type: mime })) : content;
  h("a", { href: url, download: name }).click();
  if (own) setTimeout(() => URL.revokeObjectURL(url), 10000);
}
