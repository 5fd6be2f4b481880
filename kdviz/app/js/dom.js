// Small pieces of DOM. Text always goes in as text; `rich` lets <sub>, <sup>, <i>, <b> through and nothing else, and sets c_s.

export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (key.startsWith("aria-")) el.setAttribute(key, String(value));
    else if (value === undefined || value === null || value === false) continue;
    else if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className = value;
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return el;
}

export function rich(text) {
  const out = document.createDocumentFragment();
  text = text.replace(/\b([cpz])_([st])\b/g, "$1<sub>$2</sub>");
  const pattern = /<(sub|sup|i|b)>([^<]*)<\/\1>/g;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    out.append(text.slice(at, match.index), h(match[1], {}, match[2]));
    at = match.index + match[0].length;
  }
  out.append(text.slice(at));
  return out;
}

export const plain = (text) => text.replace(/<\/?(sub|sup|i|b)>/g, "");

export function setText(el, text) {
  if (el.textContent !== text) el.textContent = text;
}

export function fold(summary, ...children) {
  return h("details", { class: "kd-fold" }, h("summary", {}, summary), ...children);
}

export function download(name, mime, content) {
  const url = content.startsWith("data:") ? content : URL.createObjectURL(new Blob([content], { type: mime }));
  h("a", { href: url, download: name }).click();
  if (!content.startsWith("data:")) setTimeout(() => URL.revokeObjectURL(url), 10000);
}
