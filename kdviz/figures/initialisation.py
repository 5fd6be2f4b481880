"""Pictures of the mean logit at initialisation: single runs, averages over runs, and the table of the paper."""

import numpy as np

from kdviz.core.heads import NETWORKS, PRINTED, RUNS
from kdviz.figures import theme
from kdviz.figures.curves import NONE, Curve, Dot, curves

LEVEL = 1.96  # standard errors that 95 % of all averages keep within
FEWEST = 10  # runs
C_S, C_T = "c<sub>s</sub>", "c<sub>t</sub>"

# (41,) numbers of runs at which averages are drawn
GRID = np.unique(np.geomspace(FEWEST, RUNS, 41).round())
GRID.setflags(write=False)


def score(z):
    """The words for a distance of `z` standard errors.

    >>> score(0.0246), score(-19.97), score(1.9e4)
    ('+0.02', '−20.0', '+19000')
    """
    digits = max(0, 2 - int(np.log10(max(1.0, abs(z)))))
    return f"{z:+.{digits}f}".replace("-", "−")


def single_runs(result):
    """Share of runs per bin for c_s, c_t (61,) and their difference, with the exact law of the difference."""
    own, live = result.histogram, result.live and result.live.histogram
    yours = (live.places, live.offset) if live else (NONE, NONE)
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "c<sub>s</sub> − c<sub>t</sub>, one pair of runs",
            "meta": {"role": "offset"},
            "x": own.places,
            "y": own.offset,
            "line": {"color": theme.ROLE["offset"].colour, "width": 0.5, "shape": "hvh"},
            "fill": "tozeroy",
            "hovertemplate": "c<sub>s</sub> − c<sub>t</sub> = %{x:.3~g}<br>%{y:.2~%} of the pairs<extra></extra>",
        },
    ]
    steps = (
        ("student", "c<sub>s</sub>, student", own.places, own.student, "solid"),
        ("teacher", "c<sub>t</sub>, teacher", own.places, own.teacher, "solid"),
        ("bound", "c<sub>s</sub> − c<sub>t</sub>, exact", own.places, own.law, "dot"),
        ("now", "c<sub>s</sub> − c<sub>t</sub>, your runs", *yours, "dash"),
    )
    for role, name, x, y, dash in steps:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "meta": {"role": role},
                "x": x,
                "y": y,
                "line": {**theme.line(role, 1.8), "dash": dash, "shape": "linear" if role == "bound" else "hvh"},
                "hovertemplate": f"%{{x:.3~g}}<br>%{{y:.2~%}}<extra>{name}</extra>",
            }
        )
    x = theme.axis("mean logit of one network")
    y = theme.axis("share of the runs", rangemode="tozero", tickformat=".0%")
    alt = "Histograms over runs: the mean logit of student and teacher, and their difference, spread around 0."
    return {"data": traces, "layout": theme.layout("Single runs", x, y, alt=alt, height=340, legend=1.085)}


def funnel(result):
    """Average (41,) of the mean logit over the first N runs, the interval that 95 % keep, and the printed averages."""
    own, live = result.averages, result.live and result.live.averages
    both = np.concatenate([GRID, [np.nan], GRID])
    lines = [
        Curve(role, f"{symbol} ± {LEVEL} SE", both, band, dash="dot", width=1.2)
        for role, symbol, band in (("student", C_S, own.student_band), ("teacher", C_T, own.teacher_band))
    ]
    lines += [
        Curve("student", f"average of {C_S}", GRID, own.student),
        Curve("teacher", f"average of {C_T}", GRID, own.teacher),
        Curve("student", f"{C_S}, your runs", GRID if live else None, live.student if live else None, dash="dash"),
        Curve("teacher", f"{C_T}, your runs", GRID if live else None, live.teacher if live else None, dash="dash"),
    ]
    s, t = result.pair
    printed = [*PRINTED.values()]
    dots = [
        Dot("printed", f"{role}: as printed in our copy", RUNS, value, f"z = {score(result.printed_scores[i])}", side)
        for role, i, side, value in (
            ("student", s, "bottom left", printed[s] if s != t else float("nan")),
            ("teacher", t, "top left", printed[t]),
        )
    ]
    edges = np.concatenate([own.student_band, own.teacher_band, [dot.y for dot in dots]])
    low, high = float(np.nanmin(edges)), float(np.nanmax(edges))
    high += 0.15 * (high - low)  # room for the label
    runs = result.params.runs
    return curves(
        tuple(lines),
        (runs, f"N = {runs}", float(np.clip(runs, 14, 4200))),
        tuple(dots),
        log=False,
        height=340,
        span=(low, high),
        x=theme.log_axis("runs N in the average", 0.9, 3.95, range=[0.93, 3.95]),
        y=theme.axis("average"),
        title="Averages over runs",
        hover="N = %{x:.0f}<br>%{y:.3~g}",
        alt="Averages of the mean logit over N runs, inside a funnel that narrows as one over root N; crosses mark the "
        f"averages that the paper prints for {RUNS} runs.",
    )


def in_standard_errors(result):
    """Averages of the four networks, ours and as printed, as distances from what is expected, in standard errors."""
    live, texts = result.live and result.live.scores, [*map(score, result.printed_scores)]
    places = np.arange(1.0, len(NETWORKS) + 1)
    ends = np.array([0.5, len(NETWORKS) + 0.5])
    bands = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{word} {LEVEL} standard errors",
            "meta": {"role": "bound"},
            "showlegend": False,
            "x": ends,
            "y": np.full(2, sign * LEVEL),
            "line": theme.line("bound", 1.2),
            "hoverinfo": "skip",
        }
        for word, sign in (("plus", 1), ("minus", -1))
    ]
    marks = (
        ("mark", "recorded runs", places - 0.22, result.scores, "circle", None),
        ("printed", "as printed in our copy", places + 0.22, result.printed_scores, "x-thin", texts),
        ("now", "your runs", places if live is not None else NONE, NONE if live is None else live, "circle-open", None),
    )
    traces = [
        {
            "type": "scatter",
            "mode": "markers+text" if role == "printed" else "markers",
            "name": name,
            "meta": {"role": role},
            "x": x,
            "y": y,
            **({"text": words, "textposition": "top center"} if words else {}),
            "marker": theme.marker(role, 9, symbol=symbol),
            "cliponaxis": False,
            "hovertemplate": f"%{{y:.3~g}} standard errors<extra>{name}</extra>",
        }
        for role, name, x, y, symbol, words in marks
    ]
    ticks = {"tickvals": list(places), "ticktext": [name.removeprefix("ResNet-") for name in NETWORKS]}
    x = theme.axis("depth of the ResNet", range=[0.4, len(places) + 0.6], showgrid=False, zeroline=False, **ticks)
    y = theme.axis("z", tickformat="~s")
    alt = "For each network the average over runs, ours and as printed, in standard errors from what is expected."
    title = "Table 1, in standard errors"
    return {"data": bands + traces, "layout": theme.layout(title, x, y, alt=alt, height=340, legend=1.085)}
