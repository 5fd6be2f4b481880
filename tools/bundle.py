"""Make what browsers get of `kdviz/app/js`, and all files that repeat its hash, from their sources.

`python tools/bundle.py` prints what differs from the committed files and exits 1; `--write` writes them. Needs Node
(`python3 run.py test` installs it); visitors and servers do not.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kdviz.words.en import LABELS  # noqa: E402
from tools import node, vendor  # noqa: E402

TEMPLATE = ROOT / "share/jupyter/voila/templates/kdviz"
APP = "kdviz.js"
WRITTEN = "{#- Written by tools/bundle.py; change that file or kdviz/words/en.py, not this one. -#}\n"
FOLDER = "{{ resources.base_url }}voila/labextensions/kdviz/static/"


def files() -> dict[Path, str]:
    """Return {path: text} of everything that is made here."""
    done = node.npm("build")
    if done.returncode:
        raise node.Trouble(f"the bundle cannot be made: {done.stderr[-2000:]}")
    made = json.loads(done.stdout)
    found = vendor.record()
    libraries = {"app": {"file": APP, "hash": made["build"]}}
    for name in ("plotly", "temml"):
        file = next(file for file in found if file.startswith(name))
        libraries[name] = {"file": file, "hash": str(found[file]["sha256"])}
    return {
        vendor.STATIC / APP: made["app"],
        ROOT / "kdviz/app/built/widget.js": made["widget"],
        ROOT / "kdviz/app/built/libraries.json": json.dumps(libraries, indent=2) + "\n",
        TEMPLATE / "preload.html.j2": WRITTEN + preload(libraries),
        TEMPLATE / "labels.html.j2": WRITTEN + labels(),
    }


def address(entry: dict[str, str]) -> str:
    """Return the address of a library in the template, with the hash by which browsers keep it."""
    return f"{FOLDER}{entry['file']}?v={entry['hash'][:16]}"


def preload(libraries: dict[str, dict[str, str]]) -> str:
    """Return the tags that fetch the program and its libraries while the kernel starts; the index has no charts."""
    scripts = "".join(
        f'<script async src="{address(libraries[name])}" integrity="{vendor.integrity(libraries[name]["hash"])}" '
        f'data-kd="{name}" onerror="this.remove()"></script>\n'
        for name in ("plotly", "temml")
    )
    module = f'<link rel="modulepreload" href="{address(libraries["app"])}">\n'
    return f'{module}{{% if resources.metadata.name != "index" %}}\n{scripts}{{% endif %}}\n'


def labels() -> str:
    """Return the labels of the frame as JSON that no text can leave."""
    text = json.dumps(LABELS["frame"], ensure_ascii=False).replace("</", "<\\/")
    return f'{{% raw %}}<script id="kd-labels" type="application/json">{text}</script>{{% endraw %}}\n'


def main(argv: list[str]) -> int:
    """Write the files with `--write`, otherwise compare them; 0 when they agree."""
    status = 0
    for path, text in files().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--write" in argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(
                f"wrote {path.relative_to(ROOT)}, {hashlib.sha256(text.encode()).hexdigest()[:12]}, {len(text)} bytes"
            )
            continue
        print(f"{path.relative_to(ROOT)} is out of step; run `python tools/bundle.py --write`")
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
