"""Page 02 in Panel: the same figures from the same lesson, bound to four sliders. `python panel_page.py PORT`."""

import sys

import panel as pn
from figures import LESSON, drawn, sliders

pn.extension("plotly")


def page():
    """Make the sliders and the two charts of one visitor."""
    hands = [
        pn.widgets.FloatSlider(name=label, start=low, end=high, step=step, value=value)
        for _, label, low, high, step, value in sliders()
    ]
    charts = [pn.pane.Plotly(figure, width=900) for figure in drawn(*(hand.value for hand in hands))]

    def redraw(*values):
        for chart, figure in zip(charts, drawn(*values), strict=True):
            chart.object = figure

    pn.bind(redraw, *hands, watch=True)
    assert len(charts) == len(LESSON.figures)
    return pn.Column(*hands, *charts)


if __name__ == "__main__":
    pn.serve(page, address="127.0.0.1", port=int(sys.argv[1]), show=False, websocket_origin="*")
