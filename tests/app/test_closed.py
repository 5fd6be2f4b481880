"""What a visitor can change of a page's widgets: the values of its controls, nothing else, for nobody else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid

import ipywidgets
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.visitor import Crowd, Visit, closed, heard, say
from kdviz.app import PageWidget, notebook, show, show_index
from kdviz.pages.catalogue import load
from tests.support.serving import ROOT, folder, local_server

HERO = load("02_gradient_gap")
EVIL = "export default { render() { globalThis.PWN = 1; } }"
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
                    max_leaves=4)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_widget_outlives_its_test():
    yield
    ipywidgets.Widget.close_all()


def watched(widget) -> tuple[dict, list]:
    """Return what a widget holds for its page, and the list of what it sends from now on."""
    sent: list = []
    widget._send = lambda content, buffers=None: sent.append(content)
    return widget.get_state(), sent


def tell(widget, data: object) -> None:
    """Let a comm message come."""
    widget._handle_msg({"content": {"comm_id": "x", "data": data}, "buffers": []})


@pytest.mark.parametrize("made", [lambda: PageWidget(HERO), lambda: show_index("")], ids=["page", "index"])
def test_no_trait_can_be_set_from_below_and_nothing_is_echoed(made):
    widget = made()
    state, sent = watched(widget)
    for name in state:
        tell(widget, {"method": "update", "state": {name: EVIL}, "buffer_paths": []})
        tell(widget, {"method": "update", "state": {name: {}}, "buffer_paths": [[name, "x"]]})
    assert widget.get_state() == state
    assert sent == []


def test_a_message_is_answered_once_and_changes_no_trait():
    page = PageWidget(HERO)
    state, sent = watched(page)
    change = {"kind": "change", "values": {"T": 9}, "seq": 1}
    tell(page, {"method": "custom", "content": change, "state": {"_esm": EVIL}, "buffer_paths": []})
    assert page.params.temperature == 9
    assert [message["method"] for message in sent] == ["custom"]
    tell(page, {"method": "update", "content": change | {"values": {"T": 50}}, "state": {}})
    assert page.params.temperature == 9
    assert page.get_state() == state


METHODS = st.sampled_from(["update", "custom", "request_state", "x"])


@given(data=st.one_of(JSON, st.fixed_dictionaries({"method": METHODS,
                                                   "state": JSON, "content": JSON, "buffer_paths": JSON})))  # fmt: skip
def test_a_message_of_any_form_is_survived(data):
    widget = show_index("")
    state, _ = watched(widget)
    tell(widget, data)
    assert widget.get_state() == state


def test_layouts_and_the_words_of_a_page_that_failed_hear_nothing(monkeypatch):
    def broken(*_):
        raise OSError("no")

    page = PageWidget(HERO)
    assert page.layout.comm._msg_callback is None
    assert page.comm._msg_callback is not None
    monkeypatch.setattr(notebook, "PageWidget", broken)
    box = show(HERO, "")
    parts = [box, *box.children]
    for widget in [*parts, *(part.layout for part in parts), *(label.style for label in box.children)]:
        assert widget.comm._msg_callback is None
    free = ipywidgets.IntSlider()
    assert free.comm._msg_callback is not None  # others are as they were


TARGETS = """
import ipywidgets
from ipywidgets import register_comm_target
from ipywidgets.comm import get_comm_manager
from kdviz.app import show
register_comm_target()
show("02_gradient_gap")
print(*sorted(get_comm_manager().targets))"""


@pytest.mark.parametrize(
    ("env", "targets"),
    [({}, ["jupyter.widget", "jupyter.widget.control"]), ({"SCRIPT_NAME": "/x.ipynb"}, ["jupyter.widget.control"])],
    ids=["notebook", "page"],
)
def test_a_page_opens_no_new_widgets_and_a_notebook_does(env, targets):
    done = subprocess.run(
        [sys.executable, "-c", TARGETS], env=os.environ | env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == targets


async def attacked(here) -> None:
    """Open a page, a second line to its kernel, and attack over the first."""
    crowd = Crowd(here.url, "voila/render/02_gradient_gap.ipynb", 60)
    first = await crowd.visit()
    second = Visit(kernel=first.kernel, line=await crowd.speak(first.kernel))
    comms = await widgets(first)
    state = {name: EVIL for name in ("_esm", "_css", "spec", "start", "token", "_view_module", "width", "display")}
    for comm in comms:
        for value in ({name: text} for name, text in state.items()):
            data = {"method": "update", "state": value, "buffer_paths": []}
            await say(first, "comm_msg", {"comm_id": comm, "data": data})
    fresh = {"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "value": 3}
    for target in ("jupyter.widget", "nothing"):
        opened = {"comm_id": uuid.uuid4().hex, "target_name": target, "data": {"state": fresh, "buffer_paths": []}}
        await say(first, "comm_open", opened)
    assert await widgets(first) == comms
    control = uuid.uuid4().hex
    opened = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
    await say(second, "comm_open", opened, version="1.0.0")
    await say(second, "comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
    found = [json.dumps(content) async for _, content in until_states(second)]
    assert any("update_states" in text for text in found)  # what the page is made of is still told
    assert not any(EVIL in text or "echo_update" in text for text in found)
    second.line.close()
    await closed(second.line)
    await crowd.leave(first)


async def widgets(visit: Visit) -> list[str]:
    """Return the widgets that a kernel has."""
    await say(visit, "comm_info_request", {"target_name": "jupyter.widget"})
    found = await anext(content async for kind, content in heard(visit) if kind == "comm_info_reply")
    return sorted(found["comms"])


async def until_states(visit: Visit):
    """Yield what comes until the states of all widgets have come."""
    async for kind, content in heard(visit):
        yield kind, content
        if content.get("data", {}).get("method") == "update_states":
            return


@pytest.mark.parametrize("fork", [False, True], ids=["usual", "forked"])
def test_over_a_line_nothing_of_a_page_can_be_changed_or_added_for_another_one(fork):
    with local_server(ROOT / "dashboards", max_sessions=2, fork=fork) as here:
        asyncio.run(attacked(here))


def test_on_a_page_that_is_not_ours_no_widget_can_be_made_from_below_either(tmp_path):
    async def made(here) -> tuple[list[str], list[str]]:
        crowd = Crowd(here.url, "voila/render/slider.ipynb", 60)
        visit = await crowd.visit()
        before = await widgets(visit)
        fresh = {"_model_name": "IntSliderModel", "_model_module": "@jupyter-widgets/controls", "value": 3}
        fresh |= {"_view_name": "IntSliderView", "_view_module": "@jupyter-widgets/controls"}
        fresh |= {"_model_module_version": "2.0.0", "_view_module_version": "2.0.0"}
        data = {"state": fresh, "buffer_paths": []}
        opened = {"comm_id": uuid.uuid4().hex, "target_name": "jupyter.widget", "data": data}
        await say(visit, "comm_open", opened, version="2.1.0")
        after = await widgets(visit)
        await crowd.leave(visit)
        return before, after

    with local_server(folder(tmp_path), max_sessions=2) as here:
        before, after = asyncio.run(made(here))
    assert before == after
    assert before


def test_a_message_to_a_channel_that_is_not_there_writes_nothing_to_the_log() -> None:
    code = ("import comm, sys; from kdviz.app.closed import close_doors\n"
            "close_doors(); print(comm.get_comm_manager().get_comm('nobody'))")  # fmt: skip
    keys = {name: value for name, value in os.environ.items() if name != "SCRIPT_NAME"}
    for page, complaint in (({}, "No such comm: nobody\n"), ({"SCRIPT_NAME": "02_gradient_gap.ipynb"}, "")):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=keys | page)
        assert (done.stdout, done.stderr) == ("None\n", complaint)
