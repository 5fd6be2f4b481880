"""A host of widgets that is no Jupyter page: a blank page with anywidget's model, and Python behind it."""

from __future__ import annotations

import base64
import json
from typing import Any

from playwright.sync_api import Page as Tab
from playwright.sync_api import Route

ADDRESS = "http://localhost:1/bare.html"  # answered by the test, nobody listens there
HOST = """async ([key, state, esm, css]) => {
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
  state.start && (state.start.buffer = bytes(state.start.buffer));
  const heard = new Set();
  let ready; // like JupyterLab: no message is handled before the widget is initialised
  const begun = new Promise((go) => (ready = go));
  const model = {
    get: (name) => state[name], set: () => {}, save_changes: () => {},
    on: (event, hear) => event === "msg:custom" && heard.add(hear),
    off: (event, hear) => heard.delete(hear),
    send: async (content) => {
      const replies = await window.kernel(key, content);
      await begun;
      for (const [message, buffers] of replies)
        for (const hear of [...heard]) hear(message, buffers.map(bytes));
    },
  };
  const place = document.body.appendChild(document.createElement("div"));
  const root = place.attachShadow({ mode: "open" }); // as some hosts do
  root.append(Object.assign(document.createElement("style"), { textContent: css }));
  const el = root.appendChild(document.createElement("div"));
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const widget = (await import(url)).default;
  await widget.initialize({ model });
  ready();
  await widget.render({ model, el });
  (window.roots ??= []).push(el);
}"""


class Bare:
    """A tab with widgets in it; `asked` holds the messages that came up, `deaf` names kinds that nobody answers."""

    def __init__(self, tab: Tab, config: dict | None = None) -> None:
        self.tab, self.asked, self.deaf = tab, [], set()
        self.widgets: dict[str, Any] = {}
        data = f'<script id="jupyter-config-data" type="application/json">{json.dumps(config)}</script>'
        body = f"<!doctype html><body>{data if config else ''}</body>"
        tab.route(ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html"))
        tab.expose_function("kernel", self._kernel)
        tab.goto(ADDRESS)

    def serve(self, pattern: str, answer: dict) -> None:
        """Answer requests for `pattern` as `route.fulfill(**answer)` does."""

        def fulfil(route: Route) -> None:
            route.fulfill(**answer)

        self.tab.route(pattern, fulfil)

    def show(self, widget: Any) -> None:
        """Show a widget; returns when the host has called it."""
        key = str(len(self.widgets))
        self.widgets[key] = widget
        state = {name: getattr(widget, name) for name in ("token", "spec", "start") if widget.has_trait(name)}
        if "start" in state:
            state["start"] = {**state["start"], "buffer": base64.b64encode(state["start"]["buffer"]).decode()}
        self.tab.evaluate(HOST, [key, state, widget._esm, widget._css])

    def _kernel(self, key: str, content: dict) -> list:
        self.asked.append(content)
        if content["kind"] in self.deaf:
            return []
        widget, replies = self.widgets[key], []
        widget.send = lambda message, buffers=(): replies.append(
            [message, [base64.b64encode(part).decode() for part in buffers or ()]]
        )
        widget._handle_custom_msg(json.loads(json.dumps(content)), [])
        return replies

    def libraries(self) -> list[str]:
        """Return the names of the libraries that were asked for, sorted."""
        return sorted(content["name"] for content in self.asked if content["kind"] == "library")
