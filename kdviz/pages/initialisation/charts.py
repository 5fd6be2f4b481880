"""The charts of page 06: the mean logit in single runs, averages over runs, and the table of the paper."""

from dataclasses import replace

import numpy as np

from kdviz.charts import theme
from kdviz.charts.curves import Curve, Dot, curves
from kdviz.charts.marks import NONE, QUIET, line, points
from kdviz.core.heads import NETWORKS, PRINTED, RUNS
from kdviz.pages.initialisation.counts import FEWEST, GRID, LEVEL
from kdviz.pages.initialisation.words import W
from kdviz.words import numerals

C_S, C_T = "c<sub>s</sub>", "c<sub>t</sub>"


def single_runs(result):
    """Share of runs per bin for c_s, c_t (61,) and their difference, with the exact law of the difference."""
    own, live, words = result.histogram, result.live and result.live.histogram, W.RUNS
    yours = (live.places, live.mean_gap) if live else (None, None)
    outline = {"line": {"color": theme.ROLE["mean_gap"].colour, "width": 0.5, "shape": "hvh"}, "fill": "tozeroy"}
    hover = words["gap_hover"].format(gap="%{x:.3~g}", share="%{y:.2~%}")
    traces = [{**line("mean_gap", words["gap"], own.places, own.mean_gap, hover=hover), **outline}]
    for role, name, x, y, dash in (
        ("student", words["student"], own.places, own.student, "solid"),
        ("teacher", words["teacher"], own.places, own.teacher, "solid"),
        ("bound", words["law"], own.places, own.law, "dot"),
        ("now", words["yours"], *yours, "dash"),
    ):
        style = {**theme.line(role, 1.8), "dash": dash, "shape": "linear" if role == "bound" else "hvh"}
        hover = f"%{{x:.3~g}}<br>%{{y:.2~%}}<extra>{name}</extra>"
        traces.append({**line(role, name, x, y, hover=hover), "line": style})
    x, y = theme.axis(words["x"]), theme.axis(words["y"], rangemode="tozero", tickformat=".0%")
    return {"data": traces, "layout": theme.layout(words["title"], x, y, alt=words["alt"], height=340, legend=1.085)}


def funnel(result):
    """Average (41,) of the mean logit over the first N runs, the interval that 95 % keep, and the printed averages."""
    own, live, words = result.averages, result.live and result.live.averages, W.FUNNEL
    both = np.concatenate([GRID, [np.nan], GRID])
    grid = GRID if live else None
    lines = (
        *(
            Curve(role, words["band"].format(symbol=symbol, level=LEVEL), both, band, dash="dot", width=1.2)
            for role, symbol, band in (("student", C_S, own.student_band), ("teacher", C_T, own.teacher_band))
        ),
        Curve("student", words["average"].format(symbol=C_S), GRID, own.student),
        Curve("teacher", words["average"].format(symbol=C_T), GRID, own.teacher),
        Curve("student", words["yours"].format(symbol=C_S), grid, live.student if live else None, dash="dash"),
        Curve("teacher", words["yours"].format(symbol=C_T), grid, live.teacher if live else None, dash="dash"),
    )
    s, t = result.pair
    printed = [*PRINTED.values()]
    dots = tuple(
        Dot("printed", name, RUNS, value, f"z = {numerals.score(result.printed_scores[i])}", side)
        for name, i, side, value in (
            (words["printed_student"], s, "bottom left", printed[s] if s != t else float("nan")),
            (words["printed_teacher"], t, "top left", printed[t]),
        )
    )
    edges = np.concatenate([own.student_band, own.teacher_band, [dot.y for dot in dots]])
    low, high = float(np.nanmin(edges)), float(np.nanmax(edges))
    high += 0.15 * (high - low)  # room for the label
    runs = result.params.runs
    return curves(
        lines,
        (runs, f"N = {runs}", float(np.clip(runs, 14, 4200))),
        dots,
        log=False,
        height=340,
        span=(low, high),
        x=theme.log_axis(words["x"], 0.9, 3.95, range=[0.93, 3.95]),
        y=theme.axis(words["y"]),
        title=words["title"],
        hover="N = %{x:.0f}<br>%{y:.3~g}",
        alt=words["alt"].format(runs=RUNS),
    )


def in_standard_errors(result):
    """Averages of the four networks, ours and as printed, as distances from what is expected, in standard errors."""
    live, labels, words = result.live and result.live.scores, [*map(numerals.score, result.printed_scores)], W.TABLE_1
    places = np.arange(1.0, len(NETWORKS) + 1)
    ends = np.array([0.5, len(NETWORKS) + 0.5])
    traces = [
        line("bound", name, ends, np.full(2, sign * LEVEL), width=1.2, **QUIET)
        for name, sign in (("upper-level", 1), ("lower-level", -1))
    ]
    for role, name, x, y, symbol, beside in (
        ("mark", W.RECORDED, places - 0.22, result.scores, "circle", None),
        ("printed", W.AS_PRINTED, places + 0.22, result.printed_scores, "x-thin", labels),
        ("now", W.YOUR_RUNS, places, NONE if live is None else live, "circle-open", None),
    ):
        hover = words["hover"].format(score="%{y:.3~g}", name=name)
        shown = x if len(y) else NONE
        trace = points(role, name, shown, y, hover=hover, marker=theme.marker(role, 9, symbol=symbol), cliponaxis=False)
        label = {"mode": "markers+text", "text": beside, "textposition": "top center"} if beside else {}
        traces.append(trace | label)
    ticks = {"tickvals": list(places), "ticktext": [name.removeprefix("ResNet-") for name in NETWORKS]}
    names = theme.axis(words["x"], range=[0.4, len(places) + 0.6], showgrid=False, zeroline=False, **ticks)
    axes = names, theme.axis("z", tickformat="~s")
    return {"data": traces, "layout": theme.layout(words["title"], *axes, alt=words["alt"], height=340, legend=1.085)}


def pick(params, chart, x, y):
    """A click at `x` into the funnel sets N; None elsewhere."""
    return replace(params, runs=int(np.clip(round(x), FEWEST, RUNS))) if chart == 1 else None
