"""Which pages there are, in which order and chapter: the only list of them."""

from importlib import import_module
from typing import NamedTuple

from kdviz.pages import Page
from kdviz.words import spoken


class Entry(NamedTuple):
    """Where a page lives: the `package` of its folder, and the key of its `chapter` in the shared words."""

    package: str
    chapter: str


# the name of a notebook in dashboards/, and so of an address -> its page
CATALOGUE = {
    "01_temperature": Entry("kdviz.pages.temperature", "logits"),
    "02_gradient_gap": Entry("kdviz.pages.gradient_gap", "logits"),
    "03_mean_offset": Entry("kdviz.pages.mean_offset", "logits"),
    "04_who_moves_the_mean": Entry("kdviz.pages.who_moves_the_mean", "networks"),
    "05_training_race": Entry("kdviz.pages.training_race", "networks"),
    "06_initialisation": Entry("kdviz.pages.initialisation", "networks"),
}


def load(slug) -> Page:
    """The `Page` of a slug from `CATALOGUE`.

    Raises ValueError for a name that is not there.

    >>> load("02_gradient_gap").minutes
    12
    """
    return import_module(f"{_entry(slug).package}.page").PAGE


def title(slug) -> str:
    """The title of a page, without loading what it computes with.

    >>> title("02_gradient_gap")
    'The gradient gap'
    """
    return spoken(f"{_entry(slug).package}.words").TITLE


def _entry(slug):
    if slug not in CATALOGUE:
        raise ValueError(f"slug must be one of {', '.join(CATALOGUE)}, got {slug!r}")
    return CATALOGUE[slug]
