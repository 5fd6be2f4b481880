"""Every page computes, draws and says what it did before the pages moved, names apart that were changed on purpose."""

import gzip
import json
from pathlib import Path

import pytest

from kdviz.lessons import CATALOGUE, load
from tests.golden import states

HELD = json.loads(gzip.decompress((Path(__file__).parent / "golden/pages.json.gz").read_bytes()))
SAME = HELD["machine"] == states.machine()
RENAMED: list[tuple[str, str]] = []  # (old words, new words) in sentences, in the order in which they are replaced


def renamed(value):
    """A recorded value with the new names in its sentences."""
    if isinstance(value, str):
        for old, new in RENAMED:
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [renamed(item) for item in value]
    return {key: renamed(item) for key, item in value.items()} if isinstance(value, dict) else value


def close(one, other):
    """Whether two fingerprints agree: to the last bit on the machine of the record, else up to rounding.

    NumPy's exp and log, and the order of its sums, depend on the instructions of a processor.
    """
    *_, shape, hashed, first, second = one
    *_, shape_now, hashed_now, first_now, second_now = other
    if SAME:
        return (shape, hashed) == (shape_now, hashed_now)
    return shape == shape_now and [first, second] == pytest.approx([first_now, second_now], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("slug", CATALOGUE)
def test_a_page_is_what_it_was(slug):
    held, lesson = HELD["pages"][slug], load(slug)
    now = json.loads(json.dumps(states.page(lesson, held["states"])))
    assert now["minutes"] == held["minutes"]
    assert now["spec"] == renamed(held["spec"])
    for query, before in held["states"].items():
        after = now["states"][query]
        for key in ("meters", "table"):
            assert close(after.pop(key), before[key]), (query, key)
        places = [[entry[:3] for entry in side["arrays"]] for side in (before, after)]
        assert places[0] == places[1], query
        for one, other in zip(after.pop("arrays"), before["arrays"], strict=True):
            assert close(one, other), (query, one, other)
        csv_after, csv_before = after.pop("csv"), before["csv"]
        assert csv_after[0] == renamed(csv_before[0])
        assert csv_after[1] == csv_before[1] or not SAME or renamed(before["cells"]) != before["cells"], query
        for key, value in after.items():
            assert value == renamed(before[key]), (query, key)


def test_every_recorded_file_holds_what_it_held():
    assert states.recordings() == HELD["recordings"]


def test_the_comparison_notices_a_changed_digit():
    one = states.fingerprint([1.0, 2.0, 3.0])
    assert close(one, states.fingerprint([1.0, 2.0, 3.0]))
    assert not close(one, states.fingerprint([1.0, 2.0, 3.00001]))
    assert not close(one, states.fingerprint([2.0, 1.0, 3.0]))


def test_forty_links_of_every_page_are_held():
    assert {len(page["states"]) for page in HELD["pages"].values()} == {states.COUNT}
