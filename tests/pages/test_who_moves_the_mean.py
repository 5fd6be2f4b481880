"""Page 04: what the recording holds is what the theorems say, and the page says what the recording holds."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from kdviz.core import recorded
from kdviz.pages.catalogue import load
from kdviz.pages.who_moves_the_mean import traces as runs
from kdviz.words import numerals
from tests.support.pages import result

MEANS = load("04_who_moves_the_mean")
ZERO_SUM = [run for run in runs.RUNS if runs.LOSSES[run[0]].zero_sum]
DESCENT = ("SGD", "momentum")
ROUNDING = 1e-11


def trace(student="MLP", centre="no", optimiser="SGD", decay="0", run=("KD at T=4", "own")):
    """One run of the recording."""
    return runs.unpack(recorded.load("means"), (student, centre, optimiser, decay, run))


def grid(*axes):
    """Every combination, as a decorator."""
    names = ("student", "optimiser", "decay", "run")
    return pytest.mark.parametrize(",".join(names[: len(axes)]), list(product(*axes)))


@grid(runs.STUDENTS, DESCENT, ["0"], ZERO_SUM)
def test_gradient_descent_never_moves_the_class_means_of_the_last_layer(student, optimiser, decay, run):
    kept = trace(student, "no", optimiser, decay, run)
    assert max(kept.head.max(), kept.bias.max()) < ROUNDING
    assert np.nanmax(kept.gradient) < 1e-9
    assert (kept.moved < ROUNDING) == (student != "MLP")  # h(x) of an MLP moves


@grid(runs.STUDENTS, DESCENT, runs.DECAYS[1:], ZERO_SUM)
def test_weight_decay_shrinks_them_by_a_factor_without_data(student, optimiser, decay, run):
    found = trace(student, "no", optimiser, decay, run)
    axes = runs.STUDENTS.index(student), runs.OPTIMISERS.index(optimiser), runs.DECAYS.index(decay)
    factor = recorded.load("means")["factor"][axes]
    np.testing.assert_allclose(found.head, (1 - factor) * found.head_start, rtol=2e-3, atol=1e-12)
    assert found.left == pytest.approx(factor[-1], rel=1e-6)
    np.testing.assert_allclose(found.bias, (1 - factor) * found.bias_start, rtol=2e-3, atol=1e-12)


@grid(runs.STUDENTS, ("Adam", "AdamW"), ["0"], ZERO_SUM)
def test_adam_moves_them_though_its_gradients_sum_to_zero(student, optimiser, decay, run):
    moved = trace(student, "no", optimiser, decay, run)
    assert np.nanmax(moved.gradient) < 1e-9
    assert np.nanmax(moved.update) > 0.05
    assert moved.head[-1] > 0.1 * moved.head_start
    assert moved.moved > 0.1


@grid(runs.STUDENTS, runs.OPTIMISERS, runs.DECAYS, ZERO_SUM)
def test_a_centred_head_freezes_the_mean_logit(student, optimiser, decay, run):
    assert trace(student, "pass", optimiser, decay, run).moved < ROUNDING
    assert (trace(student, "start", optimiser, decay, run).moved < ROUNDING) == (optimiser in DESCENT)


@pytest.mark.parametrize("optimiser", runs.OPTIMISERS)
@pytest.mark.parametrize("teacher_mean", runs.TEACHER_MEANS)
def test_lm_takes_the_mean_to_the_teachers(optimiser, teacher_mean):
    teacher = recorded.load("means")["teacher"][list(runs.TEACHER_MEANS).index(teacher_mean)]
    for student in ("MLP", "linear"):
        end = trace(student, "no", optimiser, "0", ("LM", teacher_mean))
        assert end.mean[-1] == pytest.approx(teacher[0], abs=0.25)


@pytest.mark.parametrize(
    "state",
    [
        "", "net=linear", "net=free logits", "opt=Adam", "wd=0.02", "wd=0.02&opt=momentum", "centre=1", "loss=LM",
        "centre=1&opt=Adam", "always=1&opt=Adam", "loss=LM&off=5", "loss=LM&off=0&centre=1", "wd=0.02&opt=AdamW",
    ],
)  # fmt: skip
def test_the_verdict_is_what_the_run_did(state):
    r = result(MEANS, state)
    verdict, run = MEANS.verdict(r), r.trace(r.params.optimiser)
    zero_sum = runs.LOSSES[r.params.loss].zero_sum
    still = run.moved < ROUNDING
    assert ("that holds here" in verdict) == (zero_sum and still)
    assert ("that does not hold here" in verdict) == (zero_sum and not still)
    assert numerals.number(run.moved) in verdict
    assert ("stay where they were" in verdict) == (run.head[-1] < ROUNDING and not r.params.each_pass)
    if not still:
        assert numerals.number(float(run.mean[0])) in verdict
        assert numerals.number(float(run.mean[-1])) in verdict
    if r.factor is not None:
        assert numerals.percent(float(r.factor[-1]), 4) in verdict
    if not zero_sum and not still:
        assert numerals.number(r.teacher[0]) in verdict


def test_the_prediction_is_right():
    run = result(MEANS, "net=MLP&loss=KD at T=4&opt=SGD").trace("SGD")
    assert max(run.head[-1], run.bias[-1]) < ROUNDING < 0.1 < run.moved
    assert MEANS.predict.answer == 1


def test_only_lm_depends_on_the_teachers_mean():
    for loss in runs.LOSSES:
        one, other = (result(MEANS, f"loss={loss.replace('+', '%2B')}&off={off}") for off in ("0", "5"))
        same = all(one.trace(name) is other.trace(name) for name in runs.OPTIMISERS)
        assert same == (loss != "LM")
        assert one.teacher != other.teacher


def test_the_charts_show_the_chosen_run():
    r = result(MEANS, "opt=Adam&wd=0.02")
    mean, drift, sums = ({t["name"]: t for t in draw(r)["data"]} for draw in MEANS.figures)
    run = r.trace("Adam")
    np.testing.assert_array_equal(mean["student"]["y"], run.mean)
    outline = np.concatenate([run.low, run.high[::-1]])
    np.testing.assert_array_equal(mean["student, 90 % of the images"]["y"], outline)
    np.testing.assert_array_equal(drift["w̄"]["y"][1:], run.head[1:])
    np.testing.assert_array_equal(sums["updates"]["y"], run.update)
    assert len(drift["w̄ by weight decay alone"]["x"]) == 0  # Adam has no such prediction
    assert len(mean["recorded"]["x"]) == 0
    assert {word for text in drift["names"]["text"] for word in text.split(", ")} == set(runs.OPTIMISERS)


def test_what_is_not_recorded_is_reported_and_drawn_empty():
    r = result(MEANS, "seed=7")
    assert "Press Play" in MEANS.verdict(r)
    assert all(len(trace["y"]) == 0 for draw in MEANS.figures for trace in draw(r)["data"])
    assert all(math.isnan(gauge.value) for gauge in MEANS.gauges(r))


def test_answers_come_from_the_runs():
    answers = [task.answer for task in MEANS.tasks]
    assert numerals.number(trace().moved) in answers[0]
    assert numerals.percent(float(np.nanmax(trace(optimiser="Adam").update))) in answers[1]
    assert numerals.percent(float(recorded.load("means")["factor"][0, 0, 2, -1]), 4) in answers[2]
    assert numerals.number(trace(centre="start", optimiser="Adam").moved) in answers[3]
    assert numerals.number(float(trace(run=("LM", "5")).mean[-1])) in answers[4]


def test_a_live_run_gives_the_recorded_run_again():
    params = replace(MEANS.params(), student="linear", decay="0.02")
    begun = MEANS.train(params)
    first = next(begun)
    assert [len(draw(first.result)["data"]) for draw in MEANS.figures]
    assert MEANS.verdict(first.result)
    begun.close()
    *_, last = MEANS.train(params)
    assert last.done == last.total == len(runs.OPTIMISERS) * len(runs.MOMENTS)
    assert set(last.result.live) == set(runs.OPTIMISERS)
    for name in DESCENT:
        live, held = last.result.live[name], last.result.recorded[name]
        np.testing.assert_allclose(live.mean, held.mean, atol=2e-3)
        np.testing.assert_allclose(live.head, held.head, rtol=1e-3, atol=1e-11)
    lines = {t["name"]: t for t in MEANS.figures[0](replace(last.result, params=params))["data"]}
    np.testing.assert_array_equal(lines["recorded"]["y"], last.result.recorded["SGD"].mean)


def test_a_recording_is_read_as_it_was_packed():
    random, moments = np.random.default_rng(1), runs.MOMENTS.astype(float)
    held = {
        key: runs.MeanTrace(moments, *random.random((7, 31)), 1.0, 2.0, 0.9, 3.0, 0.5)
        for key in runs.keys()  # noqa: SIM118
    }
    arrays = runs.pack(held)
    for key in list(held)[::97]:
        for stored, given in zip(runs.unpack(arrays, key), held[key], strict=True):
            np.testing.assert_allclose(stored, given, rtol=3e-3, atol=1e-4)
