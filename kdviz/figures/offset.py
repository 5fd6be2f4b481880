"""Pictures of the mean offset: losses along the all-ones direction, the map of the gap, the term per class."""

import numpy as np

from kdviz.figures import theme
from kdviz.figures.curves import NONE, Curve, Dot, curves

EDGE = 5.0  # log10(T/σ) at which everything beyond the map, ∞ included, is drawn
NAMES = ("1 %", "10 %", "50 %")  # of the lines of equal gap
TICKS = (-10, -5, -2, -1, -0.2, 0, 0.2, 1, 2, 5, 10)  # of c_s − c_t
PRINTED = "LM + ½(c<sub>s</sub> − c<sub>t</sub>)² (from Eq. 7)"  # its slope is Eq. 7 as printed
MET = "c<sub>s</sub> = c<sub>t</sub>"
WHITE, BLACK = "#FFFFFF", "#000000"  # on the map, in both themes


def losses_along_ones(result):
    """Every loss when a constant is added to all student logits, as a function of the student's mean c_s (49,)."""
    along, params = result.along, result.params
    printed = along.printed if params.printed else None
    now = params.student_mean
    lines = (
        Curve("lm", "LM", along.mean, along.lm),
        Curve("printed", PRINTED, None if printed is None else along.mean, printed),
        Curve("limit", "centred LM", along.mean, along.centred, width=3),
        Curve("kd", "KD at T", along.mean, result.kd_along),
    )
    dots = (
        Dot("lm", "LM now", now, result.lm),
        Dot("kd", "KD now", now, result.kd),
        Dot("teacher", "equal means", params.teacher_mean, result.centred, MET, "top center"),
    )
    top = float(max(along.lm.max(), 0 if printed is None else printed.max()))
    return curves(
        lines,
        (now, f"cₛ = {now:.3g}".replace("-", "−")),  # plain text: it moves with every step
        dots,
        log=False,
        height=340,
        span=(0.0, 1.02 * top),
        x=theme.axis("student’s mean c<sub>s</sub>", zeroline=False),
        y=theme.axis("loss", rangemode="tozero"),
        title="Losses along the all-ones direction",
        hover="c<sub>s</sub> = %{x:.3~g}<br>loss %{y:.4~g}",
        alt="KD and centred LM stay level when a constant is added to all student logits; LM is a parabola with its "
        "lowest point where the means are equal.",
    )


def stretch(offset):
    """Height on the map of c_s − c_t (...), in logit units: the signed square root (...), which opens the valley at 0.

    >>> float(stretch(-4.0)), float(squeeze(-2.0))
    (-2.0, -4.0)
    """
    return np.sign(offset) * np.sqrt(np.abs(offset))


def squeeze(height):
    """c_s − c_t (...), in logit units, at a height (...) of the map: the inverse of `stretch`."""
    return np.sign(height) * np.square(height)


