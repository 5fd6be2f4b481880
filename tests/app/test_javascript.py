"""The JavaScript of the pages: its types, its style, its own tests, its bundle and its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kdviz.words.en import LABELS
from tools import bundle, node

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "kdviz/app/js"
LABEL = r"\blabels\.(?!js\"|length)(\w+)"
FRAME = ROOT / "share/jupyter/voila/templates/kdviz/static"


@pytest.mark.parametrize("script", ["types", "lint", "test"])
def test_the_javascript_holds(script: str) -> None:
    done = node.npm(script)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


def test_what_is_committed_is_what_the_sources_give() -> None:
    assert [path.name for path, text in bundle.files().items() if path.read_text(encoding="utf-8") != text] == []


def test_a_stale_bundle_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    stale = tmp_path / "kdviz.js"
    stale.write_text("old", encoding="utf-8")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    monkeypatch.setattr(bundle, "files", lambda: {stale: "new"})
    assert bundle.main([]) == 1
    assert "kdviz.js is out of step" in capsys.readouterr().out
    assert bundle.main(["--write"]) == 0
    assert bundle.main([]) == 0


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock


def used(files: list[Path], pattern: str) -> set[str]:
    """Return the names of labels that some files use."""
    return {name for path in files for name in re.findall(pattern, path.read_text(encoding="utf-8"))}


def test_every_label_of_a_page_is_used_and_every_used_one_is_there() -> None:
    index = [SOURCES / "index.js", SOURCES / "libraries.js"]
    pages = [path for path in SOURCES.glob("*.js") if path.name != "index.js"]
    computed = {
        f"run_{state}"
        for state in ("idle", "waiting", "starting", "running", "paused", "stopped", "finished", "failed")
    }
    computed |= {f"save_{what}" for what in ("csv", "json", "latex")}
    assert used(pages, LABEL) | computed == LABELS["page"].keys()
    assert used(index, LABEL) == LABELS["index"].keys()


def test_every_state_of_a_session_has_its_sentence_and_its_button() -> None:
    banner = (FRAME / "banner.js").read_text(encoding="utf-8")
    states = {name for name in LABELS["frame"] if f"{name}_button" in LABELS["frame"]}
    labelled = {
        name for name in re.findall(r'"(\w+)"', banner) if name in {"offline", "returning", "cut", "ended", "locked"}
    }
    ends = used([FRAME / "banner.js", SOURCES / "early.js"], r"\"(unfinished|unmade)\"")
    assert ends == {"unfinished", "unmade"} <= states
    assert labelled == {"offline", "returning", "cut", "ended", "locked"} <= states
    assert used([FRAME / "wait.js"], r"labels\.(queue_\w+)") == LABELS["frame"].keys() - states - {
        f"{name}_button" for name in states
    }


def test_what_fills_a_hole_is_what_the_label_has() -> None:
    for path in SOURCES.glob("*.js"):
        for name, holes in re.findall(r"fill\((?:spec\.)?labels\.(\w+), \{([^}]*)\}", path.read_text(encoding="utf-8")):
            given = set(re.findall(r"(\w+)(?=\s*[:,]|\s*$)", re.sub(r":[^,]*", ":", holes)))
            text = {**LABELS["page"], **LABELS["index"]}[name]
            assert set(re.findall(r"\{(\w+)\}", text)) <= given, f"{path.name}: {name}"
