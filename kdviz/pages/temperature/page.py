"""Page 01 as a value."""

from kdviz.pages import Page, Predict, presets
from kdviz.pages.temperature import charts, model, readings
from kdviz.pages.temperature.words import W

PAGE = Page(
    slug="01_temperature",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=8,
    params=model.Params,
    compute=model.compute,
    figures=(charts.softened, charts.evenness, charts.gradient_size),
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
