"""Page 05: the recording repeats what was measured before, and the page names no winner that the seeds do not name."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdviz.core import intervals
from kdviz.core.recorded import load as recording
from kdviz.pages.catalogue import load
from kdviz.pages.training_race import readings, runs
from kdviz.pages.training_race.charts import odds
from kdviz.words import numerals
from tests.support.pages import result

RACE = load("05_training_race")
AT = runs.METHODS.index


def finals(state):
    """Final accuracies (C, S) at a recorded state."""
    return result(RACE, state).race.final[:, 0]


def test_the_default_is_the_measured_demonstration():
    r = result(RACE, "")
    gain = r.against("KD T=8", "baseline")
    assert 5.5 <= 100 * gain.mean <= 7.5
    assert gain.decided
    assert gain.p < 1e-6
    assert r.race.final.shape == (len(runs.METHODS), len(runs.METRICS), 20)
    assert r.race.final[AT("KD T=8"), 0].mean() == pytest.approx(0.965, abs=0.01)


def test_kd_at_infinity_is_centred_lm_and_needs_no_condition_on_the_means():
    for state in ("", "n=30", "n=1200", "n=400&miss=3"):
        ends = finals(state)
        np.testing.assert_array_equal(ends[AT("KD T=∞")], ends[AT("centred LM")])


def test_what_parts_lm_from_it_is_the_teachers_mean_only():
    assert not result(RACE, "off=0").against("KD T=∞", "LM").decided
    raw, far = (result(RACE, state).against("KD T=∞", "LM") for state in ("", "off=20"))
    assert raw.decided
    assert 0.3 < 100 * raw.mean < 1.5
    assert 100 * far.mean > 5
    same, shifted = finals("off=0"), finals("off=20")
    np.testing.assert_array_equal(same[: AT("LM")], shifted[: AT("LM")])  # nobody else notices


def test_the_gain_falls_with_the_number_of_labels_and_is_gone_with_all_of_them():
    gains = [result(RACE, f"n={n}").against("KD T=8", "baseline") for n in (30, 100, 400, 1200)]
    means = [gain.mean for gain in gains]
    assert means == sorted(means, reverse=True)
    assert not (gains[-1].decided and gains[-1].mean > 0)
    verdict = RACE.verdict(result(RACE, "n=1200"))
    assert "KD gains" not in verdict
    far = result(RACE, "n=1200").against("KD T=∞", "baseline")
    assert far.decided and far.mean < 0  # and the page says so itself
    assert f"KD at T = ∞ loses {numerals.plus_minus(-far.mean, far.half)}" in verdict


def test_an_unseen_digit_is_learnt_from_the_teachers_words():
    r = result(RACE, RACE.presets["unseen-digit"].query)
    threes = r.race.per_class[:, :, 3].mean(1)
    assert threes[AT("baseline")] == 0
    assert threes[AT("KD T=8")] > 0.8
    assert threes[AT("KD T=8")] > threes[AT("KD T=2")] > threes[AT("KD T=1")]
    assert numerals.percent(float(threes[AT("KD T=8")])) in RACE.verdict(r)


def test_wrong_labels_are_named_with_the_peak_before_they_were_learnt_by_heart():
    r = result(RACE, RACE.presets["wrong-labels"].query)
    curve = r.race.mean[0, 0]
    assert curve.max() > curve[-1] + 0.05
    assert numerals.percent(float(curve.max())) in RACE.verdict(r)
    assert f"after {int(r.race.step[curve.argmax()])} steps" in RACE.verdict(r)


@pytest.mark.parametrize(
    "state", ["", "n=20", "n=1200&kd=1", "off=20&kd=∞", "off=5", "n=400&miss=3&kd=2", "noise=20 %", "data=hierarchy"]
)
def test_the_verdict_is_what_the_seeds_say(state):
    r = result(RACE, state)
    verdict, shown = RACE.verdict(r), f"KD T={r.params.shown}"
    found, other = r.against(shown, "baseline"), r.against("KD T=∞", "LM")
    for i in (0, AT(shown)):
        assert numerals.plus_minus(r.race.final[i, 0].mean(), intervals.mean_interval(r.race.final[i, 0])[1]) in verdict
    assert ("KD gains" in verdict) == (found.decided and found.mean > 0)
    assert ("KD loses" in verdict) == (found.decided and found.mean < 0)
    assert ("LM cannot be verdict apart" in verdict) == (not other.decided)
    assert ("points behind" in verdict) == (other.decided and other.mean > 0)
    assert numerals.number(r.race.teacher_mean) in verdict


@given(shift=st.floats(-0.03, 0.03), noise=st.floats(0, 0.05), seed=st.integers(0, 99))
def test_no_winner_is_named_where_the_interval_holds_zero(shift, noise, seed):
    base = result(RACE, "")
    random = np.random.default_rng(seed).normal(0, noise, (len(runs.METHODS), 20))
    final = base.race.final.copy()
    final[:, 0] = 0.9 + random
    final[1:, 0] += shift
    r = replace(base, live=base.race._replace(final=final))
    verdict, difference = RACE.verdict(r), final[AT("KD T=8"), 0] - final[0, 0]
    low, high = (difference.mean() + way * intervals.mean_interval(difference)[1] for way in (-1, 1))
    assert bool(re.search("KD (gains|loses)", verdict)) == (low > 0 or high < 0)
    apart = final[AT("KD T=∞"), 0] - final[AT("LM"), 0]
    low, high = (apart.mean() + way * intervals.mean_interval(apart)[1] for way in (-1, 1))
    assert bool(re.search("points (ahead|behind)", verdict)) == (low > 0 or high < 0)


def test_the_charts_show_the_race():
    r = result(RACE, "kd=2&look=mean offset&off=20")
    lines, ends, close = ({t["name"]: t for t in draw(r)["data"]} for draw in RACE.figures)
    kept = [*range(11), *range(12, 31, 2)]
    right = r.race.mean[AT("KD T=2"), 0, kept]
    np.testing.assert_allclose(lines["KD at T"]["y"], np.log(right / (1 - right)))
    np.testing.assert_array_equal(lines["KD at T"]["customdata"], right)
    np.testing.assert_allclose(ends["KD at T"]["y"], r.race.final[1:7, 0].mean(1))
    np.testing.assert_allclose(ends["LM, gain"]["y"], [r.against("LM", "baseline").mean])
    assert ends["chosen"]["x"] == ends["KD at T"]["x"][1]
    np.testing.assert_array_equal(close["LM"]["y"], r.race.mean[AT("LM"), runs.METRICS.index("mean_gap"), kept])
    assert close["LM"]["y"][0] < -15  # starts near 0, the teacher's mean is 20
    assert abs(close["LM"]["y"][-1]) < 2
    assert close["metric"]["text"] == ["c<sub>s</sub> − c<sub>t</sub>"]
    edges = odds(r.race.mean[AT("LM"), 0, kept] - r.race.half[AT("LM"), 0, kept])
    np.testing.assert_allclose(lines["LM, 95 %"]["y"][: len(kept)], edges)
    assert len(lines["recorded"]["x"]) == 0
    over = {t["name"]: t for t in RACE.figures[0](replace(r, live=r.race))["data"]}
    np.testing.assert_array_equal(over["recorded"]["y"][-len(kept) - 1 : -1], lines["KD at T"]["y"])
    gain, row = r.against("KD T=2", "baseline"), 3 * AT("KD T=2")
    np.testing.assert_allclose(
        ends["intervals-y"]["y"][row : row + 3], [gain.mean - gain.half, gain.mean + gain.half, np.nan]
    )


def test_a_click_on_a_method_chooses_its_temperature():
    assert RACE.pick(RACE.params(), 1, 2.4, 0.9).shown == "2"
    assert RACE.pick(RACE.params(), 1, 7.4, 0.9).shown == "∞"
    assert RACE.pick(RACE.params(), 1, 0.0, 0.9) is None
    assert RACE.pick(RACE.params(), 0, 2.0, 0.9) is None


def test_what_is_not_recorded_is_reported_and_drawn_empty():
    for state in ("seed=1", "seeds=5", "n=50&miss=7"):
        r = result(RACE, state)
        assert "Press Play" in RACE.verdict(r)
        assert all(len(trace["y"]) == 0 for draw in RACE.figures for trace in draw(r)["data"])


def test_every_preset_is_recorded():
    assert all(result(RACE, preset.query).race is not None for preset in RACE.presets.values())


def test_the_prediction_and_the_answers_are_right():
    gain = result(RACE, "n=100&kd=8").against("KD T=8", "baseline")
    assert RACE.predict.answer == 2
    assert 6 <= 100 * gain.mean <= 7  # "six to seven points"
    gains = {n: result(RACE, f"n={n}").against("KD T=8", "baseline") for n in (20, 30, 1200)}
    assert gains[20].mean > gains[30].mean > 0.1  # "the gain is large", and not the largest
    assert abs(gains[1200].mean) < 0.005 and not gains[1200].decided  # "can hardly be told from nothing"
    for n in (30, 100, 400, 1200):
        assert readings.points(result(RACE, f"n={n}").against("KD T=8", "baseline")) in RACE.tasks[0].answer
    assert not result(RACE, "").against("KD T=8", "KD T=64").decided
    assert result(RACE, "").against("KD T=8", "KD T=1").decided
    hot = result(RACE, RACE.presets["hot-is-worse"].query).against("KD T=4", "KD T=64")
    assert hot.decided
    assert hot.mean > 0.01
    assert readings.points(hot) in RACE.tasks[1].answer
    signal = result(RACE, RACE.presets["hot-is-worse"].query).race.final[:, 0].mean(1)
    kd = [signal[AT(name)] for name in runs.METHODS if name.startswith("KD")]
    assert max(kd) not in (kd[0], kd[-1])  # "neither low nor high"
    noisy = result(RACE, "n=1200&noise=40 %")
    assert noisy.race is not None and "learns wrong labels too" in RACE.verdict(noisy)
    lm, limit = (finals("")[AT(name)] for name in ("LM", "KD T=∞"))
    assert 0 < (lm > limit).sum() < 20
    assert f"{(lm > limit).sum()} of the 20" in RACE.tasks[4].answer


def test_a_recording_is_read_as_it_was_packed():
    rng = np.random.default_rng(0)
    run = runs.race(range(0, 31, 10), rng.random((4, 5, 3, 6)), rng.random((3, 6, 10)), 0.98, -4.5)
    again = runs.unpack(runs.pack(runs.Setting(), run), runs.Setting())
    for stored, given_ in zip(again, run, strict=True):
        np.testing.assert_allclose(stored, given_, rtol=1e-3, atol=1e-6)
    assert {key.split("/")[0] for key in recording("race")} >= {"digits-100-0-none", "digits-1200-0-none"}


def test_a_small_live_race_draws_from_its_first_step():
    params = replace(RACE.params(), transfer="30", seeds=3, seed=2, teacher_mean="5")
    progress = []
    for found in RACE.train(params):
        progress.append(found)
        if len(progress) in (1, 5):
            assert all(draw(found.result)["data"] for draw in RACE.figures)
            assert RACE.verdict(found.result)
    last = progress[-1]
    assert (last.done, last.total, len(progress)) == (300, 300, 31)
    assert [one.done for one in progress] == sorted(one.done for one in progress)
    assert last.result.recorded is None
    ends = last.result.race.final[:, 0]
    assert ends.shape == (10, 3)
    np.testing.assert_array_equal(ends[AT("KD T=∞")], ends[AT("centred LM")])
    assert last.result.against("KD T=8", "baseline").mean > 0.05
    mean_gap = last.result.race.final[:, runs.METRICS.index("mean_gap")].mean(1)
    assert abs(mean_gap[AT("LM")]) < 0.5 < abs(mean_gap[AT("KD T=8")])  # LM alone went to the mean, 5
    begun = RACE.train(params)
    next(begun)
    begun.close()
