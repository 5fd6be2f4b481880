"""Long use: nothing hangs, nothing is left, nothing grows. Minutes: `python3 run.py test --all`."""

from __future__ import annotations

import asyncio
import gc
import json
import tempfile
import uuid
from pathlib import Path

import pytest
from jupyter_server.services.kernels.connection.base import deserialize_msg_from_ws_v1, serialize_msg_to_ws_v1

from benchmarks.storm import AFTER, GROWN, crowded, ours
from benchmarks.visitor import HEADER, Crowd, Visit
from kdviz.pages.catalogue import CATALOGUE
from tests.support.serving import ROOT, LocalServer, eventually, forks, kernel_of, local_server, zygote

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
CYCLES = 500
HERO = "voila/render/02_gradient_gap.ipynb"


async def drag(visit: Visit, steps: int) -> int:
    """Move T through some values; returns how many frames came back."""

    async def send(kind: str, content: dict) -> None:
        header = HEADER | {"msg_type": kind, "msg_id": uuid.uuid4().hex}
        item = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await visit.line.write_message(
            serialize_msg_to_ws_v1(item, "shell", lambda part: json.dumps(part).encode()), True
        )

    async def answer(kind: str) -> dict:
        while (raw := await asyncio.wait_for(visit.line.read_message(), 20)) is not None:
            _, (header, _, _, content, *_) = deserialize_msg_from_ws_v1(raw)
            if json.loads(header)["msg_type"] == kind:
                return json.loads(content)
        raise ConnectionError("the line was closed")

    await send("comm_info_request", {"target_name": "jupyter.widget"})
    comms, frames = (await answer("comm_info_reply"))["comms"], 0
    for step in range(steps):
        for comm in comms:
            change = {"kind": "change", "values": {"T": 1 + step}, "seq": step + 1}
            await send("comm_msg", {"comm_id": comm, "data": {"method": "custom", "content": change}})
        while (await answer("comm_msg"))["data"].get("content", {}).get("kind") != "frame":
            pass
        frames += 1
    return frames


def left(here: LocalServer) -> dict[str, int]:
    """Count what a session could leave behind."""
    place = private_folder(here)
    return {
        "kernels": len(forks(here)),
        "open files and sockets": here.process.num_fds(),
        "threads": here.process.num_threads(),
        "files": sum(path.name != "packed" and path.parent.name != "packed" for path in place.rglob("*")),
    }


def private_folder(here: LocalServer) -> Path:
    """Return the folder of the server's connection files, found by opening a page and leaving it."""
    kernel = kernel_of(here.get(f"/{HERO}")[1])
    (found,) = Path(tempfile.gettempdir()).glob(f"voila_*/kernel-{kernel}.json")
    here.get(f"/voila/api/shutdown/{kernel}", method="POST")
    return found.parent


def test_after_500_visits_nothing_is_left_and_nothing_has_grown():
    with local_server(ROOT / "dashboards", fork=True, max_sessions=8) as here:
        assert eventually(lambda: zygote(here) != 0, 30)
        crowd = Crowd(here.url, HERO, 60)

        async def cycles(count: int) -> None:
            for _ in range(count):
                visit = await crowd.visit()
                assert not visit.trouble, visit.trouble
                assert await drag(visit, 3) == 3
                await crowd.leave(visit)

        asyncio.run(cycles(100))
        gc.collect()
        assert eventually(lambda: not here.health()["sessions"], 10)
        before, memory = left(here), here.process.memory_info().rss
        crowd = Crowd(here.url, HERO, 60)
        asyncio.run(cycles(CYCLES))
        assert eventually(lambda: not here.health()["sessions"] and not forks(here), 10)
        eventually(lambda: here.process.memory_info().rss <= GROWN * memory, AFTER)
        after = left(here)
        print(f"\nbefore {before}\nafter  {after}\nmemory {here.process.memory_info().rss / memory:.2f} × before")
        assert after["kernels"] == after["files"] == 0
        assert after["threads"] <= before["threads"] + 2
        assert after["open files and sockets"] <= before["open files and sockets"] + 5
        assert here.process.memory_info().rss <= GROWN * memory
        place = private_folder(here)
    assert eventually(lambda: not place.exists(), 10)


@pytest.mark.parametrize("fork", [False, True], ids=["usual", "forked"])
def test_twenty_loads_of_each_page_and_none_hangs(fork):
    with local_server(ROOT / "dashboards", fork=fork, max_sessions=4) as here:
        for slug in (*CATALOGUE, "index"):
            crowd = Crowd(here.url, f"voila/render/{slug}.ipynb", 60)

            async def loads(crowd: Crowd = crowd) -> list[str]:
                troubles = []
                for _ in range(20):
                    visit = await crowd.visit()
                    troubles.append(visit.trouble)
                    await crowd.leave(visit)
                return [trouble for trouble in troubles if trouble]

            assert asyncio.run(loads()) == [], slug
        assert eventually(lambda: not here.health()["sessions"], 10)


def test_ten_at_once_ten_times_and_none_fails():
    with local_server(ROOT / "dashboards", max_sessions=10) as here:
        crowd = Crowd(here.url, HERO, 120)

        async def storm() -> list[Visit]:
            visits = await asyncio.gather(*(crowd.visit() for _ in range(10)))
            await asyncio.gather(*(crowd.leave(visit) for visit in visits))
            return visits

        for _ in range(10):
            crowd = Crowd(here.url, HERO, 120)
            assert [visit.trouble for visit in asyncio.run(storm()) if visit.trouble] == []
            assert here.clean(10)


def test_300_people_on_60_places_are_all_served_and_the_memory_comes_back():
    with ours("--fork", "--max-sessions", "60") as (address, process):
        rows = asyncio.run(crowded(address, process, 300, 60))
    assert [row.cells() for row in rows if not row.met] == []
