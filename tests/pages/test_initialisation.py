"""What page 06 says and answers, checked against the recorded runs and by hand; a live run draws over them."""

from dataclasses import replace

import numpy as np
import pytest

from kdviz.core import heads, recorded
from kdviz.pages import Progress
from kdviz.pages.catalogue import load
from kdviz.pages.initialisation import model
from kdviz.pages.initialisation.counts import GRID
from kdviz.train.init_stats import block
from kdviz.words import numerals
from tests.support.pages import furniture, result

PAGE = load("06_initialisation")
STATES = (
    "",
    "bn=eval&N=500",
    "head=prior&teacher=ResNet-20",
    "head=He&student=ResNet-32",
    "teacher=ResNet-8&head=Glorot",
)
STORED = recorded.load("table1")


def runs(r):
    """Mean logits (4, N) of a result's state, from the file."""
    mode = ("train", "eval").index(r.params.norm)
    drawn = heads.mean_logit(heads.heads()[r.params.head], STORED["weights"][mode], STORED["bias"])
    return drawn[:, : r.params.runs]


def drawn(r, chart):
    """Traces of a chart by their names."""
    return {trace["name"]: trace for trace in PAGE.figures[chart](r)["data"]}


@pytest.fixture(scope="module")
def live():
    """All that a live run of 24 seeds of each network gives."""
    return list(PAGE.train(replace(PAGE.params(), runs=24, seed=3)))


def test_initialisation_predict_is_right():
    r = result(PAGE, "")
    assert np.abs(r.means.mean(1)).max() < 2e-3
    apart = np.abs(r.means[0, :-1] - r.means[3, 1:])
    assert np.median(apart) > 0.05
    assert PAGE.predict.answer == 2


@pytest.mark.parametrize("state", STATES)
def test_initialisation_says_what_was_counted(state):
    r = result(PAGE, state)
    c, (s, t) = runs(r), r.pair
    verdict = PAGE.verdict(r)
    assert numerals.number(c[t].mean()) in verdict
    assert numerals.number(r.errors[t]) in verdict
    near = {"rel": 0.03} if r.params.norm == "train" else {"rel": 0.3}  # eval mode: few runs dominate the sd
    assert r.deviations == pytest.approx(c.std(1), **near)
    assert r.apart == pytest.approx(np.std(c[s, :-1] - c[t, 1:]), **near)
    assert r.errors == pytest.approx(r.deviations / np.sqrt(r.params.runs))
    assert np.abs(r.scores).max() < 3.5


def test_initialisation_says_how_far_the_printed_average_is_and_leaves_it_open():
    verdict = PAGE.verdict(result(PAGE, ""))
    z = heads.PRINTED["ResNet-44"] / np.sqrt((STORED["squares"][0, 3] + 1) / 19200 / 6000)
    other = heads.PRINTED["ResNet-44"] / np.sqrt((STORED["squares"][1, 3] + 1) / 19200 / 6000)
    assert 19 < z < 21
    assert f"3 fit; 2.50×10⁻² for ResNet-44 is {numerals.number(z)} standard errors off" in verdict
    explained = (
        f"−4 it would be {numerals.number(z / 100)}, in eval mode {numerals.number(other)}; the paper does not say"
    )
    assert explained in verdict
    evaluated = PAGE.verdict(result(PAGE, "bn=eval"))
    assert "nearer than chance" in evaluated
    assert "off" not in evaluated
    prior = PAGE.verdict(result(PAGE, "head=prior"))
    assert "log(1/K) = −4.61" in prior
    assert "another initialisation" in prior


@pytest.mark.parametrize("state", STATES)
def test_initialisation_draws_what_was_counted(state):
    r = result(PAGE, state)
    c, (s, t) = runs(r), r.pair
    bars = drawn(r, 0)["c<sub>s</sub> − c<sub>t</sub>, one pair of runs"]
    half = (bars["x"][1] - bars["x"][0]) / 2
    apart = c[s, :-1] - c[t, 1:]
    for place in (20, 30, 33):
        inside = np.abs(apart - bars["x"][place]) < half
        assert bars["y"][place] == pytest.approx(inside.mean(), abs=2e-3)
    law = drawn(r, 0)["c<sub>s</sub> − c<sub>t</sub>, exact"]["y"]
    assert law.sum() == pytest.approx(1, abs=0.03)
    assert np.abs(law - bars["y"]).max() < 6 * np.sqrt(law.max() / r.params.runs)
    average = drawn(r, 1)["average of c<sub>t</sub>"]
    for at in (0, 7, 20):
        if GRID[at] <= r.params.runs:
            assert average["y"][at] == pytest.approx(c[t, : int(GRID[at])].mean(), abs=1e-6)
    assert np.isnan(average["y"][r.params.runs < GRID]).all()
    crosses = drawn(r, 2)["as printed"]
    assert crosses["text"] == [numerals.score(z) for z in r.printed_scores]
    np.testing.assert_array_equal(crosses["y"], r.printed_scores)


def test_initialisation_formula_and_meters_show_the_standard_error():
    r = result(PAGE, "")
    assert PAGE.formula(r).endswith(numerals.tex(float(np.sqrt((STORED["squares"][0, 3] + 1) / 19200 / 6000))))
    meters = {gauge.label: gauge for gauge in PAGE.gauges(r)}
    assert meters["sd of c_s − c_t"].value == pytest.approx(np.hypot(*r.deviations[[0, 3]]))
    assert meters["printed for ResNet-44: z"].value == pytest.approx(r.printed_scores[3])