def map_of_gap(result):
    """Relative gap (17, 17) between KD and LM over (c_s − c_t, T/σ), with lines of equal gap and the current state.

    Coordinates are log10(T/σ) and `stretch` of c_s − c_t, so that the map can be drawn smooth.
    """
    m, quiet = result.map, {"hoverinfo": "skip", "showlegend": False}
    heights = stretch(m.offset)
    traces = [
        {
            "type": "heatmap",
            "name": "gap between KD and LM",
            "meta": {"role": "kd"},
            "x": m.place,
            "y": heights,
            "z": m.gap,
            "zmin": 0,
            "zmax": 1,
            "zsmooth": "best",
            "colorscale": "Cividis",
            "colorbar": {"tickformat": ".0%", "thickness": 12, "outlinewidth": 0, "len": 1.0},
            "hovertemplate": "T/σ = 10<sup>%{x:.1f}</sup><br>gap between KD and LM %{z:.3~p}<extra></extra>",
        }
    ]
    for name, line in zip(NAMES, m.levels, strict=True):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"line of {name}",
                "meta": {"role": "mark"},
                "x": m.level_place,
                "y": stretch(line),
                "line": {"color": WHITE, "width": 1.4},
                "connectgaps": True,
                **quiet,
            }
        )
    ends = [stretch(line[-1 if name == "1 %" else 0]) for name, line in zip(NAMES, m.levels, strict=True)]
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "name": "names of the lines",
            "meta": {"role": "mark"},
            "x": np.full(3, m.place[-1]),
            "y": np.array(ends),
            "text": [f" {name}" for name in NAMES],
            "textposition": "middle right",
            "cliponaxis": False,
            **quiet,
        }
    )
    ratio = result.params.temperature / result.sigma
    place = EDGE if not ratio <= 10.0 ** m.place[-1] else max(np.log10(ratio), m.place[0])
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "name": "now",
            "meta": {"role": "now"},
            "showlegend": False,
            "x": np.array([place]),
            "y": np.array([stretch(result.offset)]),
            "cliponaxis": False,
            "marker": {"color": WHITE, "size": 13, "symbol": "circle", "line": {"color": BLACK, "width": 2.5}},
            "hovertemplate": "the controls stand here<extra></extra>",
        }
    )
    powers = [*range(-1, 5)]
    ticks = {"tickvals": [*powers, EDGE], "ticktext": [*map(theme.decade, powers), "… ∞"]}
    x = theme.axis("T/σ", range=[-1.1, EDGE + 0.3], zeroline=False, showgrid=False, **ticks)
    ticks = {"tickvals": [float(stretch(t)) for t in TICKS], "ticktext": [f"{t:g}".replace("-", "−") for t in TICKS]}
    y = theme.axis("c<sub>s</sub> − c<sub>t</sub>", range=[-3.3, 3.3], showgrid=False, zeroline=False, **ticks)
    alt = "Map of the relative gap between KD and LM: small only where T is many times σ and the means agree."
    return {
        "data": traces,
        "layout": theme.layout("Where the gap between KD and LM is small", x, y, alt=alt, height=360),
    }


def term_per_class(result):
    """Slopes (M,) of the extra term against the classes' logits (M,): derived, as printed, and a true ℓ1."""
    t, shown = result.term, result.params.printed
    low, high = t.logit.min(), t.logit.max()
    kink = min(max(0.0, low), high)  # where ℓ1 jumps, if the logits have both signs
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "ℓ1 between the classes",
            "meta": {"role": "l1"},
            "showlegend": False,
            "x": np.array([low, kink, kink, high]),
            "y": t.l1[[0, 0, -1, -1]],
            "line": theme.line("l1", 1.2),
            "hoverinfo": "skip",
        }
    ]
    for role, name, values, mode in (
        ("offset", "derived, −½(c<sub>s</sub> − c<sub>t</sub>)²", t.derived, "lines+markers"),
        ("printed", "as printed in our copy (+)", t.printed if shown else None, "lines+markers"),
        ("l1", "a true ℓ1 of that weight", t.l1, "markers"),
    ):
        traces.append(
            {
                "type": "scatter",
                "mode": mode,
                "name": name,
                "meta": {"role": role},
                "x": NONE if values is None else t.logit,
                "y": NONE if values is None else values,
                "line": theme.line(role, 1.4),
                "marker": theme.marker(role, 8),
                "hovertemplate": f"logit %{{x:.3~g}}<br>slope of the term %{{y:.3~g}}<extra>{name}</extra>",
            }
        )
    x = theme.axis("student’s logit z<sub>s,i</sub>", rangemode="tozero")
    y = theme.axis("slope ∂(term)/∂z<sub>s,i</sub>")
    alt = (
        "The slope of the mean-offset term is the same in every class; that of an ℓ1 norm changes sign with the logit."
    )
    return {
        "data": traces,
        "layout": theme.layout("The extra term, class by class", x, y, alt=alt, height=340, left=86),
    }
