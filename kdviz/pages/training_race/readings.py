"""What page 05 reads off a race: differences with their 95 % intervals, and no winner where an interval holds 0."""

import numpy as np

from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.training_race.model import NAMES, PRESETS, Params, compute
from kdviz.pages.training_race.runs import ALL, METHODS, METRICS, RACED, SEEDS, STEPS
from kdviz.pages.training_race.words import W
from kdviz.words import W as SHARED
from kdviz.words import numerals


def points(gain):
    """A paired difference as people read it: percentage points with a sign, and the half width of the interval."""
    return numerals.signed(gain.mean, gain.half)


def chance(gain):
    """The p of a paired difference in words.

    >>> from kdviz.core.intervals import Paired
    >>> chance(Paired(0.1, 0.01, 1e-9)), chance(Paired(0.1, 0.2, 0.31))
    ('p below 0.001', 'p = 0.310')
    """
    return W.P_BELOW.format(p="0.001") if gain.p < 0.001 else W.P.format(p=f"{gain.p:.3f}")


def verdict(result):
    """What the charts show, in sentences."""
    if not result.known:
        methods = len({*RACED, result.shown})
        return W.NOT_RECORDED.format(methods=methods, seeds=result.params.seeds)
    sentences = " ".join([*gain(result), *infinity(result), *left_out(result), *wrong_labels(result)])
    step = int(result.race.step[-1])
    return sentences if step == STEPS else SHARED.AFTER.format(step=step, steps=STEPS, sentences=sentences)


def shown(result):
    """The method that is drawn against steps, as people read it: with its T, and its short name."""
    p = result.params
    return (NAMES[p.shown], NAMES[p.shown]) if p.shown in NAMES else (W.KD_AT.format(temperature=p.shown), "KD")


def gain(result):
    """The sentences on KD at the chosen T against the baseline."""
    p = result.params
    row, (method, short) = METHODS.index(result.shown), shown(result)
    baseline, right = (numerals.plus_minus(result.ends[0][i], result.ends[1][i]) for i in (0, row))
    seeds = result.race.final.shape[-1]
    numbers = {"n": p.transfer, "seeds": seeds, "baseline": baseline, "right": right, "method": method}
    on = p.data in W.SUBJECT
    sentences = [W.RACE_ON.format(data=W.SUBJECT[p.data], **numbers) if on else W.RACE.format(**numbers)]
    found, far = (result.against(name, "baseline") for name in (result.shown, "KD T=∞"))
    if not found.decided:
        sentences.append(W.UNDECIDED.format(difference=points(found)))
    else:
        size = numerals.plus_minus(abs(found.mean), found.half)
        ahead = W.GAINS if found.mean > 0 else W.LOSES
        sentences.append(ahead.format(method=short, difference=size, chance=chance(found)))
    if int(p.transfer) == ALL and p.shown != "∞" and far.decided and far.mean < 0:
        sentences.append(W.ALL_LABELS.format(difference=numerals.plus_minus(-far.mean, far.half)))
    return sentences


def infinity(result):
    """The sentences on KD at T = ∞, centred LM and LM: the three differ in the mean only."""
    same, other = result.against("KD T=∞", "centred LM"), result.against("KD T=∞", "LM")
    mean = numerals.number(result.race.teacher_mean)
    first = W.SAME if same.mean == same.half == 0 else W.SAME_METHOD.format(difference=points(same))
    if not other.decided:
        return [first, W.LM_UNDECIDED.format(difference=points(other), mean=mean)]
    behind = W.LM_BEHIND if other.mean > 0 else W.LM_AHEAD
    return [first, behind.format(difference=numerals.plus_minus(abs(other.mean), other.half), mean=mean)]


def left_out(result):
    """The sentence on a class that no student has seen, where there is one."""
    missing = result.params.missing
    if missing == "none":
        return []
    rows = (0, METHODS.index(result.shown))
    baseline, right = (numerals.percent(float(result.race.per_class[row, :, int(missing)].mean())) for row in rows)
    return [W.UNSEEN.format(digit=missing, baseline=baseline, method=shown(result)[0], right=right)]


def wrong_labels(result):
    """The sentences on wrong labels, which the teacher learnt from too, where there are any."""
    if result.params.noise == "0":
        return []
    curve = result.race.mean[0, METRICS.index("accuracy")]
    best = int(np.argmax(curve))
    peak = {"peak": numerals.percent(float(curve[best])), "step": int(result.race.step[best])}
    early = [W.BY_HEART.format(**peak)] if best < len(curve) - 1 else []
    return [W.WRONG.format(noise=result.params.noise), *early]


