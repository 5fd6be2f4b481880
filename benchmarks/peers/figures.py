"""What the peers show: the figures of our lesson, and four sliders with the same bounds."""

from kdviz.charts.plotly import to_plotly
from kdviz.pages.gradient_gap.page import PAGE as LESSON


def sliders():
    """(name, label, low, high, step, value) of every slider; T runs over its logarithm."""
    return (
        ("T", "log10 T", -1.3, 6.0, 0.025, 0.3),
        ("cs", "c_s", -5.0, 5.0, 0.05, 1.0),
        ("ct", "c_t", -5.0, 5.0, 0.05, 0.0),
        ("K", "K", 2, 1000, 1, 10),
    )


def drawn(log_t, student_mean, teacher_mean, classes):
    """The two figures of a state."""
    means = {"student_mean": student_mean, "teacher_mean": teacher_mean}
    result = LESSON.compute(LESSON.params(temperature=10.0**log_t, classes=int(classes), **means))
    return [to_plotly(draw(result)) for draw in LESSON.figures]
