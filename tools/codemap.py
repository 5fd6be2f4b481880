"""Write docs/map.md: one line for every folder and file, taken from its own first sentence (standard library only).

`python tools/codemap.py` says whether the map is current, `python tools/codemap.py --write` writes it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAP = ROOT / "docs" / "map.md"
HEAD = """# Map of the code

One line a folder and a file: its own first sentence. `python tools/codemap.py --write` writes
this page, a test compares it.
"""
TOPS = ("benchmarks", "binder", "dashboards", "data", "docs", "kdviz", "share", "tests", "tools")
FRAME = "share/jupyter/voila/templates/kdviz"
SKIPPED = {"__pycache__", "node_modules", "thumbs", ".ipynb_checkpoints"}
FOLDERS = {  # folders that are no packages
    "binder": "What Binder builds, and the page it starts on.",
    "benchmarks/usual": "The same page, written the usual way.",
    "dashboards": "The index and one thin notebook a page.",
    "data": "Recorded runs; `make.py` is their only writer.",
    "docs": "Reasons, derivations, and how to run the server for many.",
    "docs/decisions": "What was decided and why, one decision a page.",
    "kdviz/app/built": "What browsers get, made by `tools/bundle.py`.",
    "kdviz/app/js": "The pages in the browser.",
    "share/jupyter/labextensions/kdviz/static": "Libraries of the browser, of recorded origin, and thumbnails.",
    "share/jupyter/voila/templates/kdviz": "The page around a dashboard, in HTML.",
    "share/jupyter/voila/templates/kdviz/static": "Style and scripts around a dashboard.",
    "tests/browser": "Tests that drive a real Chromium.",
    "tests": "Tests of the whole, and what pytest shares.",
    "tests/js": "Tests of the JavaScript, without a browser.",
    "tools": "What `run.py` and people who change the project use.",
}
FILES = {  # files that cannot say it themselves
    "kdviz/app/page.css": "The style of pages and index; the colours in it come from `tools/palette.py`.",
    "kdviz/app/built/libraries.json": "Hashes of the files that a kernel may hand out.",
    "kdviz/py.typed": "Says that the package has types.",
    "benchmarks/peers/requirements.txt": "The versions of the peers.",
    "benchmarks/usual/gradient_gap.ipynb": "Its notebook.",
    "binder/environment.yml": "The environment, written by `tools/sync_env.py`.",
    "binder/jupyter_server_config.json": "The start page, and when a kernel ends.",
    "binder/postBuild": "Installs the project.",
    f"{FRAME}/404.html": "What a page that is not there shows.",
    f"{FRAME}/conf.json": "Tells Voila which template this one extends.",
    f"{FRAME}/error.html": "What a page that failed shows.",
    f"{FRAME}/index.html.j2": "The page around a dashboard, from its head to its last cell.",
    f"{FRAME}/labels.html.j2": "The sentences that the scripts of the frame need.",
    f"{FRAME}/login.html": "The form that asks for the token.",
    f"{FRAME}/page.html": "The page around everything that is no dashboard.",
    f"{FRAME}/policy.html.j2": "The content security policy, written once.",
    f"{FRAME}/preload.html.j2": "What the browser shall fetch before it is asked for.",
    f"{FRAME}/tree-lab.html": "Instead of Voila's list of files: on to the index.",
    f"{FRAME}/tree.html": "Instead of Voila's list of files: on to the index.",
    f"{FRAME}/wait.html": "The waiting page.",
    f"{FRAME}/static/favicon.svg": "The icon.",
    f"{FRAME}/static/frame.css": "The style of the frame.",
    f"{FRAME}/opening.html.j2": "The opening state of a page, drawn before its kernel is there.",
    "share/jupyter/labextensions/kdviz/static/kdviz.css": "The same style as a file, by `tools/bundle.py`.",
    "share/jupyter/labextensions/kdviz/static/VENDORED.json": "Where the libraries come from, with hashes.",
}


def spoken(path: Path) -> str:
    """Return the first sentence of a file: its docstring, its first comment, its title; '' where it has none."""
    text = path.read_text(encoding="utf-8") if path.suffix in (".py", ".js", ".md") else ""
    if path.suffix == ".py":
        text = ast.get_docstring(ast.parse(text)) or ""
    elif path.suffix == ".js":
        lines = text.splitlines()
        end = next((i for i, line in enumerate(lines) if not line.startswith("// ")), len(lines))
        text = " ".join(line[3:] for line in lines[:end])
    elif path.suffix == ".md":
        return text.split("\n", 1)[0].lstrip("# ")
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[a-z)`’'\]0-9]\.) (?=[A-Z`])", paragraph, maxsplit=1)[0]


def folders() -> Iterator[Path]:
    """Yield every folder that holds files of the project."""
    for top in TOPS:
        for folder in sorted({path.parent for path in (ROOT / top).rglob("*") if path.is_file()}):
            if not SKIPPED & set(folder.relative_to(ROOT).parts):
                yield folder


def described(folder: Path) -> str:
    """Return what a folder is for."""
    name, package = folder.relative_to(ROOT).as_posix(), folder / "__init__.py"
    return FOLDERS.get(name) or (spoken(package) if package.exists() else "")


def entries(folder: Path) -> list[tuple[str, str]]:
    """Return (name, sentence) of the files of a folder that have one."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in ("__init__.py", MAP.name):
            sentence = FILES.get(path.relative_to(ROOT).as_posix()) or spoken(path)
            found += [(path.name, sentence)] * bool(sentence)
    return found


def written() -> str:
    """Return the text of the map."""
    parts = [HEAD]
    for folder in folders():
        lines = [f"- `{name}` {sentence}" for name, sentence in entries(folder)]
        title = f"## {folder.relative_to(ROOT).as_posix()}\n\n{described(folder)}\n"
        parts.append("\n".join([title, *lines]) + "\n" * bool(lines))
    return "\n".join(parts)


def main(argv: list[str]) -> int:
    """Write the map with `--write`, else compare it; 0 when it is current."""
    if "--write" in argv:
        MAP.write_text(written(), encoding="utf-8")
        return 0
    if MAP.exists() and MAP.read_text(encoding="utf-8") == written():
        return 0
    print("docs/map.md is out of step; run `python tools/codemap.py --write`")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
