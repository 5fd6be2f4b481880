"""Page 03 as a value."""

from kdviz.pages import Page, Predict, presets
from kdviz.pages.mean_offset import charts, model, readings
from kdviz.pages.mean_offset.words import W

PAGE = Page(
    slug="03_mean_offset",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=12,
    params=model.Params,
    compute=model.compute,
    figures=(charts.losses_along_ones, charts.map_of_gap, charts.term_per_class),
    verdict=readings.verdict,
    formula=readings.formula,
    gauges=readings.gauges,
    table=readings.table,
    predict=Predict(answer=2, **W.PREDICT),
    answers=readings.answers,
    reading=W.READING,
    presets=presets(model.PRESETS, W.PRESETS),
    pick=charts.pick,
)
