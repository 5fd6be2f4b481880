"""A race of losses: accuracy over steps, where each contestant ends and what it gains, and a closer look."""

import numpy as np

from kdviz.core.race_runs import CONTESTANTS, HOT, MEASURES, STEPS
from kdviz.figures import theme
from kdviz.figures.training import NONE, band, line

TICKS = (0, 50, 80, 90, 95, 98, 99)  # accuracies, percent, on the stretched axis
BEST = 0.004  # error where that axis ends: one image in 250
LOOKS = {  # what the third chart can show: measure -> words on the chart
    "agreement": ("agreement", "share of the teacher’s answers"),
    "KL": ("kl", "KL to the teacher at T = 1, nats"),
    "centred error": ("centred_error", "r.m.s. distance of centred logits"),
    "mean offset": ("offset", "c<sub>s</sub> − c<sub>t</sub>"),
}
CLASSES = 10
PLACES = np.array([0.0, *(1.3 + np.arange(len(HOT))), 8.7, 10.0])  # of CONTESTANTS in the second chart
PLACES.setflags(write=False)


def steps(**more):
    """The x axis of everything that is drawn over the steps."""
    ticks = [*range(0, STEPS + 1, 100)]
    return theme.axis("step", range=[0, STEPS], tickvals=ticks, tickangle=0, zeroline=False, **more)


def stretched(title, ticks=TICKS, **more):
    """A log axis of errors that is read as accuracy: as many pixels from 80 to 90 as from 90 to 95 percent."""
    errors = [1 - tick / 100 for tick in ticks]
    words = [f"{tick} %" for tick in ticks]
    shape = {"type": "log", "range": [0.0, float(np.log10(BEST))], "tickmode": "array", "zeroline": False}
    return theme.axis(title, tickvals=errors, ticktext=words, **shape, **more)


def error(accuracy):
    """1 − accuracy (...), at least `BEST`, at most 1, so that it can be drawn; None stays None."""
    return None if accuracy is None else np.clip(1 - accuracy, BEST, 1.0)


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
    mean, half = race.mean[row, at], race.half[row, at]
    return mean, mean - half, mean + half


def accuracy(result):
    """Test accuracy (t,) of four contestants over the steps, with 95 % bands over the seeds, and the teacher's."""
    now, before = result.race, result.recorded if result.live else None
    traces = [
        line(
            "teacher",
            "teacher",
            np.array([0.0, STEPS]),
            now and np.full(2, error(now.teacher)),
            width=1.6,
            dash="dash",
            hover="%{y:.1%} wrong",
        )
    ]
    at = MEASURES.index("accuracy")
    for role, words, row in runners(result):
        mean, *edges = curve(now, row, at)
        traces += band(role, words, now and now.step, *map(error, edges))
        old = before and error(before.mean[row, at])
        traces.append(line(role, f"{words}, recorded", before and before.step, old, width=1, dash="dot", legend=False))
        traces.append(line(role, words, now and now.step, error(mean), hover="step %{x:d}<br>%{y:.2%} wrong"))
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


ROLES = (
    ("student", "alone", ("alone",)),
    ("kd", "KD at T", tuple(f"KD T={t}" for t in HOT[:-1])),
    ("limit", "KD at T = ∞, centred LM", ("KD T=∞", "centred LM")),
    ("lm", "LM", ("LM",)),
)


def marks(role, name, x, mean, half, axis, legend):
    """Two traces: the 95 % intervals as upright lines, the means as marks on them; None hides both."""
    shown = mean is not None
    gap = np.full(len(x), np.nan)
    ends = np.stack([mean - half, mean + half, gap], 1).ravel() if shown else NONE
    common = {"type": "scatter", "meta": {"role": role}, "yaxis": axis}
    return [
        {
            **common,
            "mode": "lines",
            "name": f"{name}, interval",
            "x": np.repeat(x, 3) if shown else NONE,
            "y": ends,
            "line": {"color": theme.ROLE[role].colour, "width": 2},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            **common,
            "mode": "markers",
            "name": name,
            "x": x if shown else NONE,
            "y": mean if shown else NONE,
            "marker": theme.marker(role, 8),
            "hovertemplate": f"%{{y:.2%}}<extra>{name}</extra>",
            "showlegend": legend,
        },
    ]


