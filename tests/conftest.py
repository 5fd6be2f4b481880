"""What every test shares: hypothesis profiles, and an honest count of the tests that were left out."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tools import environment

LEFT_OUT: dict[str, list[str]] = {}  # what did not run and why -> the ids
NO_TORCH = "test files or tests that need torch NOT RUN: KDVIZ_NO_TORCH=1"
TORCH = re.compile(
    r"^(import|from) (torch|safetensors|kdviz\.train|kdviz\.problems\.(?!logits)\w+"
    r"|kdviz\.pages\.\w+(\.| import )(run|record))\b",
    re.MULTILINE,
)

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def switched_on(variable: str) -> bool:
    """Tell whether an environment variable is set to something other than empty, 0, no or false."""
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "no", "false")


def has_gpu() -> bool:
    """Tell whether PyTorch is there and sees a CUDA device."""
    try:
        import torch
    except ModuleNotFoundError:
        return False
    return torch.cuda.is_available()


class WithoutTorch:
    """Leaves out, and counts, files that import torch or what needs it at their top: tests, modules with examples."""

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Ignore such a file; a hook of this conftest itself would not be asked about files outside this folder."""
        if collection_path.suffix != ".py" or not TORCH.search(collection_path.read_text(encoding="utf-8")):
            return None
        LEFT_OUT.setdefault(NO_TORCH, []).append(collection_path.name)
        return True


def pytest_configure(config: pytest.Config) -> None:
    """With KDVIZ_NO_TORCH=1 look at every file before it is imported."""
    if switched_on("KDVIZ_NO_TORCH"):
        config.pluginmanager.register(WithoutTorch())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect browser tests where that was asked for, and gpu tests where there is no GPU; both are counted."""
    reasons = {}
    if switched_on("KDVIZ_NO_BROWSER"):
        reasons["browser"] = "KDVIZ_NO_BROWSER=1"
    if any(item.get_closest_marker("gpu") for item in items) and not has_gpu():
        reasons["gpu"] = "no GPU here"
    for mark, reason in reasons.items():
        out = [item for item in items if item.get_closest_marker(mark)]
        if out:
            LEFT_OUT[f"{mark} tests NOT RUN: {reason}"] = [item.nodeid for item in out]
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if not item.get_closest_marker(mark)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Count a test that misses torch as left out with KDVIZ_NO_TORCH=1, and let a skip fail with KDVIZ_STRICT=1."""
    report = yield
    missing = call.excinfo.value if call.excinfo else None
    if switched_on("KDVIZ_NO_TORCH") and isinstance(missing, ModuleNotFoundError) and missing.name == "torch":
        LEFT_OUT.setdefault(NO_TORCH, []).append(item.nodeid)
        report.outcome, report.longrepr = "skipped", (str(item.path), 0, "KDVIZ_NO_TORCH=1")
    elif report.skipped and not hasattr(report, "wasxfail") and switched_on("KDVIZ_STRICT"):
        report.outcome, report.longrepr = "failed", f"skipped, which KDVIZ_STRICT=1 forbids: {report.longrepr}"
    return report


def pytest_unconfigure() -> None:
    """Print, as the very last lines, how many tests were left out and why."""
    for what, names in LEFT_OUT.items():
        if what.startswith("gpu"):
            print(*(f"  {name}" for name in names), sep="\n")
        print(f"{len(names)} {what}")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a small project folder of its own, whose pip is a list of what it was asked."""
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "page.js").write_text("1")
    (tmp_path / "pyproject.toml").write_text("a = 1")
    (tmp_path / "constraints.txt").write_text("numpy==2.0\ntorch==2.13.0\n")
    asked: list[str] = []
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(environment, "pip", lambda *words: asked.append(" ".join(words)))
    monkeypatch.setattr(environment, "answers", lambda url: True)
    for name in ("KDVIZ_NO_TORCH", "KDVIZ_NO_BROWSER", "KDVIZ_BROWSER"):
        monkeypatch.delenv(name, raising=False)

    def make_venv():
        python = environment.python_of(tmp_path / ".venv")
        python.parent.mkdir(parents=True, exist_ok=True)
        if not python.exists():
            python.symlink_to(sys.executable) if os.name == "posix" else python.write_bytes(b"")

    monkeypatch.setattr(environment, "make_venv", make_venv)
    monkeypatch.setattr(environment, "install_torch", lambda gpu: "gpu" if gpu else "cpu")
    return asked
