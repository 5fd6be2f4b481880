// Around every dashboard: choose the theme before the first paint, say so when a page takes long to start, end the session
// of a page that is left, and see to it that a slow browser finds the page's widget.
(() => {
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const kept = document.documentElement.dataset.kdChosen;
    document.documentElement.dataset.kdTheme =
      kept || (asked === "dark" || asked === "light" ? asked : system.matches ? "dark" : "light");
  };
  apply();
  system.addEventListener("change", apply);
  setTimeout(() => document.getElementById("kd-slow")?.removeAttribute("hidden"), 20000);

  // What the page knows of its session, the token that a Jupyter server wants with a request ("" where there is none), and
  // what visitors read.
  const json = (/** @type {string} */ id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
  const config = () => json("jupyter-config-data");
  const token = () => document.cookie.match(/\b_xsrf=([^;]*)/)?.[1] ?? "";
  const labels = () => json("kd-labels");
  Object.assign(window, { kdFrame: { config, token, labels } });

  // Voila says that a page is left only once its widgets are there, and by an event that phones leave out.
  addEventListener("pagehide", () => {
    const { baseUrl, kernelId } = config();
    const words = new URLSearchParams({ _xsrf: token() });
    if (kernelId) navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, words);
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // its session ended when it was left

  // The widgets' renderer looks for its model for 2 s. Where the browser was busy until they were over, it does not look
  // again, and once the manager has restored all models it says "model not found" for good, about a model that is there.
  // So for a minute the manager tells renderers that restoring goes on, and calls those that gave up to look again.
  /** @type {any} */
  let app;
  let calls = 60;
  const call = (/** @type {any} */ manager) => {
    Object.defineProperty(manager, "restoredStatus", { get: () => calls <= 0 });
    const again = setInterval(() => {
      calls -= 1;
      if (calls <= 0) clearInterval(again);
      manager.restored.emit();
    }, 1000);
  };
  Object.defineProperty(window, "jupyterapp", {
    configurable: true,
    get: () => app,
    set: (started) => {
      app = started;
      app.widgetManagerPromise.promise.then(call);
    },
  });
})();
