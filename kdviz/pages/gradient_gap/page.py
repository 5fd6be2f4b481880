"""Page 02 as a value."""

from kdviz.pages import Page, Predict, presets
from kdviz.pages.gradient_gap import charts, model, readings
from kdviz.pages.gradient_gap.words import W

PAGE = Page(
    slug="02_gradient_gap",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=12,
    params=model.Params,
    compute=model.compute,
    figures=(charts.gradients_per_class, charts.gap_against_temperature),
    verdict=readings.verdict,
    formula=readings.formula,
    gauges=readings.gauges,
    table=readings.table,
    predict=Predict(answer=1, **W.PREDICT),
    answers=readings.answers,
    reading=W.READING,
    presets=presets(model.PRESETS, W.PRESETS),
    pick=charts.pick,
)
