"""An environment that was moved, copied or damaged is mended; without a network one line says so."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.pip import PLAIN, POSIX, TESTS
from tools import environment
from tools.environment import Trouble

ROOT = Path(__file__).parents[2]
PIP, INSTALL_TORCH = environment.pip, environment.install_torch


def site_of(venv: Path) -> Path:
    """Make and return the folder of packages of a virtual environment."""
    found = venv / ("Lib/site-packages" if os.name == "nt" else "lib/python3.11/site-packages")
    found.mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.parametrize("way", ["moved", "copied", "moved öne"])
def test_a_folder_that_was_moved_or_copied_is_put_right_without_pip(project, tmp_path, monkeypatch, capsys, way):
    old, new = tmp_path / "old", tmp_path / way
    for name in ("pyproject.toml", "constraints.txt", "share"):
        (old / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).rename(old / name)
    monkeypatch.setattr(environment, "ROOT", old)
    monkeypatch.setattr(environment, "VENV", old / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", old / ".venv"], check=True)
    lies = Path(environment.intact.site(old / ".venv"))
    (lies / "_editable.pth").write_text(str(old), encoding="utf-8")
    (old / "here.py").write_text("")
    neighbour = lies / "neighbour.pth"
    neighbour.write_text(f"{old}-too\n")
    script = old / ".venv" / "bin" / "tool"
    if os.name == "posix":
        script.write_text(f"#!{old}/.venv/bin/python\nimport here\nprint(here.__file__)\n")
        script.chmod(0o755)
    environment.ensure(test=False)
    shutil.copytree(old, new, symlinks=True) if way == "copied" else old.rename(new)
    monkeypatch.setattr(environment, "ROOT", new)
    monkeypatch.setattr(environment, "VENV", new / ".venv")
    python = environment.ensure(test=False)
    assert project == [PLAIN]
    assert f"moved or copied from {old}" in capsys.readouterr().out
    (tmp_path / "elsewhere").mkdir()
    tool = [[new / ".venv" / "bin" / "tool"]] if os.name == "posix" else []
    for command in ([python, "-c", "import here; print(here.__file__)"], *tool):
        done = subprocess.run(command, cwd=tmp_path / "elsewhere", capture_output=True, check=False)
        assert done.stdout.decode().strip() == str(new / "here.py"), done.stderr
    assert neighbour.name and f"{old}-too" in (Path(str(lies).replace(str(old), str(new))) / neighbour.name).read_text()
    environment.ensure(test=False)
    assert "moved" not in capsys.readouterr().out


def test_a_symlinked_folder_is_the_same_folder(tmp_path):
    (tmp_path / "link").symlink_to(ROOT, target_is_directory=True)
    code = "import sys; sys.path.insert(0, '.'); from tools import environment; print(environment.ROOT)"
    for folder in (ROOT, tmp_path / "link"):
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
        assert Path(done.stdout.strip()) == ROOT.resolve()


@pytest.mark.parametrize(
    "gone", ["numpy", "numpy-2.0.dist-info", "_editable_impl_kdviz.pth", "../../../share/jupyter/nbconvert/templates"]
)
def test_what_is_missing_in_the_environment_is_installed_anew(project, capsys, gone):
    site = site_of(environment.VENV)
    for name, files in {
        "numpy-2.0": ("numpy/a.py",),
        "nbconvert-7.0": ("../../../share/jupyter/nbconvert/templates/x",),
    }.items():
        (site / f"{name}.dist-info").mkdir()
        (site / f"{name}.dist-info" / "RECORD").write_text("".join(f"{file},,\n" for file in files))
        for file in files:
            (site / file).parent.mkdir(parents=True)
            (site / file).write_text("")
    (site / "_editable_impl_kdviz.pth").write_text("")
    environment.ensure(test=True)
    environment.ensure(test=False)
    assert project == [TESTS]
    path = site / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    began = time.monotonic()
    environment.ensure(test=False)
    assert time.monotonic() - began < 0.2
    assert project == [TESTS, TESTS]  # the tools for tests stay
    assert "missing in .venv: " in capsys.readouterr().out
    left = {path.name for path in site.glob("*.dist-info")}  # pip believes a record, so that of a broken package goes
    assert left == {"numpy-2.0.dist-info", "nbconvert-7.0.dist-info"} - {
        {"numpy": "numpy-2.0.dist-info", "numpy-2.0.dist-info": "numpy-2.0.dist-info"}.get(
            gone, "nbconvert-7.0.dist-info" if "nbconvert" in gone else ""
        )
    }


def test_a_newer_version_that_somebody_installed_is_not_called_missing(project):
    site = site_of(environment.VENV)
    (site / "numpy-2.0.dist-info").mkdir()
    environment.ensure(test=False)
    (site / "numpy-2.0.dist-info").rename(site / "numpy-2.1.dist-info")
    (site / "more").mkdir()
    environment.ensure(test=False)
    assert project == [PLAIN]


@POSIX
def test_without_a_network_one_line_says_so_and_what_to_do(project, monkeypatch, capsys):
    environment.make_venv()
    python = environment.python_of(environment.VENV)
    python.unlink()
    python.write_text(
        "#!/bin/sh\nseq 1 40\necho \"WARNING: Retrying after connection broken by 'NewConnectionError(Failed to "
        "establish a new connection: [Errno -3] Temporary failure in name resolution)'\" >&2\n"
        "echo 'ERROR: No matching distribution found for hatchling' >&2\nexit 1\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(environment, "pip", PIP)
    monkeypatch.setattr(environment, "install_torch", INSTALL_TORCH)
    monkeypatch.setattr(environment, "answers", lambda url: False)
    with pytest.raises(Trouble, match=r"^no network: .* run the same command again.* PIP_INDEX_URL") as trouble:
        environment.ensure(test=False)
    assert "\n" not in str(trouble.value)
    assert capsys.readouterr().out.count("\n") == 3  # what is done, one line each; nothing of pip's