def formula(result):
    """LaTeX of the paired gain of KD at the chosen T over the baseline, with its 95 % interval."""
    difference = rf"a_s^{{\text{{{shown(result)[1]}}}}} - a_s^{{\text{{{W.TEX_BASELINE}}}}}"
    symbols = rf"\text{{{W.TEX_GAIN}}} = \frac{{1}}{{S}}\sum_{{s=1}}^{{S}} \left({difference}\right)"
    if not result.known:
        return symbols
    found = result.against(result.shown, "baseline")
    low, high = (numerals.tex(100 * (found.mean + way * found.half)) for way in (-1, 1))
    count = result.race.final.shape[-1]
    interval = rf"\text{{{W.TEX_INTERVAL}}} S = {count}: \quad \left[{low},\, {high}\right]"
    return rf"{symbols} = {numerals.tex(100 * found.mean)} \text{{ {W.TEX_POINTS}}},\qquad {interval}"


def gauges(result):
    """Paired differences in percentage points, with their 95 % intervals."""
    over = {role: words.format(method=shown(result)[0]) for role, words in W.OVER_BASELINE.items()}
    wanted = [
        (over["shown"], result.shown, "baseline", "now" if result.params.shown in NAMES else "kd"),
        (over["limit"], "KD T=∞", "baseline", "limit"),
        (over["lm"], "LM", "baseline", "lm"),
        (W.OVER_LM, "KD T=∞", "LM", "limit"),
    ]
    if not result.known:
        return tuple(Gauge(label, float("nan"), -10.0, 10.0, role, "") for label, _, _, role in wanted)
    found = [result.against(one, other) for _, one, other, _ in wanted]
    reach = numerals.reach(100 * max(abs(gain.mean) for gain in found), 10.0)
    return tuple(
        Gauge(label, 100 * gain.mean, -reach, reach, role, points(gain))
        for (label, _, _, role), gain in zip(wanted, found, strict=True)
    )


def table(result):
    """One row per method: accuracy and gain with their intervals, p of no gain, the other metrics at the end."""
    rows = []
    for i, name in enumerate(METHODS):
        if name not in RACED and name != result.shown:
            continue
        numbers = [float("nan")] * 9
        if result.raced[i]:
            mean, half = (values[i] for values in result.ends)
            numbers = [mean, half, *result.against(name, "baseline"), *result.race.final[i, 1:].mean(-1)]
        rows.append(((W.METHODS | NAMES).get(name, name), *map(float, numbers)))
    return Table(W.HEADER, tuple(rows))


def reading():
    """How to read the page, with its numbers."""
    return filled(W.READING, steps=STEPS, seeds=SEEDS)


def answers():
    """The tasks, with numbers from the page itself."""

    def race(query):
        return controls.at(Params, compute, query).race

    def gain(query, one="KD T=8", other="baseline"):
        return points(controls.at(Params, compute, query).against(one, other))

    def right(query, name, digit):
        return numerals.percent(float(race(query).per_class[METHODS.index(name), :, digit].mean()))

    def end(query, name, metric):
        return race(query).final[METHODS.index(name), METRICS.index(metric)]

    unseen, hot = PRESETS["unseen-digit"], PRESETS["hot-is-worse"]
    ahead = end("", "LM", "accuracy") > end("", "KD T=∞", "accuracy")
    numbers = {
        **{f"n_{n}": gain(f"n={n}") for n in (30, 100, 400, 1200)},
        "t_8_64": gain("", "KD T=8", "KD T=64"),
        "t_8_1": gain("", "KD T=8", "KD T=1"),
        "hot": gain(hot, "KD T=4", "KD T=64"),
        "error": numerals.number(float(end("", "KD T=64", "centred_error").mean())),
        "error_hot": numerals.number(float(end(hot, "KD T=64", "centred_error").mean())),
        "mean_0": gain("off=0", "KD T=∞", "LM"),
        "mean_20": gain("off=20", "KD T=∞", "LM"),
        "mean_gap": numerals.number(float(end("off=20", "LM", "mean_gap").mean())),
        "unseen_baseline": right(unseen, "baseline", 3),
        "unseen_1": right(unseen, "KD T=1", 3),
        "unseen_8": right(unseen, "KD T=8", 3),
        "lm": gain("", "LM", "KD T=∞"),
        "ahead": int(ahead.sum()),
        "seeds": SEEDS,
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
