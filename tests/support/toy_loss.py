"""A loss that kdviz does not have, as somebody would add it: one file, and one line that puts it into LOSSES.

`python -m tests.support.toy_loss` prints, as JSON, where it then appears: nothing but that line knows of it.
"""

import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from kdviz.core import check
from kdviz.core.arrays import Array, namespace, narrow, widened
from kdviz.losses import LOSSES, Loss


@dataclass(frozen=True)
class LogCosh(Loss):
    r"""Matching of raw logits that large differences pull with a bounded force.

    .. math:: \frac1K \sum_i \log\cosh(z^s_i - z^t_i), \qquad \text{gradient } \tanh(z^s - z^t)/K

    (..., K) -> (...).

    >>> LogCosh().grad([2.0, 1.0], [2.0, 1.0])
    array([0., 0.])
    """

    zero_sum: ClassVar[bool] = False
    label: ClassVar[str] = "log cosh"
    equation: ClassVar[str] = r"\frac1K \sum_i \log\cosh(z^s_i - z^t_i)"
    reference: ClassVar[str] = "made up for a test"

    def value(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """Mean of log cosh of the differences: (..., K) -> (...)."""
        d, _, dtype = self._difference(student_logits, teacher_logits, axis)
        xp, size = namespace(d), abs(d)
        return narrow((size + xp.log1p(xp.exp(-2 * size)) - math.log(2)).mean(-1), dtype)

    def grad(
        self, student_logits: Array, teacher_logits: Array = None, labels: Array = None, *, axis: int = -1
    ) -> Array:
        """tanh of the differences over K: (..., K) -> (..., K)."""
        d, axis, dtype = self._difference(student_logits, teacher_logits, axis)
        return namespace(d).moveaxis(narrow(namespace(d).tanh(d) / d.shape[-1], dtype), -1, axis)

    def _difference(self, student_logits, teacher_logits, axis):
        zs, zt, axis, _ = check.pair(student_logits, teacher_logits, axis)
        return widened(zs) - widened(zt), axis, namespace(zs).promote_types(zs.dtype, zt.dtype)


def chosen(slug, key):
    """A page with the loss chosen: its options, their texts, and (result, verdict) before and while it is trained."""
    from kdviz.core.params import from_query, knobs
    from kdviz.pages.catalogue import load

    page = load(slug)
    knob = next(knob for knob in knobs(page.params) if knob.key == key)
    params, notes = from_query(page.params, f"{key}=log_cosh")
    small = {"seeds": 3, "transfer": "30"} if key == "kd" else {}
    waiting, progress = page.compute(params), page.train(replace(params, **small))
    next(progress)
    live = next(progress).result
    progress.close()
    for result in (waiting, live):
        drawn = [trace for draw in page.figures for trace in draw(result)["data"]]
        assert all(page.formula(result) for _ in drawn) and page.gauges(result)
    return {
        "options": dict(zip(knob.options, knob.texts, strict=True)),
        "notes": notes,
        "verdicts": [page.verdict(result) for result in (waiting, live)],
        "rows": [[row[0], sum(cell == cell for cell in row)] for row in page.table(live).rows],
    }


def main():
    """Register the loss, and look for it."""
    LOSSES["log_cosh"] = LogCosh()  # the line

    from kdviz.train.sweep import Setting, sweep

    found = sweep({"loss": LOSSES.values()}, Setting(n=20, steps=2), progress=False)
    pages = {slug: chosen(slug, key) for slug, key in (("04_who_moves_the_mean", "loss"), ("05_training_race", "kd"))}
    swept = [str(loss) for loss in found.loss.values.tolist()]
    accuracy = float(found.accuracy.sel(loss=LogCosh()))
    contract = Path(__file__).parents[1] / "losses/test_losses.py"
    passed = pytest.main(["-v", "-p", "no:cacheprovider", "--no-header", str(contract), "-k", "log_cosh"])
    print(json.dumps({"pages": pages, "swept": swept, "accuracy": accuracy, "contract": int(passed)}))


if __name__ == "__main__":
    main()
