"""Three pictures of the mean offset: losses along the all-ones direction, the map of the gap, and the term per class."""

import numpy as np

from kdviz.figures import temperature_axis as t_axis
from kdviz.figures import theme
from kdviz.figures.curves import NONE, Curve, Dot, curves

EDGE = 4.5  # log10(T/σ) at which everything beyond the map, ∞ included, is drawn
WHITE, BLACK = "#FFFFFF", "#000000"  # on the map, in both themes


def losses_along_ones(result):
    """Every loss when a constant is added to all student logits, as a function of the student's mean c_s."""
    along, params = result.along, result.params
    printed = along.printed if params.printed else None
    now = params.student_mean
    lines = (
        Curve("lm", "LM", along.mean, along.lm),
        Curve("printed", "as printed in our copy", None if printed is None else along.mean, printed),
        Curve("limit", "centred LM", along.mean, along.centred, width=3),
        Curve("kd", "KD at T", along.mean, result.kd_along),
    )
    dots = (
        Dot("lm", "LM now", now, result.lm),
        Dot("kd", "KD now", now, result.kd),
        Dot("teacher", "equal means", params.teacher_mean, result.centred, "c<sub>s</sub> = c<sub>t</sub>", "bottom center"),
    )
    top = float(max(along.lm.max(), 0 if printed is None else printed.max()))
    return curves(
        lines, (now, f"c<sub>s</sub> = {now:.3g}".replace("-", "−")), dots, log=False, height=340, span=(0.0, 1.02 * top),
        x=theme.axis("student’s mean c<sub>s</sub>  (a constant added to all its logits)", zeroline=False),
        y=theme.axis("loss", rangemode="tozero"), title="Losses along the all-ones direction",
        hover="c<sub>s</sub> = %{x:.3~g}<br>loss %{y:.4~g}",
        alt="KD and centred LM stay level when a constant is added to all student logits; LM is a parabola with its "
        "lowest point where the means are equal.",
    )  # fmt: skip


def map_of_gap(result):
    """Relative gap between KD and LM over (T/σ, c_s − c_t), with lines of equal gap and the current state.

    The horizontal coordinate is log10(T/σ), so that the map can be drawn smooth.
    """
    m = result.map
    sides = {"1 %": "top right", "10 %": "top right", "50 %": "middle right"}
    traces = [{
        "type": "heatmap", "name": "gap between KD and LM", "meta": {"role": "kd"}, "x": m.place, "y": m.offset, "z": m.gap,
        "zmin": 0, "zmax": 1, "zsmooth": "best", "colorscale": "Cividis",
        "colorbar": {"tickformat": ".0%", "thickness": 12, "outlinewidth": 0, "len": 1.0},
        "hovertemplate": "T/σ = 10<sup>%{x:.1f}</sup><br>c<sub>s</sub> − c<sub>t</sub> = %{y:.3~g}<br>gap %{z:.3~p}<extra></extra>",
    }]  # fmt: skip
    for name, line, nose in zip(sides, m.levels, m.noses, strict=True):
        traces.append({
            "type": "scatter", "mode": "lines", "name": f"line of {name}", "meta": {"role": "mark"}, "x": m.level_place, "y": line,
            "line": {"color": WHITE, "width": 1.4}, "connectgaps": True, "hoverinfo": "skip", "showlegend": False,
        })  # fmt: skip
        traces.append({
            "type": "scatter", "mode": "text", "name": f"{name}", "meta": {"role": "mark"}, "x": np.array([nose]),
            "y": np.array([0.0]), "text": [name], "textposition": sides[name], "textfont": {"color": WHITE}, "hoverinfo": "skip",
            "showlegend": False,
        })  # fmt: skip
    ratio = result.params.temperature / result.sigma
    beyond = not ratio <= 1e4
    traces.append({
        "type": "scatter", "mode": "markers+text", "name": "now", "meta": {"role": "now"}, "showlegend": False,
        "x": np.array([EDGE if beyond else max(np.log10(ratio), m.place[0])]), "y": np.array([result.offset]),
        "marker": {"color": WHITE, "size": 13, "symbol": "circle", "line": {"color": BLACK, "width": 2.5}}, "text": ["now" if beyond else ""],
        "textposition": "top center", "cliponaxis": False,
        "hovertemplate": "now<br>c<sub>s</sub> − c<sub>t</sub> = %{y:.3~g}<extra></extra>",
    })  # fmt: skip
    names = ["0.1", "1", "10", "100", "10³", "10⁴", "… ∞"]
    x = theme.axis(
        "T/σ", range=[-1.1, EDGE + 0.35], tickvals=[-1, 0, 1, 2, 3, 4, EDGE], ticktext=names, zeroline=False, showgrid=False
    )
    y = theme.axis("c<sub>s</sub> − c<sub>t</sub>", range=[-10.5, 10.5], showgrid=False, zeroline=False)
    alt = "Map of the relative gap between KD and LM gradients: it is small only where T is many times σ and the means agree."
    return {"data": traces, "layout": theme.layout("Gap between KD and LM: where it is small", x, y, alt=alt, height=360)}


def term_per_class(result):
    """Gradient of the extra term in every class, against the class's logit: derived, as printed, and a true ℓ1."""
    t, shown = result.term, result.params.printed
    traces = []
    for role, name, values, shape in (
        ("offset", "derived, −½(c<sub>s</sub> − c<sub>t</sub>)²", t.derived, "linear"),
        ("printed", "as printed in our copy (+)", t.printed if shown else None, "linear"),
        ("l1", "a true ℓ1 of that weight", t.l1, "hv"),
    ):
        traces.append({
            "type": "scatter", "mode": "lines+markers", "name": name, "meta": {"role": role},
            "x": NONE if values is None else t.logit, "y": NONE if values is None else values,
            "line": theme.line(role, 1.4, shape=shape), "marker": theme.marker(role, 8),
            "hovertemplate": f"logit %{{x:.3~g}}<br>slope of the term %{{y:.3~g}}<extra>{name}</extra>",
        })  # fmt: skip
    x, y = theme.axis("student’s logit z<sub>s,i</sub>"), theme.axis("slope ∂(term)/∂z<sub>s,i</sub>", rangemode="tozero")
    alt = "The slope of the mean-offset term is the same in every class; that of an ℓ1 norm changes sign with the logit."
    return {"data": traces, "layout": theme.layout("The extra term, class by class", x, y, alt=alt, height=340, left=70)}
