"""What the handlers of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from traitlets.config import Config
from voila.configuration import VoilaConfiguration

from kdviz.serve.gate import Gate
from kdviz.serve.metrics import Metrics
from kdviz.serve.opening import Openings
from kdviz.serve.options import Settings
from kdviz.serve.runs import Runs
from kdviz.serve.sessions import Sessions


@dataclass(frozen=True)
class ServerState:
    """The settings of a server, and the parts that its handlers ask."""

    settings: Settings
    server: str  # a name for this start of it: a page can tell a restarted server by it
    gate: Gate
    sessions: Sessions
    runs: Runs
    openings: Openings
    metrics: Metrics
    voila: VoilaConfiguration
    config: Config  # what Voila's notebook renderer takes its own settings from
    template_paths: list[str]


class Stateful:
    """Mixin of the handlers that ask the state."""

    state: ServerState

    def initialize(self, state: ServerState, **settings: Any) -> None:
        """Take the state."""
        super().initialize(**settings)  # type: ignore[misc]
        self.state = state