def finals(result):
    """Final accuracy and paired gain over the student alone, (C,) each with 95 % intervals, per contestant."""
    traces = []
    for values, axis, what in ((result.ends, "y2", ""), (result.gains, "y", ", gain")):
        for role, words, name in ROLES:
            rows = [CONTESTANTS.index(one) for one in name]
            x = PLACES[rows]
            mean, half = (values[0][rows], values[1][rows]) if values is not None else (None, None)
            traces += marks(role, words + what, x, mean, half, axis, axis == "y2")
    chosen = CONTESTANTS.index(f"KD T={result.params.shown}")
    top = None if result.ends is None else result.ends[0][chosen]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "chosen T",
            "meta": {"role": "now"},
            "x": NONE if top is None else PLACES[[chosen]],
            "y": NONE if top is None else np.array([top]),
            "yaxis": "y2",
            "marker": {"color": theme.ROLE["now"].colour, "symbol": "circle-open", "size": 16, "line": {"width": 1.5}},
            "hoverinfo": "skip",
            "showlegend": False,
        }
    )
    ticks = ["alone", *HOT, "LM<sub>c</sub>", "LM"]
    axis = theme.axis("KD at T = …", range=[-0.7, 10.6], tickangle=0, showgrid=False, zeroline=False)
    return {
        "data": traces,
        "layout": theme.layout(
            "Where they end",
            {**axis, "tickmode": "array", "tickvals": PLACES.tolist(), "ticktext": ticks},
            theme.axis("gain", domain=[0.0, 0.46], tickformat="+.0%", nticks=5),
            yaxis2=theme.axis("accuracy", domain=[0.54, 1.0], tickformat=".0%", nticks=5, zeroline=False),
            left=58,
            alt="Above, the final test accuracy of every contestant with its 95 % interval; below, its gain over the "
            "student alone, paired by seed, with its 95 % interval.",
        ),
    }


def closer(result):
    """Above, the chosen measure (t,) over the steps; below, the final accuracy per class (K,)."""
    now = result.race
    measure, words = LOOKS[result.params.look]
    at, traces, peak = MEASURES.index(measure), [], []
    for role, name, row in runners(result):
        mean, *edges = curve(now, row, at)
        traces += band(role, name, now and now.step, *edges, axes={"yaxis": "y2"})
        traces.append(line(role, name, now and now.step, mean, axes={"yaxis": "y2"}))
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
                "y": NONE if right is None else error(right),
                "marker": theme.marker(role, 7),
                "cliponaxis": False,
                "hovertemplate": f"class %{{x:.0f}}: %{{y:.1%}} wrong<extra>{name}</extra>",
                "showlegend": False,
            }
        )
    digits = theme.axis("class", range=[-0.6, CLASSES - 0.4], tickvals=[*range(CLASSES)], tickangle=0, showgrid=False)
    return {
        "data": traces,
        "layout": theme.layout(
            "A closer look",
            steps(anchor="y2", domain=[0.0, 1.0]),
            stretched("accuracy", (0, 80, 95, 99), domain=[0.0, 0.4], anchor="x2"),
            yaxis2=theme.axis("", domain=[0.62, 1.0], nticks=5, anchor="x"),
            xaxis2={**digits, "anchor": "y", "domain": [0.0, 1.0], "zeroline": False},
            left=58,
            alt="Above, a measure of the distance to the teacher against training step; below, the final test accuracy "
            "of each class.",
        ),
    }


def contestant(x):
    """The T of the KD contestant nearest to `x` in the second chart; None for the other contestants.

    >>> contestant(1.2), contestant(7.4), contestant(0.1)
    ('1', '∞', None)
    """
    at = int(np.abs(PLACES - x).argmin()) - 1
    return HOT[at] if 0 <= at < len(HOT) else None
