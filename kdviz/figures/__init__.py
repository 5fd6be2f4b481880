"""Figures as plain Plotly dicts: pure functions of arrays, the same traces in the same order every time.

What moves is an array inside a trace (`x`, `y`, `z`, `text`, `customdata`); everything else is constant furniture.
"""


def to_plotly(figure):
    """A `plotly.graph_objects.Figure` of one of our figure dicts (imports plotly; see `kdviz.figures.theme`)."""
    from kdviz.figures.theme import to_plotly as convert

    return convert(figure)
