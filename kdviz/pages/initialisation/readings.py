"""What page 06 reads off a result: verdict, formula, meters, table, and the answers to its tasks."""

import numpy as np

from kdviz.core import heads
from kdviz.core.heads import NETWORKS
from kdviz.pages import Gauge, Table, Task, controls, filled
from kdviz.pages.initialisation.counts import paired, squares
from kdviz.pages.initialisation.model import PRESETS, PRINTED, Params, compute
from kdviz.pages.initialisation.words import W
from kdviz.words import numerals

FAR = 3.0  # standard errors beyond which an average is said not to fit
TOO_CLOSE = 0.01  # chance below which averages are said to fit too well


def verdict(result):
    """What the charts show at this state, in sentences with its numbers."""
    params, (s, t) = result.params, result.pair
    c_s, c_t, apart = (numerals.number(value) for value in (result.deviations[s], result.deviations[t], result.apart))
    level = numerals.number(result.level) if result.level else "0"
    networks = {"student": params.student, "teacher": params.teacher}
    average, error = numerals.number(result.means[t].mean()), numerals.number(result.errors[t])
    sentences = [
        W.SINGLE.format(apart=apart, c_s=c_s, level=level, c_t=c_t, **networks),
        W.AVERAGE.format(runs=params.runs, average=average, error=error),
    ]
    return " ".join([*sentences, *printed_averages(result), *own_runs(result)])


def printed_averages(result):
    """The sentences on the averages that the paper prints."""
    scores = result.printed_scores
    if result.level:
        return [W.LEVEL_MOVED.format(level=numerals.number(result.level))]
    far = [i for i, z in enumerate(scores) if abs(z) > FAR]
    if far:
        items = (
            {"printed": numerals.as_printed(PRINTED[i]), "network": NETWORKS[i], "score": numerals.number(scores[i])}
            for i in far
        )
        listed = ", ".join(W.FAR_ITEM.format(**item) for item in items)
        numbers = {"count": len(scores), "fit": len(scores) - len(far), "listed": listed}
        return [W.FAR_ONE.format(**numbers, **explained(result, far[0])) if len(far) == 1 else W.FAR.format(**numbers)]
    sentences, chance = [W.NEAR.format(score=numerals.number(np.abs(scores).max()))], heads.too_close(scores)
    if chance < TOO_CLOSE:
        sentences.append(W.TOO_NEAR.format(count=len(scores), chance=numerals.number(chance)))
    return sentences


def explained(result, i):
    """What would explain the printed average of network `i`: a slip of the exponent, or the other mode."""
    other = heads.deviation(heads.heads()[result.params.head], squares("eval"))[i] / np.sqrt(heads.RUNS)
    slip = result.printed_scores[i] / 100
    return {"slip": numerals.number(slip), "other": numerals.number(PRINTED[i] / other)}


def own_runs(result):
    """The sentence on the runs made on this page, where there are two or more."""
    if result.live is None or min(map(len, result.live.means)) < 2:
        return []
    s, t = result.pair
    own = result.live.means[t]
    apart = paired(result.live.means[s], own)
    numbers = {
        "runs": len(own),
        "average": numerals.number(own.mean()),
        "error": numerals.number(result.deviations[t] / np.sqrt(len(own))),
        "apart": numerals.number(np.sqrt(np.mean(apart**2))),
    }
    return [W.YOURS.format(**numbers)]


def formula(result):
    """LaTeX of the standard error of the teacher's average, with its numbers."""
    made, t = heads.heads()[result.params.head], result.pair[1]
    a, b, h2 = (numerals.tex(float(value)) for value in (made.weight, made.bias, result.squares[t]))
    top = rf"{a}^2\cdot {h2}" + (rf"+{b}^2" if made.bias else "")
    symbols = r"\sqrt{\frac{a_w^2\,\mathrm{E}|h|^2+a_b^2}{3KN}}"
    numbers = rf"\sqrt{{\frac{{{top}}}{{3\cdot 100\cdot {result.params.runs}}}}}"
    return rf"\mathrm{{SE}}(c_t) = {symbols} = {numbers} = {numerals.tex(float(result.errors[t]))}"


def gauges(result):
    """Sizes of the mean logits in one run, and how far the teacher's printed average is from what is expected."""
    s, t = result.pair
    end = numerals.reach(1.2 * result.apart, 0.01)
    z = float(result.printed_scores[t])
    sizes = (
        (W.SD_STUDENT, float(result.deviations[s]), "student"),
        (W.SD_TEACHER, float(result.deviations[t]), "teacher"),
        (W.SD_APART, float(result.apart), "mean_gap"),
    )
    meters = [Gauge(label, value, 0.0, end, role, numerals.number(value)) for label, value, role in sizes]
    reach = numerals.reach(1.1 * z, 5.0)
    label = W.SCORE_PRINTED.format(network=result.params.teacher)
    return (*meters, Gauge(label, z, -reach, reach, "printed", numerals.number(z)))


def table(result):
    """Per network: average |h|², sd of one run counted and exact, average over N, its standard error, z; printed, z."""
    counted = result.means.std(1, ddof=1)
    columns = (
        *(result.squares, counted, result.deviations, result.means.mean(1), result.errors, result.scores),
        *(PRINTED, result.printed_scores),
    )
    rows = [(name, *(float(column[i]) for column in columns)) for i, name in enumerate(NETWORKS)]
    return Table(tuple(name.format(runs=result.params.runs) for name in W.HEADER), tuple(rows))


def reading():
    """How to read the page, with its numbers."""
    return filled(W.READING, far=f"{FAR:.0f}")


def answers():
    """The tasks, with numbers from the page itself."""
    usual, modest, evaluated, prior = (
        controls.at(Params, compute, query)
        for query in ("", *(PRESETS[name] for name in ("forty-runs", "eval-mode", "prior-bias")))
    )
    t, printed = usual.pair[1], heads.PRINTED["ResNet-44"]
    near = float((np.abs(usual.means[t]) > printed).mean())
    numbers = {
        "error_few": numerals.number(modest.errors[t]),
        "few": modest.params.runs,
        "error": numerals.number(usual.errors[t]),
        "many": usual.params.runs,
        "apart": numerals.number(usual.apart),
        "printed": numerals.as_printed(printed),
        "near": numerals.percent(near),
        "score": numerals.number(usual.printed_scores[t]),
        "score_10": numerals.number(usual.printed_scores[t] / 10),
        "score_100": numerals.number(usual.printed_scores[t] / 100),
        "eval_sd": numerals.number(evaluated.deviations[t]),
        "eval_score": numerals.number(evaluated.printed_scores[t]),
        "too_close": numerals.number(float(heads.too_close(evaluated.printed_scores))),
        "level": numerals.number(prior.level),
        "prior_apart": numerals.number(prior.apart),
    }
    return tuple(Task(*pair) for pair in filled(W.TASKS, **numbers))
