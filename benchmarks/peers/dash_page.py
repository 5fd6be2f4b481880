"""Page 02 in Dash: the same figures from the same lesson, one callback for four sliders. `python dash_page.py PORT`."""

import sys

from dash import Dash, Input, Output, dcc, html
from figures import LESSON, drawn, sliders

app = Dash(__name__)
app.layout = html.Div(
    [
        *(
            html.Div([label, dcc.Slider(low, high, step, value=value, id=name, marks=None, updatemode="drag")])
            for name, label, low, high, step, value in sliders()
        ),
        *(dcc.Graph(id=f"chart{i}") for i in range(len(LESSON.figures))),
    ]
)


@app.callback(
    [Output(f"chart{i}", "figure") for i in range(len(LESSON.figures))],
    [Input(name, "value") for name, *_ in sliders()],
)
def redraw(*values):
    """Both figures of a state."""
    return drawn(*values)


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), debug=False)
