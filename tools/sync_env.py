"""Write environment.yml and binder/environment.yml from pyproject.toml, which alone says what kdviz needs.

`python tools/sync_env.py` prints what differs and exits 1; `--write` writes both files.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGETS = (ROOT / "environment.yml", ROOT / "binder" / "environment.yml")
HEAD = """\
# Written from pyproject.toml by `python tools/sync_env.py --write`; change that file, not this one.
# To use it: conda env create -f environment.yml && conda activate kdviz && pip install --no-deps -e .
"""
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*)")  # name, extras (dropped), version range


def specs(pyproject: dict) -> list[str]:
    """Return the conda specs of the dependencies and of the extras that [tool.kdviz.conda] names, Python first.

    Raises ValueError for a requirement with a marker or an address, which a conda spec cannot say.

    >>> conda = {"python": "3.11", "extras": ["train"], "names": {"torch": "pytorch-cpu"}}
    >>> project = {"dependencies": ["numpy>=2.0, <3"], "optional-dependencies": {"train": ["torch>=2.4,<3"]}}
    >>> specs({"project": project, "tool": {"kdviz": {"conda": conda}}})
    ['python=3.11', 'pip', 'numpy>=2.0,<3', 'pytorch-cpu>=2.4,<3']
    """
    conda, project = pyproject["tool"]["kdviz"]["conda"], pyproject["project"]
    wanted = list(project["dependencies"])
    for extra in conda["extras"]:
        wanted += project["optional-dependencies"][extra]
    found = []
    for requirement in wanted:
        match = REQUIREMENT.match(requirement)
        if match is None or ";" in requirement or "@" in requirement:
            raise ValueError(f"{requirement!r} has no conda form; give a plain name with a version range")
        name, versions = match.groups()
        found.append(conda["names"].get(name, name) + versions.replace(" ", ""))
    return [f"python={conda['python']}", "pip", *sorted(found)]


def text() -> str:
    """Return what both files must say."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [
        f"name: {pyproject['project']['name']}",
        "channels:",
        f"  - {pyproject['tool']['kdviz']['conda']['channel']}",
    ]
    lines += ["dependencies:", *(f"  - {spec}" for spec in specs(pyproject))]
    return HEAD + "\n".join(lines) + "\n"


def main(argv: list[str]) -> int:
    """Write both files with `--write`, otherwise compare; 0 when they say what they should."""
    wanted = text()
    if "--write" in argv:
        for target in TARGETS:
            target.write_text(wanted, encoding="utf-8", newline="\n")
        return 0
    stale = [target for target in TARGETS if not target.exists() or target.read_text(encoding="utf-8") != wanted]
    for target in stale:
        print(f"{target.relative_to(ROOT)} is out of step with pyproject.toml; run python tools/sync_env.py --write")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
