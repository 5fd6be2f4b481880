"""Logits above, softened probabilities below: the teacher's bars go up, the student's down."""

from collections.abc import Mapping

import numpy as np

from kdviz.charts import marks, profile, theme
from kdviz.charts.marks import Values
from kdviz.charts.theme import Figure, Trace
from kdviz.words import W


def _bars(role: str, name: str, shown: str, x: np.ndarray, y: Values, axis: str) -> Trace:
    start, width = {"y": (-0.35, 0.7), "y3": (-0.35, 0.7)}.get(axis, (-0.38 if role == "teacher" else 0.0, 0.38))
    hover = W.HOVER_CLASS.format(number="%{x:d}", name=shown, value="%{y:.3~g}")
    more = {"yaxis": axis, "showlegend": axis == "y2", "legendgroup": role}
    return marks.bars(role, name, x, y, start=start, width=width, hover=hover, **more)


def _line(role: str, name: str, shown: str, x: np.ndarray, y: Values, axis: str) -> Trace:
    more = {"yaxis": axis, "showlegend": axis == "y2", "legendgroup": role}
    width, hover = 1.6 if role == "teacher" else 1.1, f"{shown}: %{{y:.3~g}}<extra></extra>"
    return marks.line(role, W.SORTED.format(name=name), x, y, width=width, dash="solid", hover=hover, **more)


def mirrored(
    teacher: np.ndarray, student: np.ndarray, p_teacher: np.ndarray, p_student: np.ndarray, words: Mapping[str, str]
) -> Figure:
    """Chart of logits (K,), (K,) and of their softmax at the current temperature, probabilities (K,), (K,).

    Two lines at 1/K show where all probabilities go as T grows; both halves share one scale. `words` {what: words} has
    `title`, `alt`, the axes `x`, `p_teacher`, `p_student`, `logits`; of the legend `teacher`, `student`; of the pointer
    `teacher_logit`, `student_logit`, `teacher_p`, `student_p`.
    """
    few = len(teacher) <= profile.FEW
    classes, place = profile.chosen(teacher, student)
    number = np.arange(1.0, len(teacher) + 1)
    ends = np.array([0.5, len(teacher) + 0.5]) if few else np.array([100.0, 200.0])
    even, top = 1 / len(teacher), max(p_teacher.max(), p_student.max())
    halves = (
        ("teacher", words["teacher"], words["teacher_logit"], teacher, "y2"),
        ("student", words["student"], words["student_logit"], student, "y2"),
        ("teacher", f"{words['teacher']}, p", words["teacher_p"], p_teacher, "y"),
        ("student", f"{words['student']}, p", words["student_p"], p_student, "y3"),
    )
    traces = [_bars(role, name, shown, number, y if few else None, axis) for role, name, shown, y, axis in halves]
    traces += [
        _line(role, name, shown, place, None if few else y[classes], axis) for role, name, shown, y, axis in halves
    ]
    for axis, side in (("y", "teacher"), ("y3", "student")):
        level = marks.line(
            "mark", f"1/K-{side}", ends, np.array([even, even]), width=1.2, hover="1/K = %{y:.3~g}<extra></extra>"
        )
        label = {"mode": "lines+text", "text": ["", "1/K"], "textposition": "middle right", "cliponaxis": False}
        traces.append({**level, "showlegend": False, "yaxis": axis, **label})
        unseen = {"opacity": 0, "size": 1}  # gives both halves one scale
        traces.append(
            marks.points(
                "mark", f"scale-{side}", ends[:1], np.array([1.06 * top]), yaxis=axis, marker=unseen, **marks.QUIET
            )
        )
    quiet = {"zeroline": True, "rangemode": "tozero", "nticks": 4}
    return {
        "data": traces,
        "layout": theme.layout(
            words["title"],
            profile.axis(words["x"], anchor="y3"),
            theme.axis(words["p_teacher"], domain=[0.28, 0.57], **quiet),
            yaxis2=theme.axis(words["logits"], domain=[0.66, 1.0], nticks=5),
            yaxis3=theme.axis(words["p_student"], domain=[0.0, 0.28], **quiet, autorange="reversed"),
            height=440,
            right=34,
            alt=words["alt"],
        ),
    }
