// A light page for tests without a browser: a document, and nothing that draws.
import { parseHTML } from "linkedom";

/** @param {string} config JSON of Jupyter's page, "" for none */
export function openPage(config = "") {
  const data = config && `<script id="jupyter-config-data" type="application/json">${config}</script>`;
  const { window, document, Event } = parseHTML(`<!doctype html><html><head></head><body>${data}</body></html>`);
  Object.assign(globalThis, { window, document, Event });
  Object.defineProperty(document, "baseURI", { value: "http://localhost/voila/render/x.ipynb", configurable: true });
  return document;
}

/** A model whose kernel is the test: `sent` holds what went up, `tell` sends down. */
export function fakeModel(state) {
  const heard = new Set();
  const sent = [];
  return {
    sent,
    get: (name) => state[name],
    send: (message) => sent.push(message),
    on: (_event, hear) => heard.add(hear),
    off: (_event, hear) => heard.delete(hear),
    tell: (message, buffers = []) => [...heard].map((hear) => hear(message, buffers)),
    listeners: heard,
  };
}
