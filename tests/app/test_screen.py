"""What is on a screen, as JSON, which has no infinity and no NaN."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kdviz.app.screen import cell, finite
from kdviz.pages.catalogue import load
from tests.support.visitor import Visitor

HERO = load("02_gradient_gap")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        ("a", "a"),
        (None, None),
    ],
)
def test_a_cell_of_a_table_is_json_and_what_is_no_number_there_is_a_sign(value: object, shown: object) -> None:
    assert cell(value) == shown
    assert type(cell(value)) is type(shown)


def test_a_meter_without_a_finite_value_has_none() -> None:
    assert [finite(value) for value in (math.nan, math.inf, np.float64(-1.5))] == [None, None, -1.5]
    gauges = HERO.gauges(HERO.compute(HERO.params()))

    def broken(result):
        return tuple(gauge._replace(value=math.nan) for gauge in gauges)

    visitor = Visitor(replace(HERO, gauges=broken))
    assert [gauge[1] for gauge in visitor.change(1, T=9.0)["texts"].get("gauges", visitor.texts["gauges"])] == [
        None
    ] * len(gauges)
