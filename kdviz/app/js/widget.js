// The module that a widget carries: small, because it travels with every visit. It gets the program and hands over to it.
/** @import { Entry, Model } from "./protocol.js" */
import { libraries, library } from "./libraries.js";

/**
 * @param {"page" | "index"} name of the view
 * @param {Record<string, Entry>} files
 */
export function widget(name, files) {
  const view = async (/** @type {Model} */ model) => (await library(model, "app", files.app))[name];
  return {
    /**
     * Returns at once: JupyterLab reads no further message of the kernel, and so none with the program, before.
     * @param {{model: Model}} context
     */
    initialize({ model }) {
      const started = view(model).then((found) => {
        found.initialize({ model });
        return found;
      });
      started.catch(() => {}); // `render` says so
      return () => started.then((found) => found.close({ model })).catch(() => {});
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    async render({ model, el }) {
      try {
        return (await view(model)).render({ model, el, libraries: libraries(model, files) });
      } catch (error) {
        el.append(error instanceof Error ? error.message : String(error));
      }
    },
  };
}
