"""Logits above, softened probabilities below: the teacher's bars go up, the student's down."""

import numpy as np

from kdviz.figures import profile, theme

NONE = np.empty(0)
HOVER = "class %{{x:d}}<br>{name}: %{{y:.3~g}}<extra></extra>"
HOVER_SORTED = "{name}: %{{y:.3~g}}<extra></extra>"


def _bars(role, name, shown, x, y, axis, few):
    start, width = {"y": (-0.35, 0.7), "y3": (-0.35, 0.7)}.get(axis, (-0.38 if role == "teacher" else 0.0, 0.38))
    return {
        "type": "bar",
        "name": name,
        "meta": {"role": role},
        "x": x if few else NONE,
        "y": y if few else NONE,
        "yaxis": axis,
        "marker": {"color": theme.ROLE[role].colour},
        "hovertemplate": HOVER.format(name=shown),
        "offset": start,
        "width": width,
        "showlegend": axis == "y2",
        "legendgroup": role,
    }


def _line(role, name, shown, x, y, axis, few):
    line = {"color": theme.ROLE[role].colour, "width": 1.6 if role == "teacher" else 1.1}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "meta": {"role": role},
        "yaxis": axis,
        "line": line,
        "x": NONE if few else x,
        "y": NONE if few else y,
        "hovertemplate": HOVER_SORTED.format(name=shown),
        "showlegend": axis == "y2",
        "legendgroup": role,
    }


def mirrored(teacher, student, p_teacher, p_student):
    """Chart of logits (K,), (K,) and of their softmax at the current temperature, probabilities (K,), (K,).

    Two lines at 1/K show where all probabilities go as T grows; both halves share one scale.
    """
    few = len(teacher) <= profile.FEW
    classes, place = profile.chosen(teacher, student)
    number = np.arange(1.0, len(teacher) + 1)
    ends = np.array([0.5, len(teacher) + 0.5]) if few else np.array([100.0, 200.0])
    even, top = 1 / len(teacher), max(p_teacher.max(), p_student.max())
    halves = (
        ("teacher", "teacher", "teacher’s logit", teacher, "y2"),
        ("student", "student", "student’s logit", student, "y2"),
        ("teacher", "teacher, p", "teacher’s p", p_teacher, "y"),
        ("student", "student, p", "student’s p", p_student, "y3"),
    )
    traces = [_bars(role, name, shown, number, y, axis, few) for role, name, shown, y, axis in halves]
    traces += [
        _line(role, f"{name}, sorted", shown, place, y[classes], axis, few) for role, name, shown, y, axis in halves
    ]
    for axis, side in (("y", "teacher"), ("y3", "student")):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+text",
                "name": f"1/K, {side}",
                "meta": {"role": "mark"},
                "showlegend": False,
                "x": ends,
                "y": np.array([even, even]),
                "yaxis": axis,
                "line": theme.line("mark", 1.2),
                "text": ["", "1/K"],
                "textposition": "middle right",
                "cliponaxis": False,
                "hovertemplate": "1/K = %{y:.3~g}<extra></extra>",
            }
        )
        traces.append(
            {  # invisible: gives both halves the same scale
                "type": "scatter",
                "mode": "markers",
                "name": f"scale, {side}",
                "meta": {"role": "mark"},
                "showlegend": False,
                "x": ends[:1],
                "y": np.array([1.06 * top]),
                "yaxis": axis,
                "marker": {"opacity": 0, "size": 1},
                "hoverinfo": "skip",
            }
        )
    quiet = {"zeroline": True, "rangemode": "tozero", "nticks": 4}
    return {
        "data": traces,
        "layout": theme.layout(
            "Logits, and their softmax at T",
            profile.axis("the teacher", anchor="y3"),
            theme.axis("p<sub>t</sub>", domain=[0.28, 0.57], **quiet),
            yaxis2=theme.axis("logit z", domain=[0.66, 1.0], nticks=5),
            yaxis3=theme.axis("p<sub>s</sub>", domain=[0.0, 0.28], **quiet, autorange="reversed"),
            height=440,
            right=34,
            alt="Above, the logits of teacher and student per class; below, their probabilities at the current "
            "temperature, the teacher’s upwards and the student’s downwards.",
        ),
    }
