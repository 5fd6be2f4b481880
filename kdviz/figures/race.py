"""A race of losses over the steps: accuracy, distance to the teacher, and accuracy per class."""

import numpy as np

from kdviz.core.race_runs import CONTESTANTS, MEASURES, STEPS
from kdviz.figures import theme
from kdviz.figures.training import NONE, band, line

TICKS = (3, 10, 25, 50, 75, 90, 95, 98, 99)  # accuracies, percent, on the stretched axis
WORST, BEST = 0.03, 0.996  # accuracies where that axis ends; what is beyond is drawn there
RIGHT = "%{customdata:.3~%} right"
LOOKS = {  # what the third chart can show: measure -> words on the chart
    "agreement": ("agreement", "share of the teacher’s answers"),
    "KL": ("kl", "KL to the teacher at T = 1, nats"),
    "centred error": ("centred_error", "r.m.s. distance of centred logits"),
    "mean offset": ("offset", "c<sub>s</sub> − c<sub>t</sub>"),
}
CLASSES = 10


def steps(**more):
    """The x axis of everything that is drawn over the steps."""
    ticks = [*range(0, STEPS + 1, 100)]
    return theme.axis("step", range=[0, STEPS], tickvals=ticks, tickangle=0, zeroline=False, **more)


def odds(accuracy):
    """Height of an accuracy (...) on the stretched axis: log a/(1 − a), kept inside the axis; None stays None.

    >>> float(odds(0.5)), float(odds(1.0)) == float(odds(0.999))
    (0.0, True)
    """
    if accuracy is None:
        return None
    kept = np.clip(accuracy, WORST, BEST)
    return np.log(kept / (1 - kept))


def stretched(title, ticks=TICKS, **more):
    """An axis of `odds` that is read as accuracy: near its top as far from 90 to 95 percent as from 95 to 97.5."""
    words = [f"{tick} %" if tick > 100 * WORST else f"≤ {tick} %" for tick in ticks]
    places = [round(float(odds(tick / 100)), 4) for tick in ticks]
    ends = [round(float(odds(end)), 4) for end in (WORST, BEST)]
    return theme.axis(title, range=ends, tickmode="array", tickvals=places, ticktext=words, zeroline=False, **more)


def runners(result):
    """The four lines of a chart over steps: (role, words, row of the race)."""
    return (
        ("student", "alone", CONTESTANTS.index("alone")),
        ("lm", "LM", CONTESTANTS.index("LM")),
        ("limit", "KD at T = ∞", CONTESTANTS.index("KD T=∞")),
        ("kd", "KD at T", CONTESTANTS.index(f"KD T={result.params.shown}")),
    )


def curve(race, row, at):
    """Mean of one contestant's measure and both edges of its 95 % band, (t,) each; three times None without a race."""
    if race is None:
        return None, None, None
    kept = drawn(race)
    mean, half = race.mean[row, at, kept], race.half[row, at, kept]
    return mean, mean - half, mean + half


def drawn(race):
    """Which moments of a race are drawn (t,): all up to step 100, then every other one, and the newest."""
    kept = (race.step <= 100) | (race.step % 20 == 0)
    kept[-1] = True
    return kept


def accuracy(result):
    """Test accuracy (t,) of four contestants over the steps, with 95 % bands over the seeds, and the teacher's."""
    now, before = result.race, result.recorded if result.live else None
    traces = [
        line(
            "teacher",
            "teacher",
            np.array([0.0, STEPS]),
            now and np.full(2, odds(now.teacher)),
            width=1.6,
            dash="dash",
            hover=RIGHT,
        )
    ]
    traces[0]["customdata"] = np.full(2, now.teacher) if now else NONE
    at = MEASURES.index("accuracy")
    for role, words, row in runners(result):
        mean, *edges = curve(now, row, at)
        step = now and now.step[drawn(now)]
        traces.append(band(role, f"{words}, 95 %", step, *map(odds, edges)))
        new = line(role, words, step, odds(mean), hover=f"step %{{x:d}}<br>{RIGHT}")
        traces.append({**new, "customdata": NONE if mean is None else mean})
    rows, gap = [row for _, _, row in runners(result)], np.array([np.nan])
    past = np.concatenate([before.step[drawn(before)], gap]) if before else NONE
    held = [part for row in rows for part in (odds(curve(before, row, at)[0]), gap)] if before else [NONE]
    traces.append(line("naive", "recorded", np.tile(past, len(rows)), np.concatenate(held), width=1, dash="dot"))
    return {
        "data": traces,
        "layout": theme.layout(
            "Test accuracy",
            steps(),
            stretched("accuracy"),
            left=58,
            alt="Test accuracy against training step: mean over the seeds with 95 % bands for the student alone, KD at "
            "the chosen temperature, KD at infinite temperature and LM; a dashed line for the teacher.",
        ),
    }


def closer(result):
    """Above, the chosen measure (t,) over the steps; below, the final accuracy per class (K,)."""
    now = result.race
    measure, words = LOOKS[result.params.look]
    at, traces, peak = MEASURES.index(measure), [], []
    for role, name, row in runners(result):
        mean = curve(now, row, at)[0]
        traces.append(line(role, name, now and now.step[drawn(now)], mean, axes={"yaxis": "y2"}))
        peak += [] if mean is None else [np.nanmax(mean), np.nanmin(mean)]
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "name": "what is shown",
            "meta": {"role": "mark"},
            "x": np.array([STEPS * 0.98]) if peak else NONE,
            "y": np.array([(max(peak) + min(peak)) / 2]) if peak else NONE,
            "text": [words] if peak else [],
            "textposition": "middle left",
            "yaxis": "y2",
            "hoverinfo": "skip",
            "showlegend": False,
        }
    )
    for shift, (role, name, row) in zip((-0.24, -0.08, 0.08, 0.24), runners(result), strict=True):
        right = now.per_class[row].mean(0) if now else None
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": f"{name}, per class",
                "meta": {"role": role},
                "xaxis": "x2",
                "x": NONE if right is None else np.arange(len(right)) + shift,
                "y": NONE if right is None else odds(right),
                "customdata": NONE if right is None else right,
                "marker": theme.marker(role, 7),
                "cliponaxis": False,
                "hovertemplate": f"class %{{x:.0f}}: {RIGHT}",
                "showlegend": False,
            }
        )
    digits = theme.axis("class", range=[-0.6, CLASSES - 0.4], tickvals=[*range(CLASSES)], tickangle=0, showgrid=False)
    return {
        "data": traces,
        "layout": theme.layout(
            "A closer look",
            steps(anchor="y2", domain=[0.0, 1.0]),
            stretched("accuracy", (3, 50, 90, 99), domain=[0.0, 0.4], anchor="x2"),
            yaxis2=theme.axis("", domain=[0.62, 1.0], nticks=5, anchor="x"),
            xaxis2={**digits, "anchor": "y", "domain": [0.0, 1.0], "zeroline": False},
            left=58,
            alt="Above, a measure of the distance to the teacher against training step; below, the final test accuracy "
            "of each class.",
        ),
    }
