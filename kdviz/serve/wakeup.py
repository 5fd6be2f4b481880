"""A cell that prints into an Output widget while it runs could hang for ever; until nbclient is cured, we wake it up.

`nbclient.output_widget.OutputWidget` answers the kernel on the shell socket, through a synchronous shadow of the
asynchronous socket on which the reply of the cell is awaited. Sending takes the "there is something to read" of the
socket's file descriptor with it, the event loop never hears it, and the reply stays unread (nbclient#312). Asking the
socket to look again after every such message is the cure. No page of ours captures output while it loads; this is for
pages that others add. `tests/serve/test_wakeup.py` fails on the day on which nbclient needs it no more.
"""

from __future__ import annotations

from typing import Any

from nbclient.output_widget import OutputWidget


def patch() -> None:
    """Make every message of an Output widget wake up the socket it was sent on; once."""
    original = OutputWidget._publish_msg
    if getattr(original, "wakes_up", False):
        return

    def publish(self: Any, *args: Any, **keys: Any) -> None:
        original(self, *args, **keys)
        socket = getattr(self.kernel_client.shell_channel, "socket", None)
        schedule = getattr(socket, "_schedule_remaining_events", None)
        if schedule is not None:
            schedule()

    publish.wakes_up = True  # type: ignore[attr-defined]
    OutputWidget._publish_msg = publish
