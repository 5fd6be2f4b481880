"""What charts of training share: lines over the steps, and their axis."""

from typing import Any

from kdviz.charts import marks, theme
from kdviz.charts.marks import Values
from kdviz.charts.theme import Trace
from kdviz.words import W


def line(role: str, name: str, step: Values, y: Values, *, hover: str = "%{y:.3~g}", **more: Any) -> Trace:
    """A line (n,) over the steps (n,); `hover` is how the pointer reads y."""
    read = W.HOVER_STEP.format(step="%{x:d}", value=hover)
    return marks.line(role, name, step, y, hover=f"{read}<extra>{name}</extra>", **more)


def axis(last: int, every: int, **more: Any) -> dict[str, Any]:
    """The x axis from step 0 to `last`, with a tick every `every` steps."""
    ticks = [*range(0, last + 1, every)]
    return theme.axis(W.AXIS_STEP, range=[0, last], tickvals=ticks, tickangle=0, zeroline=False, **more)
