"""Figures as data: constant furniture, arrays that can be drawn, and colours one can tell apart from paper."""

import json

import numpy as np
import pytest

from kdviz.charts import classes, curves, profile, theme
from kdviz.charts.plotly import to_plotly
from kdviz.core.params import knobs
from kdviz.pages.catalogue import CATALOGUE, load
from kdviz.pages.controls import SWEEP
from tests.support.pages import MOVING, furniture, result, states


def drawn(page):
    """All figures of a page at all states: a list of (state, figure, index of the chart)."""
    return [(s, draw(r), i) for s in states(page) for r in [result(page, s)] for i, draw in enumerate(page.figures)]


@pytest.fixture(scope="module", params=CATALOGUE)
def figures(request):
    """All figures of one page over the grid of states."""
    return drawn(load(request.param))


def test_only_arrays_move(figures):
    first = {}
    for state, figure, chart in figures:
        still = json.dumps(furniture(figure), allow_nan=False)  # also: nothing but JSON outside the arrays
        assert first.setdefault(chart, still) == still, state
        keys = [sorted(MOVING & trace.keys()) for trace in figure["data"]]
        assert first.setdefault((chart, "keys"), keys) == keys


def test_traces_have_roles_and_names_of_their_own(figures):
    for state, figure, _ in figures:
        names = [trace["name"] for trace in figure["data"]]
        assert len(set(names)) == len(names), state
        assert all(trace["meta"]["role"] in theme.ROLE for trace in figure["data"])
        assert set(figure["layout"]["meta"]) == {"title", "alt", "height"}
        assert "title" not in figure["layout"]
        assert figure["layout"]["uirevision"] == "kdviz"


def test_arrays_can_be_drawn(figures):
    for state, figure, _ in figures:
        for trace in figure["data"]:
            arrays = {key: np.asarray(trace[key]) for key in "xyz" if key in trace}
            where = f"{state}: {trace['name']}"
            with np.errstate(over="ignore"):
                assert not any(np.isinf(a.astype(np.float32)).any() for a in arrays.values()), where
            if "z" in trace:
                assert arrays["z"].shape == (len(trace["y"]), len(trace["x"])), where
                assert np.isfinite(arrays["z"]).all(), where
            else:
                assert len(trace["x"]) == len(trace["y"]), where
            axis = figure["layout"]["yaxis" + trace.get("yaxis", "y")[1:]]
            if axis.get("type") == "log":
                assert not (arrays["y"] <= 0).any(), where


def test_a_role_keeps_its_colour(figures):
    constant = {theme.WHITE, theme.BLACK}  # on the map, in both themes
    for _, figure, _ in figures:
        for trace in figure["data"]:
            style = theme.ROLE[trace["meta"]["role"]].colour
            colours = {trace[key]["color"] for key in ("line", "marker") if "color" in trace.get(key, {})}
            assert colours <= {style} | constant, trace["name"]


def test_no_colour_of_the_font_is_fixed(figures):
    for _, figure, _ in figures:
        assert "font" not in json.dumps(figure["layout"])
        assert not any("textfont" in trace for trace in figure["data"])


def test_few_points(figures):
    for state, figure, _ in figures:
        for trace in figure["data"]:
            size = max(np.size(trace[key]) for key in ("x", "y"))
            assert size <= 3 * profile.FEW + 8, (state, trace["name"])
            assert np.size(trace.get("z", 0)) <= 41 * 31


def test_per_class_charts_change_to_profiles_beyond_thirty():
    page = load("02_gradient_gap")
    for count, few in ((30, True), (31, False)):
        traces = {trace["name"]: trace for trace in page.figures[0](result(page, f"K={count}"))["data"]}
        assert (len(traces["LM"]["x"]) > 0) == few
        assert (len(traces["LM, sorted"]["x"]) > 0) != few
    traces = {trace["name"]: trace for trace in page.figures[0](result(page, "K=1000"))["data"]}
    places = traces["KD at T, sorted"]["x"]
    assert (places[0], places[-1], len(places)) == (100, 200, profile.MOST)


def test_a_profile_holds_both_ends_and_the_extremes():
    rng = np.random.default_rng(1)
    key, other = rng.normal(size=1000), rng.normal(size=1000)
    chosen, place = profile.chosen(key, other)
    assert {key.argmin(), key.argmax(), other.argmin(), other.argmax()} <= set(chosen)
    assert len(chosen) == len(place) == profile.MOST
    assert (np.diff(key[chosen]) > 0).all()


def test_infinite_temperature_has_its_place():
    ticks = SWEEP.axis("T")
    assert ticks["ticktext"][ticks["tickvals"].index(SWEEP.infinity)] == "∞"
    assert SWEEP.read(SWEEP.place(float("inf"))) == float("inf")
    assert SWEEP.read(SWEEP.place(20.0)) == 20.0


def test_log_ticks_read_as_people_write_them():
    axis = theme.log_axis("x", -4, 4, step=2)
    assert axis["ticktext"] == ["10⁻⁴", "0.01", "1", "100", "10⁴"]
    assert axis["tickvals"] == [1e-4, 1e-2, 1, 1e2, 1e4]


@pytest.mark.parametrize("role", theme.ROLE)
def test_contrast_on_both_papers(role):
    colour = theme.ROLE[role].colour
    light, dark = theme.SURFACE["paper"]
    assert theme.contrast(colour, light) >= 3
    assert theme.contrast(theme.DARK[colour], dark) >= 3


def test_roles_differ_by_more_than_colour():
    main = [theme.ROLE[role] for role in ("kd", "lm", "limit", "printed", "mean_gap", "l1")]
    assert len({style.symbol for style in main}) == len(main)
    assert len({style.dash for style in main[:5]}) == 5
    assert len({style.colour for style in theme.ROLE.values()}) == len(theme.ROLE)
    assert len(set(theme.DARK.values())) == len(theme.DARK)


def test_hidden_traces_exist_and_are_empty():
    figure = classes.per_class(
        (classes.Marks("kd", "KD", np.ones(3)), classes.Marks("printed", "printed", None)),
        sort=np.ones(3), title="t", x="x", y="y", alt="a",
    )  # fmt: skip
    assert [len(trace["x"]) for trace in figure["data"]] == [3, 0, 0, 0]


def test_what_cannot_be_drawn_on_a_log_axis_becomes_nan():
    values = curves.drawable([0.0, -1.0, np.inf, 2.0], log=True)
    assert np.isnan(values[:3]).all()
    assert values[3] == 2


@pytest.mark.parametrize("slug", CATALOGUE)
def test_plotly_accepts_every_figure(slug):
    page = load(slug)
    shown = page.compute(page.params())
    for draw in page.figures:
        figure = to_plotly(draw(shown))
        assert len(figure.data) == len(draw(shown)["data"])
        assert figure.layout.height == draw(shown)["layout"]["meta"]["height"]


@pytest.mark.parametrize("slug", CATALOGUE)
def test_shared_knobs_have_the_same_name_and_bounds_on_every_page(slug):
    here = {k.key: (k.name, k.kind, k.low, k.high, k.infinite) for k in knobs(load(slug).params)}
    hero = {k.key: (k.name, k.kind, k.low, k.high, k.infinite) for k in knobs(load("02_gradient_gap").params)}
    assert all(here[key] == hero[key] for key in here.keys() & hero.keys())
    assert len([k for k in knobs(load(slug).params) if k.main]) <= 4
