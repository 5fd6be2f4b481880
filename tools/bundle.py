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
APP, STYLE = "kdviz.js", "kdviz.css"
WRITTEN = "{#- Written by tools/bundle.py; change that file or kdviz/words/en.py, not this one. -#}\n"
FOLDER = "{{ resources.base_url }}voila/labextensions/kdviz/static/"


def files() -> dict[Path, str]:
    """Return {path: text} of everything that is made here."""
    done = node.npm("build")
    if done.returncode:
        raise node.Trouble(f"the bundle cannot be made: {done.stderr[-2000:]}")
    made = json.loads(done.stdout)
    found = vendor.record()
    libraries = {"app": {"file": APP, "hash": made["build"], "version": version(made["app"])}}
    for name in ("plotly", "temml"):
        file = next(file for file in found if file.startswith(name))
        digest = str(found[file]["sha256"])
        libraries[name] = {"file": file, "hash": digest, "version": digest[:16]}
    style = (ROOT / "kdviz/app/page.css").read_text(encoding="utf-8")  # a page is drawn before its widget brings it
    return {
        vendor.STATIC / APP: made["app"],
        vendor.STATIC / STYLE: style,
        ROOT / "kdviz/app/built/widget.js": made["widget"],
        ROOT / "kdviz/app/built/libraries.json": json.dumps(libraries, indent=2) + "\n",
        TEMPLATE / "preload.html.j2": WRITTEN + preload(libraries, style),
        TEMPLATE / "opening.html.j2": WRITTEN + opening(libraries),
        TEMPLATE / "labels.html.j2": WRITTEN + labels(),
    }


def version(text: str) -> str:
    """Return what tells a file from others of its name, in its address: the server lets browsers keep it for a year."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def address(file: str, version: str) -> str:
    """Return the address of a file in the template."""
    return f"{FOLDER}{file}?v={version}"


def preload(libraries: dict[str, dict[str, str]], style: str) -> str:
    """Return the tags that fetch the program and its libraries while the kernel starts; the index has no charts."""
    where = {name: address(entry["file"], entry["version"]) for name, entry in libraries.items()}
    scripts = "".join(
        f'<script async src="{where[name]}" integrity="{vendor.integrity(libraries[name]["hash"])}" '
        f'data-kd="{name}" fetchpriority="{priority}" onerror="this.remove()"></script>\n'
        for name, priority in (("plotly", "high"), ("temml", "low"))
    )
    sheet = f'<link rel="stylesheet" href="{address(STYLE, version(style))}">\n'
    module = f'<link rel="modulepreload" href="{where["app"]}">\n'
    return f'{sheet}{module}{{% if resources.metadata.name != "index" %}}\n{scripts}{{% endif %}}\n'


def opening(libraries: dict[str, dict[str, str]]) -> str:
    """Return the place where a page is drawn from the JSON in `text` before its kernel is there; `off`: to look at."""
    app = address(libraries["app"]["file"], libraries["app"]["version"])
    return f"""<div id="kd-early"{{{{ ' data-off' if off else '' }}}}></div>
<script id="kd-opening" type="application/json">{{{{ text|safe }}}}</script>
<script type="module" async src="{app}"></script>
"""


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
