"""The map for those who change something lists nothing that does not exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ENDINGS = (".py", ".md", ".toml", ".txt", ".ipynb")
HOLE = re.compile(r"\b(NAME|FAMILY|NN|XX)\b|NN_NAME")


def named(text):
    """The files and folders that a text names in backticks; a part of capitals is to be filled in."""
    words = [word.strip("./") for code in re.findall(r"`([^`\n]+)`", text) for word in code.split()]
    return sorted({word for word in words if "/" in word or word.endswith(ENDINGS)})


def there(word):
    """Whether a name leads somewhere, from the top, from `kdviz` or from any folder of it; holes fit anything."""
    pattern = HOLE.sub("*", word)
    return any(next(ROOT.glob(f"{top}{pattern}*"), None) for top in ("", "kdviz/", "kdviz/*/", "kdviz/*/*/"))


def modules(text):
    """The packages that a text names, as folders."""
    return sorted({word.replace(".", "/") for word in re.findall(r"`(kdviz(?:\.\w+)+)`", text)})


def test_every_path_of_the_map_leads_somewhere():
    assert len(named(TEXT)) > 15
    assert [word for word in named(TEXT) if not there(word)] == []
    assert [folder for folder in modules(TEXT) if not (ROOT / folder).is_dir()] == []


def test_the_search_finds_what_is_not_there():
    assert named("`python tools/nothing.py --write` and `X.md` but not `value`") == ["X.md", "tools/nothing.py"]
    assert not there("tools/nothing.py") and not there("kdviz/losses/FAMILY.rs")
    assert there("kdviz/losses/FAMILY.py") and there("words/XX.py") and there("dashboards/NN_NAME.ipynb")


def test_every_package_has_its_row():
    rows = re.findall(r"^\| `([\w./*]+)`", TEXT, re.MULTILINE)
    packages = [f"kdviz.{path.parent.name}" for path in (ROOT / "kdviz").glob("*/__init__.py")]
    assert [package for package in packages if package not in rows] == []
