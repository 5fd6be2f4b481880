"""How this program is asked to end: Ctrl+C, SIGTERM, a closed terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

ENDINGS = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]  # a closed terminal ends it too


def on_ending(act: Callable[[int, Any], object]) -> None:
    """Call `act` when this program is asked to end."""
    signal.signal(signal.SIGINT, act)  # Ctrl+C, also where a script's shell has it ignored
    for number in ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            signal.signal(number, act)


def stop_early(number: int, _: Any) -> None:
    """End a server that is still starting, without a word."""
    raise SystemExit(128 + number)
