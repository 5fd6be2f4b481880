"""What a page may cost: bytes and messages on the websocket, memory of its kernel. Counts only, no clock."""

from __future__ import annotations

import psutil
import pytest

from benchmarks.wire import Wire
from kdviz.pages.catalogue import CATALOGUE
from tests.support.pages import LOGITS
from tests.support.tab import Tab

pytestmark = pytest.mark.quiet  # messages between two moments of silence

LOAD = 100_000  # bytes, both ways
STEP = 8_000  # bytes down
MEMORY = 50  # MiB
STEPS = 4


def watched(tab: Tab) -> Wire:
    """Count what goes over the websocket of a tab that has not been opened yet."""
    session = tab.page.context.new_cdp_session(tab.page)
    session.send("Network.enable")
    return Wire().listen(session)


def rested(tab: Tab, wire: Wire) -> None:
    """Wait until the answer is drawn and the websocket has been silent for a moment."""
    tab.settle()
    seen = -1
    while seen != len(wire.up) + len(wire.down):
        seen = len(wire.up) + len(wire.down)
        tab.page.wait_for_timeout(150)


QUERIES = [
    *((slug, f"T=2&K={classes}") for slug in LOGITS for classes in (10, 1000)),
    *((slug, "") for slug in CATALOGUE if slug not in LOGITS),
]


@pytest.mark.parametrize(("slug", "query"), QUERIES)
def test_a_page_stays_within_its_budget(tab: Tab, slug: str, query: str) -> None:
    wire = watched(tab)
    tab.open(slug, query)
    rested(tab, wire)
    assert wire.bytes_down() + wire.bytes_up() <= LOAD
    for slider in tab.page.locator(".kd-controls:not(.kd-more) .kd-range").all():
        slider.focus()
        wire.reset()
        for _ in range(STEPS):
            slider.press("ArrowLeft")
            rested(tab, wire)
        name = slider.get_attribute("aria-label")
        assert wire.messages_up() <= STEPS, f"{name}: more than one message up per step"
        assert wire.bytes_down() <= STEPS * STEP, f"{name}: {wire.bytes_down() / STEPS:.0f} bytes down per step"
        assert wire.bytes_down() > 0, f"{name} moved nothing"
    kernel = tab.kernel()
    assert kernel.memory_full_info().uss <= MEMORY * 2**20
    if psutil.LINUX:
        files = {mapped.path for mapped in kernel.memory_maps()}
        assert not [path for path in files if "libtorch" in path]
