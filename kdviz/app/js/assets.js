// plotly.js and Temml are static files of the installed package: fetched once over HTTP, shared by all charts and pages.

const loading = new Map();

export function pageConfig() {
  return JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
}

export const inVoila = () => document.body.dataset.voila === "voila";

export function staticUrl() {
  const config = pageConfig();
  const folder =
    config.fullLabextensionsUrl || `${config.baseUrl || "/"}${inVoila() ? "voila/labextensions" : "lab/extensions"}`;
  return `${folder.replace(/\/$/, "")}/kdviz/static/`;
}

function script(name, global) {
  if (window[global]) return Promise.resolve(window[global]);
  if (!loading.has(name)) {
    loading.set(
      name,
      new Promise((resolve, reject) => {
        const early = document.querySelector(`script[data-kd="${name}"]`); // the template asks for it before the kernel is up
        const tag = early ?? document.createElement("script");
        tag.onload = () => resolve(window[global]);
        tag.onerror = () => {
          loading.delete(name);
          tag.remove();
          reject(new Error(`${name} could not be loaded. Is kdviz installed where the Jupyter server runs?`));
        };
        if (early) return;
        tag.src = staticUrl() + name;
        document.head.append(tag);
      }),
    );
  }
  return loading.get(name);
}

export const plotly = () => script("plotly-cartesian.min.js", "Plotly");
export const temml = () => script("temml.min.js", "temml");
