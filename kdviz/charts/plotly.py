"""Our charts in notebooks and files: the only module here that needs plotly, and only when it is asked."""

from typing import Any

from kdviz.charts.theme import Figure


def to_plotly(figure: Figure) -> Any:
    """A `plotly.graph_objects.Figure` of one of our figure dicts, for notebooks and export (imports plotly)."""
    import plotly.graph_objects as go

    shown = go.Figure(figure)
    meta = figure["layout"]["meta"]
    return shown.update_layout(height=meta["height"], title=meta["title"])
