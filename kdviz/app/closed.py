"""What a visitor may change of a widget: nothing. What a page says comes as messages of its own.

A comm message can set any synced trait, and ipywidgets tells every other page of the kernel: `_esm` would be code that
they run. A `comm_open` can make any widget there is. Neither is for visitors.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import ipywidgets
from ipywidgets.comm import get_comm_manager
from ipywidgets.widgets.widget import Widget

from kdviz.app.protocol import CONTROL


class Closed(ipywidgets.DOMWidget):
    """A widget that hears messages and no change of a trait; its layout hears nothing."""

    def __init__(self, *args: Any, **keys: Any) -> None:
        super().__init__(*args, **keys)
        deafen(self.layout)

    def _handle_msg(self, msg: dict[str, Any]) -> None:
        data = msg["content"].get("data")
        method = data.get("method") if isinstance(data, dict) else None
        if method == "custom":
            self._handle_custom_msg(data.get("content"), msg.get("buffers") or [])
        elif method == "request_state":
            self.send_state()


def deafen(*widgets: Any) -> None:
    """Let widgets hear nothing any more, with their layouts, styles and children."""
    for widget in widgets:
        if getattr(widget, "comm", None) is not None:
            widget.comm.on_msg(None)
            deafen(*(getattr(widget, name, None) for name in ("layout", "style")), *getattr(widget, "children", ()))


def close_doors() -> None:
    """Let visitors of a page open no widgets of their own; they may ask for the state of those that are there.

    A kernel that was forked has not been told of the second, and a page would ask three times for each widget.
    """
    if "SCRIPT_NAME" not in os.environ:
        return  # no page of a server: whoever is here can run code
    manager = get_comm_manager()
    for target in set(manager.targets) - {CONTROL}:
        manager.unregister_target(target, manager.targets[target])
    manager.register_target(CONTROL, Widget.handle_control_comm_opened)
    # ipykernel looks a channel up in one thread while another still opens it, and complains; so may any visitor make it
    logging.getLogger("Comm").setLevel(logging.ERROR)
