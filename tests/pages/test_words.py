"""Every sentence that a visitor reads is in a `words/en.py`: a second language is one more module beside it."""

import ast
import json
import os
import re
import string
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.pages.training_race.runs import METHODS
from tests.support import pseudo

ROOT = Path(__file__).parents[2]
WORDS = sorted((ROOT / "kdviz").rglob("words/en.py"))
SCANNED = ("pages", "charts", "app")
SENTENCE = re.compile(r"[A-Za-z’]{2,} [A-Za-z’]{2,}")
KEPT = {  # names and symbols that are the same in every language
    *("KD", "LM", "MLP", "SGD", "Adam", "AdamW", "CE", "PyTorch", "Glorot", "He", "ResNet", "MNIST"),
    *("kdviz", "Python", "numpy", "torch", "voila"),
}
ALLOWED = re.compile(  # strings of code that only look like sentences: places of Plotly, links, CSS, JavaScript
    r"(top|middle|bottom) (left|center|right)|\w+=.*|export default .*|.*var\(--.*", re.DOTALL
)


def module(path):
    """The module of a file."""
    return import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def words(path):
    """{name: value} of a module of words, without what it takes from another."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    taken = {a.asname or a.name for node in tree.body if isinstance(node, ast.ImportFrom) for a in node.names}
    return {name: value for name, value in vars(module(path)).items() if name.isupper() and name not in taken}


def holes(value):
    """The same words with nothing but the names of their holes."""
    if isinstance(value, str):
        return sorted({name for _, name, _, _ in string.Formatter().parse(value) if name is not None})
    if isinstance(value, tuple):
        return [holes(item) for item in value]
    return {key: holes(item) for key, item in value.items()}


def user(path):
    """The files that may use the words of a file: its page, or everything for the shared ones."""
    folder = path.parents[1]
    return [file for file in folder.rglob("*.py") if file.parent.name != "words" or file.name == "numerals.py"]


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_words_are_words_and_every_one_of_them_is_used(path):
    code = "".join(file.read_text(encoding="utf-8") for file in user(path))
    own = path.read_text(encoding="utf-8")
    for name, value in words(path).items():
        holes(value)  # nothing but strings in tuples and dicts, and braces that close
        assert re.search(rf"\b(W|SHARED|words)\.{name}\b", code) or re.search(rf"\b{name}\b.*\b{name}\b", own, re.S), (
            name
        )


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_language_has_the_same_names_and_holes(path):
    english = {name: holes(value) for name, value in words(path).items()}
    for other in {*path.parent.glob("*.py")} - {path, path.parent / "__init__.py", path.parent / "numerals.py"}:
        assert {name: holes(value) for name, value in words(other).items()} == english, other


@cache
def ids():
    """What is chosen by name in links and recordings: the options of all knobs, the methods of the race."""
    params = [load(slug).params for slug in CATALOGUE]
    return {option for each in params for knob in knobs(each) for option in knob.options} | set(METHODS)


def reads_as_words(node, parents):
    """Whether a string constant is one that a visitor could read: two words, and no docstring, error, log or type."""
    text = re.sub(r"%\{[^}]*\}|<[^>]*>|[\w.]+ import [\w, ]+", "", node.value)
    if not SENTENCE.search(text) or ALLOWED.fullmatch(node.value) or node.value in ids():
        return False
    while node in parents:
        child, node = node, parents[node]
        if isinstance(node, ast.Raise | ast.Assert):
            return False
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value) == "log"
        ):
            return False
        if isinstance(node, ast.Expr) and node.value is child:  # a docstring
            return False
    return True


def found(text):
    """Strings of a source that a visitor could read."""
    tree = ast.parse(text)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    strings = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [node.value for node in strings if reads_as_words(node, parents)]


def test_no_sentence_stands_in_the_code():
    files = [path for name in SCANNED for path in (ROOT / "kdviz" / name).rglob("*.py")]
    files = [
        path for path in files if path.parent.name != "words" and path.name != "record.py"
    ]  # provenance is no page
    assert len(files) > 40
    strings = {path.relative_to(ROOT).as_posix(): found(path.read_text("utf-8")) for path in files}
    assert {name: some for name, some in strings.items() if some} == {}


def test_the_scan_finds_a_sentence_and_lets_docstrings_errors_and_logs_be():
    assert found('x = "Press Play"') == ["Press Play"]
    assert found('x = f"the {name} of all things"') == [" of all things"]
    assert (
        found('def f():\n    """Say it all."""\n    log.info("it is so")\n    raise ValueError(f"got no {x} at all")')
        == []
    )


def outside(text):
    """What stands outside brackets, without LaTeX, tags, places of numbers and what every language keeps."""
    depth, rest = 0, []
    for letter in text:
        depth += (letter == "[") - (letter == "]")
        rest.append(letter if depth == 0 and letter != "]" else " ")
    if text.startswith("\\") or r"\frac" in text or r"\lim" in text or "c(x) =" in text or r"\text" in text:
        rest = list(" ".join(re.findall(r"\\text\{([^}]*)\}", "".join(rest))))
    plain = re.sub(r"%\{[^}]*\}|</?\w+>|×10\S*", " ", "".join(rest))
    return [word for word in re.findall(r"[A-Za-z’]{2,}", plain) if word not in KEPT]


def test_the_search_for_what_is_not_translated_finds_it():
    assert outside("[The gap~~] is [5 %~]") == ["is"]
    assert outside(r"\text{[gain~]} = \frac{1}{S} \text{ points}") == ["points"]
    assert outside("[After [3~] steps~~] KD, T = 5") == []


def test_every_page_speaks_another_language_and_leaves_nothing_in_english():
    environment = os.environ | {"KDVIZ_LANGUAGE": pseudo.LANGUAGE}
    command = [sys.executable, "-W", "error", "-m", "tests.support.pseudo"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    texts = json.loads(done.stdout)
    assert len(texts) > 5000
    left = {text: where for where, text in texts if outside(text)}
    assert left == {}


def test_a_language_that_is_not_there_is_refused_with_the_cure():
    environment = os.environ | {"KDVIZ_LANGUAGE": "../x"}
    command = [sys.executable, "-c", "import kdviz.words"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "KDVIZ_LANGUAGE must name a language" in done.stderr


AVOIDED = {"lesson", "offset"}  # a page; mean_gap is c_s − c_t, teacher_mean and student_mean are means
HELD = ("core", "losses", "pages", "charts", "words")  # packages


def named(path):
    """The names that a module gives: of functions, arguments, variables, attributes and keys."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        yield from (
            getattr(node, part) for part in ("name", "id", "arg", "attr") if isinstance(getattr(node, part, 0), str)
        )


def test_one_word_per_thing_in_code_and_on_the_page():
    files = [path for folder in HELD for path in (ROOT / "kdviz" / folder).rglob("*.py")]
    assert {path.name: AVOIDED & set(named(path)) for path in files if AVOIDED & set(named(path))} == {}
    texts = {path: path.read_text(encoding="utf-8") for path in files}
    assert [path for path, text in texts.items() if re.search(r"\bour copy\b|over alone|alone gets", text)] == []


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_page_names_the_version_of_the_paper_at_most_once(slug):
    page = load(slug)
    fixed = json.dumps([page.goal, page.predict, page.tasks, page.reading, page.presets], ensure_ascii=False)
    state = page.verdict(page.compute(page.params()))
    quotes = "as printed" in (fixed + state).lower()
    assert (fixed + state).count("arXiv 2109.06458v2") == quotes
