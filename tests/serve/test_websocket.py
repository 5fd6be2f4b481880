"""The websocket sends every message at once."""

import json
from pathlib import Path
from types import SimpleNamespace

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from traitlets.utils.importstring import import_item

from kdviz.serve.websocket import PromptConnection

ROOT = Path(__file__).parents[2]


def test_the_configuration_names_the_prompt_connection() -> None:
    config = json.loads((ROOT / "voila.json").read_text())
    assert import_item(config["Voila"]["kernel_websocket_connection_class"]) is PromptConnection


def test_a_connection_switches_nagles_algorithm_off_before_anything_is_sent(monkeypatch) -> None:
    order = []
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: order.append("connected"))
    connection = PromptConnection.__new__(PromptConnection)
    handler = SimpleNamespace(set_nodelay=lambda value: order.append(value))
    monkeypatch.setattr(PromptConnection, "websocket_handler", handler)
    connection.connect()
    assert order == [True, "connected"]
