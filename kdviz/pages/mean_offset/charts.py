"""The charts of page 03: losses along the all-ones direction, the map of the gap, the extra term per class."""

from dataclasses import replace

import numpy as np

from kdviz.charts import marks, theme
from kdviz.charts.curves import Curve, Dot, curves
from kdviz.pages import controls
from kdviz.pages.mean_offset.landscape import deviation, squeeze, stretch
from kdviz.pages.mean_offset.words import W
from kdviz.words import numerals

EDGE = 5.0  # log10(T/σ) at which everything beyond the map, ∞ included, is drawn
NAMES = ("1 %", "10 %", "50 %")  # of the lines of equal gap
TICKS = (-10, -5, -2, -1, -0.2, 0, 0.2, 1, 2, 5, 10)  # of c_s − c_t
MET = "c<sub>s</sub> = c<sub>t</sub>"


def losses_along_ones(result):
    """Every loss when a constant is added to all student logits, as a function of the student's mean c_s (25,)."""
    along, params, words = result.along, result.params, W.LOSSES
    printed = along.printed if params.printed else None
    now = params.student_mean
    lines = (
        Curve("lm", "LM", along.mean, along.lm),
        Curve("printed", words["printed"], None if printed is None else along.mean, printed),
        Curve("limit", words["centred"], along.mean, along.centred, width=3),
        Curve("kd", words["kd"], along.mean, result.kd_along),
    )
    dots = (
        Dot("lm", words["lm_now"], now, result.lm),
        Dot("kd", words["kd_now"], now, result.kd),
        Dot("teacher", words["equal"], params.teacher_mean, result.centred, MET, "top center"),
    )
    top = float(max(along.lm.max(), 0 if printed is None else printed.max()))
    return curves(
        lines,
        (now, f"cₛ = {now:.3g}".replace("-", "−")),  # plain text: it moves with every step
        dots,
        log=False,
        height=340,
        span=(0.0, 1.02 * top),
        x=theme.axis(words["x"], zeroline=False),
        y=theme.axis(words["y"], rangemode="tozero"),
        title=words["title"],
        hover=words["hover"].format(mean="%{x:.3~g}", loss="%{y:.4~g}"),
        alt=words["alt"],
    )


def map_of_gap(result):
    """Relative gap (17, 17) between KD and LM over (c_s − c_t, T/σ), with lines of equal gap and the current state.

    Coordinates are log10(T/σ) and `stretch` of c_s − c_t, so that the map can be drawn smooth.
    """
    m, words = result.map, W.MAP
    hover = words["hover"].format(power="%{x:.1f}", gap="%{z:.3~p}")
    traces = [marks.heat("kd", words["gap"], m.place, stretch(m.mean_gap), m.gap, hover=hover)]
    white = {"line": {"color": theme.WHITE, "width": 1.4}, "connectgaps": True, **marks.QUIET}
    for name, level in zip(NAMES, m.levels, strict=True):
        traces.append({**marks.line("mark", f"line-{name}", m.level_place, stretch(level)), **white})
    ends = [stretch(level[-1 if name == "1 %" else 0]) for name, level in zip(NAMES, m.levels, strict=True)]
    beside = np.full(3, m.place[-1]), np.array(ends), [f" {name}" for name in NAMES]
    traces.append(marks.text("mark", "line-names", *beside, "middle right"))
    ratio = result.params.temperature / result.sigma
    place = EDGE if not ratio <= 10.0 ** m.place[-1] else max(np.log10(ratio), m.place[0])
    rim = {"color": theme.BLACK, "width": 2.5}
    circle = {"color": theme.WHITE, "size": 13, "symbol": "circle", "line": rim}
    here = np.array([place]), np.array([stretch(result.mean_gap)])
    traces.append(
        marks.points("now", "now", *here, hover=words["now"], showlegend=False, marker=circle, cliponaxis=False)
    )
    powers = [*range(-1, 5)]
    ticks = {"tickvals": [*powers, EDGE], "ticktext": [*map(numerals.decade, powers), "… ∞"]}
    x = theme.axis("T/σ", range=[-1.1, EDGE + 0.3], zeroline=False, showgrid=False, **ticks)
    ticks = {"tickvals": [float(stretch(t)) for t in TICKS], "ticktext": [f"{t:g}".replace("-", "−") for t in TICKS]}
    y = theme.axis("c<sub>s</sub> − c<sub>t</sub>", range=[-3.3, 3.3], showgrid=False, zeroline=False, **ticks)
    return {"data": traces, "layout": theme.layout(words["title"], x, y, alt=words["alt"], height=360)}


def term_per_class(result):
    """Slopes (M,) of the extra term against the classes' logits (M,): derived, as printed, and a true ℓ1."""
    t, words = result.term, W.TERM
    low, high = t.logit.min(), t.logit.max()
    kink = min(max(0.0, low), high)  # where ℓ1 jumps, if the logits have both signs
    jump = np.array([low, kink, kink, high]), t.l1[[0, 0, -1, -1]]
    traces = [marks.line("l1", "l1-jump", *jump, width=1.2, **marks.QUIET)]
    for role, name, values, mode in (
        ("mean_gap", words["derived"], t.derived, "lines+markers"),
        ("printed", words["printed"], t.printed if result.params.printed else None, "lines+markers"),
        ("l1", words["l1"], t.l1, "markers"),
    ):
        hover = words["hover"].format(logit="%{x:.3~g}", slope="%{y:.3~g}", name=name)
        style = {"line": theme.line(role, 1.4), "marker": theme.marker(role, 8)}
        traces.append(marks.scatter(mode, role, name, t.logit, values, hover=hover, **style))
    axes = theme.axis(words["x"], rangemode="tozero"), theme.axis(words["y"])
    return {"data": traces, "layout": theme.layout(words["title"], *axes, alt=words["alt"], height=340, left=86)}


def pick(params, chart, x, y):
    """A click into the map at log10(T/σ), `stretch` of c_s − c_t sets T and c_s (within its bounds); c_t stays."""
    if chart != 1:
        return None
    sigma, axis = deviation(controls.drawn(*controls.key(params))[1]), controls.SWEEP
    beyond = x >= (EDGE + 4) / 2
    temperature = float("inf") if beyond else float(f"{np.clip(sigma * 10**x, axis.low, axis.high):.3g}")
    mean = round(float(np.clip(params.teacher_mean + squeeze(y), *controls.MEANS)), 2)
    return replace(params, temperature=temperature, student_mean=mean)