def test_initialisation_table_is_table_1():
    table = PAGE.table(result(PAGE, ""))
    assert [row[0] for row in table.rows] == list(heads.PRINTED)
    printed = table.header.index("as printed")
    assert [row[printed] for row in table.rows] == list(heads.PRINTED.values())
    shown = [numerals.as_printed(x) for x in heads.PRINTED.values()]
    assert shown == ["1.04×10⁻⁵", "−1.67×10⁻⁴", "1.72×10⁻⁴", "2.50×10⁻²"]


def test_initialisation_answers():
    usual, modest = result(PAGE, ""), result(PAGE, PAGE.presets["forty-runs"].query)
    assert modest.apart == usual.apart
    assert modest.errors == pytest.approx(usual.errors * np.sqrt(150))
    assert numerals.number(modest.errors[3]) in PAGE.tasks[0].answer
    share = (np.abs(usual.means[3]) > 0.025).mean()
    assert numerals.percent(share) in PAGE.tasks[1].answer
    assert numerals.number(usual.printed_scores[3]) in PAGE.tasks[1].answer
    evaluated = result(PAGE, PAGE.presets["eval-mode"].query)
    assert numerals.number(float(heads.too_close(evaluated.printed_scores))) in PAGE.tasks[2].answer
    prior = result(PAGE, PAGE.presets["prior-bias"].query)
    assert prior.level == pytest.approx(np.log(1 / 100))
    assert prior.apart < usual.apart
    alike = result(PAGE, PAGE.presets["two-alike"].query)
    assert alike.apart == pytest.approx(np.sqrt(2) * alike.deviations[1])
    assert alike.histogram.mean_gap.max() < 0.2  # two seeds, not the same network twice


def test_initialisation_takes_a_click_in_the_funnel():
    assert PAGE.pick(PAGE.params(), 1, 812.3, 0.0).runs == 812
    assert PAGE.pick(PAGE.params(), 1, 1e9, 0.0).runs == 6000
    assert PAGE.pick(PAGE.params(), 1, 0.0, 0.0).runs == 10
    assert PAGE.pick(PAGE.params(), 0, 812.3, 0.0) is None


def test_initialisation_runs_live_over_the_record(live):
    still = result(PAGE, "N=24&seed=3")
    assert all(isinstance(step, Progress) for step in live)
    assert [step.done for step in live] == sorted({step.done for step in live})
    assert (live[-1].done, {step.total for step in live}) == (96, {96})
    shown = live[-1].result
    assert [len(part) for part in shown.live.means] == [24] * 4
    np.testing.assert_array_equal(shown.means, still.means)
    for draw in PAGE.figures:
        assert furniture(draw(shown)) == furniture(draw(still)) == furniture(draw(live[0].result))
    yours = drawn(shown, 2)["your runs"]
    expected = [
        part.mean() / deviation * np.sqrt(24)
        for part, deviation in zip(shown.live.means, shown.deviations, strict=True)
    ]
    np.testing.assert_allclose(yours["y"], expected)
    assert np.abs(yours["y"]).max() < 4
    assert not len(drawn(still, 2)["your runs"]["x"])
    assert "Your runs, 24 so far" in PAGE.verdict(shown)
    assert "Your runs" not in PAGE.verdict(live[0].result)


def test_initialisation_runs_other_seeds_than_the_recorded_and_the_same_again(live):
    shown = live[-1].result
    (beyond,) = block("ResNet-8", range(4 * heads.RUNS, 4 * heads.RUNS + 4))  # the recorded ones are 0 .. 5999
    expected = heads.mean_logit(heads.heads()["PyTorch"], beyond.weights, beyond.bias)
    np.testing.assert_allclose(shown.live.means[0][:4], expected, rtol=1e-4)
    again = next(PAGE.train(replace(PAGE.params(), runs=24, seed=3))).result
    np.testing.assert_array_equal(again.live.means[0], shown.live.means[0][:4])
    other = next(PAGE.train(replace(PAGE.params(), runs=24, seed=4))).result
    assert not np.isclose(other.live.means[0], again.live.means[0]).any()


def test_initialisation_can_be_stopped_between_two_blocks():
    running = PAGE.train(replace(PAGE.params(), norm="eval", head="He", runs=6000))
    first = next(running)
    assert (first.done, first.total) == (4, 24000)
    running.close()
    assert list(running) == []


def test_initialisation_counts_pairs_only_where_both_have_run():
    assert len(model.lived(result(PAGE, ""), (np.ones(3), *[np.empty(0)] * 3)).live.histogram.mean_gap) == 61


def test_nearly_every_second_path_leaves_the_funnel_though_at_any_one_number_of_runs_few_do():
    draw, steps = np.random.default_rng(0), np.asarray(GRID, int)
    paths = np.array([draw.standard_normal(6000).cumsum()[steps - 1] for _ in range(2000)]) / np.sqrt(steps)
    outside = abs(paths) > 1.96
    assert 0.04 < outside.mean() < 0.06
    assert 0.38 < outside.any(1).mean() < 0.5
