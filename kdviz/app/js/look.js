// Light or dark: what the link asks for, else what JupyterLab or the system uses. The charts read their colours from here.

/**
 * @typedef {object} Look
 * @property {Record<string, string> | null} dark the dark twin of every light colour
 * @property {number} scale
 * @property {string} font
 * @property {string} ink
 * @property {string} paper
 * @property {string} grid
 * @property {string} axis
 */

/**
 * @param {HTMLElement} root
 * @param {string} asked
 * @param {() => void} changed
 */
export function themeOf(root, asked, changed) {
  let chosen = asked;
  const body = document.body;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const inVoila = body.dataset.voila === "voila";
  const dark = () => {
    if (chosen) return chosen === "dark";
    const { jpThemeLight } = body.dataset; // of JupyterLab and Notebook; other hosts follow the system
    return inVoila || jpThemeLight === undefined ? system.matches : jpThemeLight === "false";
  };
  const apply = () => {
    root.dataset.theme = dark() ? "dark" : "light";
    if (!inVoila) return;
    document.documentElement.dataset.kdTheme = root.dataset.theme;
    if (chosen) document.documentElement.dataset.kdChosen = chosen;
  };
  const update = () => {
    const before = root.dataset.theme;
    apply();
    if (before !== root.dataset.theme) changed();
  };
  const observer = new MutationObserver(update);
  observer.observe(body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  system.addEventListener("change", update);
  apply();
  return {
    dark,
    asked: () => chosen,
    flip: () => {
      chosen = dark() ? "light" : "dark";
      update();
    },
    close: () => {
      observer.disconnect();
      system.removeEventListener("change", update);
    },
  };
}

/**
 * @param {HTMLElement} root
 * @param {Record<string, string> | null} dark
 * @param {number} scale
 * @returns {Look}
 */
export function lookOf(root, dark, scale) {
  const style = getComputedStyle(root);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    dark,
    scale,
    font: style.fontFamily,
    ink: colour("--kd-ink"),
    paper: colour("--kd-paper"),
    grid: colour("--kd-grid"),
    axis: colour("--kd-axis"),
  };
}
