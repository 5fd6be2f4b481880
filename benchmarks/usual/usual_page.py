"""Page 02 written the usual way: two FigureWidgets, ipywidgets sliders, one callback per slider.

The numbers and the traces come from the same lesson as ours, and `batch_update` sends one message per figure, so that
the comparison is about the page and not about what is on it.
"""

import os
from dataclasses import replace
from urllib.parse import parse_qsl

import ipywidgets as w
import plotly.graph_objects as go

from kdviz.charts.plotly import to_plotly
from kdviz.core.params import from_query
from kdviz.pages.gradient_gap.page import PAGE as LESSON

MOVING = ("x", "y", "text")


def page():
    """Make the sliders and the two charts; the address may name a state, as on our page."""
    query = "&".join(
        f"{k}={v}" for k, v in parse_qsl(os.environ.get("QUERY_STRING", "")) if k in ("T", "cs", "ct", "K")
    )
    params, _ = from_query(LESSON.params, query)
    result = LESSON.compute(params)
    figures = [go.FigureWidget(to_plotly(draw(result))) for draw in LESSON.figures]

    sliders = {
        "temperature": w.FloatLogSlider(params.temperature, min=-1.3, max=6, step=0.025, description="T"),
        "student_mean": w.FloatSlider(params.student_mean, min=-5, max=5, step=0.05, description="c_s"),
        "teacher_mean": w.FloatSlider(params.teacher_mean, min=-5, max=5, step=0.05, description="c_t"),
        "classes": w.IntSlider(params.classes, min=2, max=1000, description="K"),
    }

    def redraw(name, value):
        nonlocal params
        params = replace(params, **{name: value})
        result = LESSON.compute(params)
        for figure, draw in zip(figures, LESSON.figures, strict=True):
            with figure.batch_update():
                for shown, new in zip(figure.data, draw(result)["data"], strict=True):
                    for key in MOVING:
                        if key in new:
                            shown[key] = new[key]

    def on_temperature(change):
        redraw("temperature", change["new"])

    def on_student_mean(change):
        redraw("student_mean", change["new"])

    def on_teacher_mean(change):
        redraw("teacher_mean", change["new"])

    def on_classes(change):
        redraw("classes", change["new"])

    sliders["temperature"].observe(on_temperature, names="value")
    sliders["student_mean"].observe(on_student_mean, names="value")
    sliders["teacher_mean"].observe(on_teacher_mean, names="value")
    sliders["classes"].observe(on_classes, names="value")
    return w.VBox([w.HBox(list(sliders.values())), *figures])
