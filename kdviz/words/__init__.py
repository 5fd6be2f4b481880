"""Sentences as data: every one that a visitor can read is in a `words/en.py`, the shared ones here, a page's with it.

A language is one module of the same names per package, with the same holes in its sentences: `words/de.py` beside
`words/en.py`. A process speaks one language, named by KDVIZ_LANGUAGE.
"""

import os
from importlib import import_module
from importlib.util import find_spec
from typing import Any

LANGUAGE = os.environ.get("KDVIZ_LANGUAGE", "en")


def spoken(package: str) -> Any:
    """The words of `package` in the language of this process, as a module: `spoken("kdviz.words").UNDEFINED`.

    ValueError where the package does not speak it.

    >>> spoken("kdviz.words").UNDEFINED
    'undefined'
    """
    name = f"{package}.{LANGUAGE}"
    if not (LANGUAGE.isidentifier() and len(LANGUAGE) <= 5) or find_spec(name) is None:
        raise ValueError(f"KDVIZ_LANGUAGE must name a language of {package}, got {LANGUAGE!r:.40}; en is always there")
    return import_module(name)


W = spoken(__name__)
