"""What page 05 says about a race: differences with their 95 % intervals, and no winner where an interval holds 0."""

import numpy as np

from kdviz.core.race_runs import ALL, CONTESTANTS, MEASURES, STEPS
from kdviz.words import numerals as say


def figure(share, half):
    """A share and the half width of its interval as percentage points, to the digit that the interval allows.

    >>> figure(0.06667, 0.0075), figure(-0.0041, 0.0008)
    ('6.7 ± 0.8', '−0.41 ± 0.08')
    """
    digits = 1 if half == 0 or half >= 0.002 else 2
    return f"{100 * share:.{digits}f} ± {100 * half:.{digits}f}".replace("-", "−")


def points(gain):
    """A paired difference as people read it: percentage points with a sign, and the half width of the interval."""
    return ("+" if gain.mean > 0 else "") + figure(gain.mean, gain.half)


def chance(gain):
    """The p of a paired difference in words.

    >>> from kdviz.core.intervals import Paired
    >>> chance(Paired(0.1, 0.01, 1e-9)), chance(Paired(0.1, 0.2, 0.31))
    ('p below 0.001', 'p = 0.310')
    """
    return "p below 0.001" if gain.p < 0.001 else f"p = {gain.p:.3f}"


def verdict(result):
    """What the charts show, in sentences."""
    p = result.params
    if result.race is None:
        return f"This setting has no recording. Press Play to train its {len(CONTESTANTS)} × {p.seeds} students here."
    return " ".join(filter(None, [gain(result), infinity(result), left_out(result), wrong_labels(result)]))


def gain(result):
    """The sentences on KD at the chosen T against the student alone."""
    p, name = result.params, f"KD at T = {result.params.shown}"
    count = result.race.final.shape[-1]
    row = CONTESTANTS.index(f"KD T={p.shown}")
    alone, kd = (figure(result.ends[0][i], result.ends[1][i]) for i in (0, row))
    found = result.against(f"KD T={p.shown}", "alone")
    step = int(result.race.step[-1])
    begin = "" if step == STEPS else f"After {step} of {STEPS} steps, "
    begin += "" if p.data == "digits" else f"{p.data[0].upper() + p.data[1:]}, "
    told = f"{begin}n = {p.transfer}, {count} seeds: alone gets {alone} % right, {name} gets {kd} %."
    size = f"{figure(abs(found.mean), found.half)} points (paired, 95 %; {chance(found)})"
    far, end = result.against("KD T=∞", "alone"), ""
    if int(p.transfer) == ALL and p.shown != "∞" and far.decided and far.mean < 0:
        end = f" With all the labels that the teacher had, KD at T = ∞ loses {figure(-far.mean, far.half)}."
    if not found.decided:
        told += f" The two cannot be told apart: the difference is {points(found)} points, and 0 is within."
        return told + end
    return f"{told} KD {'gains' if found.mean > 0 else 'loses'} {size}.{end}"


def infinity(result):
    """The sentence on KD at T = ∞, centred LM and LM: the three differ in the mean only."""
    same, other = result.against("KD T=∞", "centred LM"), result.against("KD T=∞", "LM")
    mean = say.number(result.race.teacher_mean)
    if same.mean == same.half == 0:
        told = "KD at T = ∞ and centred LM give the same answers in every seed."
    else:
        told = f"KD at T = ∞ and centred LM are one method; float32’s rounding parts them by {points(same)} points."
    if not other.decided:
        return f"{told} LM cannot be told apart from them ({points(other)} points); the teacher’s mean logit is {mean}."
    way = "behind" if other.mean > 0 else "ahead"
    size = figure(abs(other.mean), other.half)
    return f"{told} LM is {size} points {way}: it also matches the teacher’s mean logit, {mean}; nothing else differs."


def left_out(result):
    """The sentence on a class that no student has seen; empty where there is none."""
    missing = result.params.missing
    if missing == "none":
        return ""
    rows = (0, CONTESTANTS.index(f"KD T={result.params.shown}"))
    right = [say.percent(float(result.race.per_class[row, :, int(missing)].mean())) for row in rows]
    return (
        f"No student saw a {missing}: alone gets {right[0]} of the {missing}s right, KD at T = {result.params.shown} "
        f"{right[1]}, from what the teacher says of the other digits."
    )


def wrong_labels(result):
    """The sentence on wrong labels, which the teacher learnt from too; empty where there are none."""
    if result.params.noise == "0":
        return ""
    curve = result.race.mean[0, MEASURES.index("accuracy")]
    best = int(np.argmax(curve))
    peak = f"it was at {say.percent(float(curve[best]))} after {int(result.race.step[best])} steps"
    early = f" Alone, a student learns the wrong labels by heart: {peak}." if best < len(curve) - 1 else ""
    return f"Of the labels {result.params.noise} are wrong, for the teacher too.{early}"
