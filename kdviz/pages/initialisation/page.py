"""Page 06 as a value."""

from kdviz.pages import Page, Predict, later, presets
from kdviz.pages.initialisation import charts, model, readings
from kdviz.pages.initialisation.words import W

PAGE = Page(
    slug="06_initialisation",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=10,
    params=model.Params,
    compute=model.compute,
    figures=(charts.single_runs, charts.funnel, charts.in_standard_errors),
    verdict=readings.verdict,
    formula=readings.formula,
    gauges=readings.gauges,
    table=readings.table,
    predict=Predict(answer=2, **W.PREDICT),
    answers=readings.answers,
    reading=readings.reading(),
    presets=presets(model.PRESETS, W.PRESETS),
    pick=charts.pick,
    train=later("kdviz.pages.initialisation.run"),
)
