"""One source of truth: pyproject.toml, and everything that repeats it says the same."""

import ast
import hashlib
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tools import sync_env, vendor

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
EXTRAS = PROJECT["optional-dependencies"]
DISTRIBUTION = {
    "sklearn": "scikit-learn",
    "zmq": "pyzmq",
}  # import name -> name on the package index, where they differ
DIRECT = [Requirement(text) for text in [*PROJECT["dependencies"], *chain(*EXTRAS.values())]]


def pins() -> dict[str, Version]:
    """Return what constraints.txt pins: {canonical name: version}."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_every_direct_dependency_is_pinned_within_its_range(requirement):
    pinned = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(pinned), f"constraints.txt pins {pinned}, pyproject wants {requirement}"


def test_torch_is_pinned_without_a_local_version():
    assert str(pins()["torch"]) == "2.13.0"  # `+cpu` here would forbid the builds of macOS and Windows


def test_the_extras_are_the_promised_ones():
    assert set(EXTRAS) == {"train", "test", "dask"}
    names = [Requirement(text).name for text in EXTRAS["train"]]
    assert names == ["safetensors", "scikit-learn", "torch", "tqdm", "xarray"]


def test_what_the_package_imports_it_also_declares():
    declared = {canonicalize_name(Requirement(text).name) for text in [*PROJECT["dependencies"], *EXTRAS["train"]]}
    for path in (ROOT / "kdviz").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"kdviz"}:
                name = canonicalize_name(DISTRIBUTION.get(top, top))
                assert name in declared, f"{path.relative_to(ROOT)} imports {top}: not in pyproject"


def test_the_conda_files_are_what_the_command_would_write(capsys):
    assert sync_env.main([]) == 0, capsys.readouterr().out


def test_the_command_notices_a_stale_conda_file(tmp_path, monkeypatch, capsys):
    stale = tmp_path / "environment.yml"
    stale.write_text("name: other\n", encoding="utf-8")
    monkeypatch.setattr(sync_env, "TARGETS", (stale,))
    monkeypatch.setattr(sync_env, "text", lambda: "name: kdviz\n")
    monkeypatch.setattr(sync_env, "ROOT", tmp_path)
    assert sync_env.main([]) == 1
    assert "environment.yml is out of step" in capsys.readouterr().out
    assert sync_env.main(["--write"]) == 0
    assert sync_env.main([]) == 0


@pytest.mark.parametrize("spec", sync_env.specs(PYPROJECT))
def test_a_conda_spec_parses_strictly(spec):
    from rattler import MatchSpec

    assert str(MatchSpec(spec, strict=True).name.normalized) == re.match(r"[\w.-]+", spec).group()


@pytest.mark.parametrize("requirement", ["numpy; python_version<'3.12'", "kdviz @ file:///tmp"])
def test_what_conda_cannot_say_is_refused(requirement):
    project = {"dependencies": [requirement], "optional-dependencies": {"train": []}}
    with pytest.raises(ValueError, match="has no conda form"):
        sync_env.specs({"project": project, "tool": PYPROJECT["tool"]})


@pytest.mark.skipif(sys.platform == "win32", reason="repo2docker does not run on Windows")
def test_binder_reads_our_python_and_our_post_build():
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-2000:]
    assert f"Building conda environment for python={PYPROJECT['tool']['kdviz']['conda']['python']}" in output
    assert "RUN ./binder/postBuild" in output
    assert '--file "binder/environment.yml"' in output


def test_post_build_adds_kdviz_and_nothing_else():
    script = (ROOT / "binder" / "postBuild").read_bytes()
    assert script.startswith(b"#!/bin/bash\n")
    assert b"\r" not in script
    assert [line for line in script.decode().splitlines() if line.startswith("pip")] == ["pip install --no-deps ."]


def test_the_vendored_browser_libraries_are_the_recorded_ones():
    static = ROOT / "share/jupyter/labextensions/kdviz/static"
    recorded = json.loads((static / "VENDORED.json").read_text(encoding="utf-8"))
    assert set(recorded) == {path.name for path in static.glob("*.min.js")} == set(vendor.SOURCES)
    for name, entry in recorded.items():
        assert hashlib.sha256((static / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["licence"] == "MIT"
        assert "Permission is hereby granted" in (static / entry["licence_file"]).read_text(encoding="utf-8")


def test_the_wheel_carries_the_pages_what_they_fetch_and_the_licences(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    for ending in (
        "kdviz/app/built/widget.js",
        ".data/data/share/jupyter/labextensions/kdviz/static/kdviz.js",
        "kdviz/data/table1.npz",
        "kdviz/data/README.md",
        ".data/data/share/jupyter/labextensions/kdviz/static/plotly-cartesian.min.js",
        ".data/data/share/jupyter/voila/templates/kdviz/conf.json",
        "licenses/LICENSE",
        "static/plotly-cartesian.LICENSE",
    ):
        assert any(name.endswith(ending) for name in names), f"{ending} is not in the wheel"


def test_ci_runs_the_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.splitlines()[-1] == "exec python3 run.py test"
    workflow = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in workflow
    assert "permissions:\n  contents: read" in workflow
