"""The states that page tests go through, and what stays the same in a figure."""

from urllib.parse import urlencode

from kdviz.core.params import from_query, knobs
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.problems.logits import FAMILIES

MOVING = {"x", "y", "z", "text", "customdata"}
STATES = [
    "",
    *(f"T={t}&K={k}&cs=1&ct=-1" for t in ("0.05", "20", "1000000", "inf") for k in (2, 10, 30, 31, 1000)),
    *(f"family={name}&T=1" for name in FAMILIES),
    "sigma=20&T=0.05",
    "sigma=0.1&T=1000000",
    "cs=-5&ct=5&printed=1",
    "cs=5&ct=-5&printed=0",
    "t2=0&T=10",
    "family=typed&zs=1 2 3&zt=1 2 3&cs=2",
    "family=typed&zs=1 2 3&zt=1 2 3&cs=0&ct=0",
    "family=typed&zs=0 0&zt=0 0&cs=0&ct=0",
    "family=typed&zs=1 2 3&zt=-1 -2 -3",
    "family=typed&zs=-1000 1000&zt=1000 -1000&T=0.05",
]


def result(page, state):
    """The result of a page at a link's state, which must be clean."""
    params, notes = from_query(page.params, state)
    assert notes == ()
    return page.compute(params)


LOGITS = tuple(slug for slug in CATALOGUE if "typed_student" in load(slug).params.__dataclass_fields__)  # not training


def states(page):
    """Links over the range of a page: STATES where logits are drawn, else each knob at its ends, and all presets."""
    if page.slug in LOGITS:
        return STATES
    ends = {"toggle": ("0", "1"), "text": ()}
    found = [
        (k.key, value)
        for k in knobs(page.params)
        for value in ends.get(k.kind, k.options or [f"{end:g}" for end in (k.low, k.high) if end is not None])
    ]
    return ["", *(urlencode([pair]) for pair in found), *(preset.query for preset in page.presets.values())]


def furniture(figure):
    """A figure without what may move."""
    return [{k: v for k, v in trace.items() if k not in MOVING} for trace in figure["data"]], figure["layout"]
