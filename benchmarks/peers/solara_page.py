"""Page 02 in Solara: the same figures from the same lesson, four sliders. `solara run solara_page.py`."""

import solara
from figures import drawn, sliders


@solara.component
def Page():
    """The sliders and the two charts of one visitor."""
    values = []
    for _, label, low, high, step, start in sliders():
        value, set_value = solara.use_state(start, key=label)
        kind = solara.SliderInt if isinstance(start, int) else solara.SliderFloat
        kind(label, value=value, on_value=set_value, min=low, max=high, step=step)
        values.append(value)
    for figure in drawn(*values):
        solara.FigurePlotly(figure)
