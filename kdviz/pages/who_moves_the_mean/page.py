"""Page 04 as a value."""

from kdviz.pages import Page, Predict, later, presets
from kdviz.pages.who_moves_the_mean import charts, model, readings
from kdviz.pages.who_moves_the_mean.words import W

PAGE = Page(
    slug="04_who_moves_the_mean",
    title=W.TITLE,
    goal=W.GOAL,
    minutes=10,
    params=model.Params,
    compute=model.compute,
    figures=(charts.mean_logit, charts.head_drift, charts.class_sums),
    verdict=readings.verdict,
    formula=readings.formula,
    gauges=readings.gauges,
    table=readings.table,
    predict=Predict(answer=1, **W.PREDICT),
    answers=readings.answers,
    reading=readings.reading(),
    presets=presets(model.PRESETS, W.PRESETS),
    train=later("kdviz.pages.who_moves_the_mean.run"),
    views=("optimiser",),
)
