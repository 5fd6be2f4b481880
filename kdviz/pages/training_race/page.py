"""Page 05 as a value."""

from kdviz.pages import Page, Predict, later, presets
from kdviz.pages.training_race import charts, model, readings
from kdviz.pages.training_race.words import W

PAGE = Page(
    slug="05_training_race",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=10,
    params=model.Params,
    compute=model.compute,
    figures=(charts.accuracy, charts.finals, charts.closer),
    verdict=readings.verdict,
    formula=readings.formula,
    gauges=readings.gauges,
    table=readings.table,
    predict=Predict(answer=2, **W.PREDICT),
    answers=readings.answers,
    reading=readings.reading(),
    presets=presets(model.PRESETS, W.PRESETS),
    pick=charts.pick,
    train=later("kdviz.pages.training_race.run"),
    views=("shown", "look"),
)
