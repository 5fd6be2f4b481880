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
    /** @param {{model: Model}} context */
    async initialize({ model }) {
      (await view(model)).initialize({ model });
      return async () => (await view(model)).close({ model });
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
