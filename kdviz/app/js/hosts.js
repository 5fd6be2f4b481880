// Where a page runs: what it knows of the server around it, if there is one.

/** @returns {Record<string, any>} */
export function pageConfig() {
  return JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
}

export const inVoila = () => document.body.dataset.voila === "voila";

// The folder of our static files as an absolute address, "" where no Jupyter server is known: VS Code, Colab, marimo.
export function staticFolder() {
  const { fullLabextensionsUrl, baseUrl } = pageConfig();
  if (!fullLabextensionsUrl && !baseUrl) return "";
  const folder = fullLabextensionsUrl || `${baseUrl}${inVoila() ? "voila/labextensions" : "lab/extensions"}`;
  return new URL(`${folder.replace(/\/$/, "")}/kdviz/static/`, document.baseURI).href;
}
