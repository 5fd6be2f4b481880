"""Page 02 in marimo: the same figures from the same lesson, four sliders, one cell. `marimo run marimo_page.py`."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from figures import drawn, sliders

    return drawn, mo, sliders


@app.cell
def _(mo, sliders):
    hands = mo.ui.array(
        [mo.ui.slider(low, high, step, value=value, label=label) for _, label, low, high, step, value in sliders()]
    )
    hands.vstack()
    return (hands,)


@app.cell
def _(drawn, hands, mo):
    mo.vstack([mo.ui.plotly(figure) for figure in drawn(*hands.value)])
