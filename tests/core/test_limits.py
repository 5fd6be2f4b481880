"""Orders, bounds and the temperature that suffices."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings

from kdviz import losses
from kdviz.core import kernel, limits
from tests.support.strategies import TOY, oracle, pairs, random_pair, temperatures

modest = settings(max_examples=50, deadline=None)


def centred(z):
    return z - z.mean()


def slope(T, y):
    """Slope on log-log axes."""
    return np.polyfit(np.log(T), np.log(y), 1)[0]


def test_shapes_of_one_temperature_a_sweep_and_a_batch():
    one, swept = limits.gap(*TOY, 4.0), limits.gap(*TOY, [1.0, 4.0, math.inf])
    rows = np.random.default_rng(0).normal(size=(2, 6, 5))
    batch = limits.gap(*rows, 4.0)
    grid = limits.gap(rows[0][:, None], rows[1][:, None], np.broadcast_to([1.0, 4.0, 16.0, np.inf], (6, 4)))
    for g, shape, classes in ((one, (), 4), (swept, (3,), 4), (batch, (6,), 5), (grid, (6, 4), 5)):
        for name in ("kd", "lm", "limit", "printed", "e1", "e2"):
            assert getattr(g, name).shape == (*shape, classes), name
        for name in set(vars(g)) - {"kd", "lm", "limit", "printed", "e1", "e2"}:
            assert np.shape(getattr(g, name)) == shape, name
    for name in ("kd", "to_limit", "cosine", "mean_share", "bound_inf"):
        np.testing.assert_allclose(getattr(swept, name)[1], getattr(one, name), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(getattr(grid, name)[2, 1], getattr(batch, name)[2], rtol=1e-13, atol=1e-15)
    flipped = limits.gap(*(z.T for z in rows), 4.0, axis=0)
    np.testing.assert_array_equal(flipped.kd, batch.kd)


@given(pairs(), temperatures())
@modest
def test_a_gap_says_what_its_gradients_say(pair, T):
    g = limits.gap(*pair, T)
    np.testing.assert_array_equal(g.kd, losses.KD(T).grad(*pair))
    for name, loss in (("lm", losses.LM()), ("limit", losses.CentredLM()), ("printed", losses.PrintedLM())):
        np.testing.assert_allclose(getattr(g, name), loss.grad(*pair), rtol=1e-9, atol=1e-13)
    assume(g.size > 1e-6 and g.size_lm > 1e-6)
    np.testing.assert_allclose(g.to_limit, np.linalg.norm(g.kd - g.limit), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(g.to_lm, np.linalg.norm(g.kd - g.lm), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose([g.relative, g.relative_lm], [g.to_limit / g.size, g.to_lm / g.size_lm])
    cosine = (g.kd @ g.lm) / np.linalg.norm(g.kd) / np.linalg.norm(g.lm)
    np.testing.assert_allclose(g.cosine, cosine, rtol=1e-9, atol=1e-9)
    c = pair[0].mean() - pair[1].mean()
    np.testing.assert_allclose([g.sum_kd, g.sum_lm, g.sum_printed], [0, c, 2 * c], rtol=1e-9, atol=1e-11)
    if g.to_lm > 1e-6:
        difference = g.kd - g.lm
        share = len(difference) * difference.mean() ** 2 / (difference @ difference)
        np.testing.assert_allclose(g.mean_share, share, rtol=1e-8, atol=1e-12)


def test_the_pair_of_the_paper():
    g = limits.gap(*TOY, [100.0, 1e6])
    np.testing.assert_allclose(g.e1[0], (0.75, 0.75, -0.75, -0.75), atol=1e-15)
    np.testing.assert_allclose(g.kd[0], (0.0076, 0.0074, 0.4924, -0.5074), atol=5e-5)
    np.testing.assert_allclose(g.mean_share[1], 1.0, rtol=1e-9)  # at high T only the means keep KD from LM
    assert g.order.tolist() == [1, 1]


@given(pairs(reach=8.0))
@modest
def test_the_gap_falls_as_one_over_temperature(pair):
    g = limits.gap(*pair, np.array([1e3, 1e4, 1e5]))
    assume(len(pair[0]) > 2 and g.order[0] == 1 and np.linalg.norm(g.e1[0]) > 1e-2 and g.size[0] > 1e-2)
    assert abs(slope(g.temperature, g.relative) + 1) < 0.2
    np.testing.assert_allclose(g.relative[-1], g.first_order[-1], rtol=1e-2)
    rest = g.kd - g.limit - g.e1 / g.temperature[:, None]
    np.testing.assert_allclose(rest[1], g.e2[1] / 1e8, rtol=0, atol=2e-2 * abs(g.e2[1]).max() / 1e8 + 1e-10)


def test_orders_on_log_log_axes():
    T = np.geomspace(1e3, 1e6, 20)
    many = limits.gap(*random_pair(10, 3, seed=2), T)
    two = limits.gap([2.0, -1.0], [0.5, 3.0], T)
    x = centred(random_pair(7, 2, seed=3)[0])
    mirrored = limits.gap(x + 1, -x, T)
    assert abs(slope(T, many.relative) + 1) < 1e-2
    for g in (two, mirrored):
        assert (g.order == 2).all()
        assert abs(slope(T, g.relative) + 2) < 1e-2
        np.testing.assert_allclose(g.first_order, g.relative, rtol=2e-2)
    a_s, a_t = 1.5, -1.25  # half the differences of the two logits
    gap = -(a_s**3 - a_t**3) / (6 * T**2)
    np.testing.assert_allclose(two.e2[0], -(a_s**3 - a_t**3) / 6 * np.array([1, -1]), rtol=1e-12)
    np.testing.assert_allclose((two.kd - two.limit)[:5, 0], gap[:5], rtol=1e-3)


def test_the_loss_expands_in_one_over_temperature():
    """T² KL = ½ mean d² + c1/T + c2/T² + …, with the cumulants of the two sets of logits."""
    student, teacher = random_pair(9, 2, seed=4)
    xs, xt = centred(student), centred(teacher)
    d, T = xs - xt, np.array([1e3, 1e4])

    def k4(x):
        return (x**4).mean() - 3 * (x**2).mean() ** 2

    c1 = (d**2 * (2 * xt + xs)).mean() / 6
    k4_slope = 4 * (xt**3 * d).mean() - 12 * (xt**2).mean() * (xt * d).mean()
    c2 = (k4(xs) - k4(xt) - k4_slope) / 24
    rest = kernel.kd_value(student, teacher, T) - (d**2).mean() / 2
    np.testing.assert_allclose(rest * T, c1 + c2 / T, rtol=1e-5)
    np.testing.assert_allclose((rest * T - c1)[0] * T[0], c2, rtol=2e-2)
    xs, xt = (centred(z) for z in TOY)
    np.testing.assert_allclose(((xs - xt) ** 2 * (2 * xt + xs)).mean() / 6, 0, atol=1e-15)  # c1 of the toy pair


@given(pairs(reach=40.0), temperatures(0.05, 1e6))
@settings(max_examples=300, deadline=None)
def test_bounds_are_never_exceeded(pair, T):
    g = limits.gap(*pair, T)
    slack = 1 + 1e-12
    assert abs(g.kd - g.limit).max() <= g.bound_inf * slack + 1e-13 * g.size
    assert abs(g.kd - g.limit).sum() <= g.bound_l1 * slack + 1e-13 * g.size
    s = limits.sweep(*pair, T)
    assert np.isnan(s.bound) or s.relative <= s.bound * slack + 1e-13


def test_bounds_over_many_random_cases():
    rng = np.random.default_rng(0)
    for classes in (2, 3, 10, 100):
        spread = np.exp(rng.uniform(-2, 3, (500, 1)))
        pair = spread * rng.normal(size=(2, 500, classes))
        g = limits.gap(*pair, np.exp(rng.uniform(-2, 8, 500)))
        away = abs(g.kd - g.limit)
        assert (away.max(-1) <= g.bound_inf * (1 + 1e-12) + 1e-13 * g.size).all()
        assert (away.sum(-1) <= g.bound_l1 * (1 + 1e-12) + 1e-13 * g.size).all()


def test_the_gap_is_exact_where_subtraction_no_longer_is():
    """At T = 1e12 the two gradients agree to twelve digits; the gap is still good to nine."""
    student, teacher = random_pair(10, 3, 5.0, seed=1)
    _, limit = oracle(student, teacher, math.inf)
    for T in (1e4, 1e6, 1e8, 1e12):
        _, grad = oracle(student, teacher, T)
        away = math.sqrt(sum(float(a - b) ** 2 for a, b in zip(grad, limit, strict=True)))
        np.testing.assert_allclose(limits.gap(student, teacher, T).to_limit, away, rtol=1e-9)
        np.testing.assert_allclose(
            limits.sweep(student, teacher, [T]).relative[0] * limits.gap(student, teacher, T).size, away, rtol=1e-9
        )
    assert limits.gap(student, teacher, math.inf).to_limit == 0


def test_a_sweep_says_what_gap_says():
    student, teacher = random_pair(1000, 3, 2.0)
    T = np.geomspace(0.05, 1e6, 97)
    s, g = limits.sweep(student, teacher, T), limits.gap(student, teacher, T)
    for name in ("temperature", "relative", "relative_lm", "first_order"):
        np.testing.assert_array_equal(getattr(s, name), getattr(g, name))
    np.testing.assert_allclose(s.bound, g.bound_l1 / g.size)
    one = np.array([limits.gap(student, teacher, t).relative for t in T[::12]])
    np.testing.assert_allclose(s.relative[::12], one, rtol=1e-9)


def test_models_that_agree_have_no_relative_gap():
    for T in (0.05, 4.0, 1e12, math.inf):
        g = limits.gap([1.0, 2.0, 4.0], [2.0, 3.0, 5.0], T)  # equal up to a shift
        assert g.to_limit == g.size == 0 and np.isnan(g.relative) and np.isnan(g.cosine)
        np.testing.assert_allclose([g.relative_lm, g.mean_share], 1)
        g = limits.gap([1.0, 2.0], [1.0, 2.0], T)
        assert np.isnan(g.relative_lm) and np.isnan(g.mean_share)


@pytest.mark.parametrize("tolerance", [0.5, 0.1, 0.01, 1e-3, 1e-6])
@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
def test_the_temperature_that_suffices(classes, tolerance):
    for seed in range(3):
        student, teacher = random_pair(classes, 3, 1.0, seed=seed)
        T = float(limits.temperature_for(student, teacher, tolerance))
        hotter = T * np.geomspace(1, 1e4, 200)
        assert (limits.sweep(student, teacher, hotter).relative <= tolerance * (1 + 1e-9)).all()
        assert limits.sweep(student, teacher, [T * (1 - 1e-6)]).relative[0] > tolerance * (1 - 1e-9)
        if tolerance <= 1e-3:  # the order law foretells it
            law = limits.gap(student, teacher, 1.0)
            power = 1 / int(law.order)
            np.testing.assert_allclose(T, (law.first_order / tolerance) ** power, rtol=0.1)


def test_the_temperature_that_suffices_at_the_edges():
    agree = limits.temperature_for([1.0, 2.0, 4.0], [2.0, 3.0, 5.0], 0.01)
    assert agree == 0 and limits.temperature_for([1.0, 1.0], [1.0, 1.0], 0.0) == 0
    assert limits.temperature_for(*TOY, 0.0) == math.inf
    assert limits.temperature_for(*TOY, 1e-300) == math.inf
    assert 1e30 < limits.temperature_for(*TOY, 1e-30) < 1e32
    assert limits.temperature_for(*TOY, 1e9) == 0
    for scale in (1e-6, 1e6, 1e90):
        scaled = limits.temperature_for(scale * TOY[0], scale * TOY[1], 0.01)
        np.testing.assert_allclose(scaled / scale, limits.temperature_for(*TOY, 0.01), rtol=1e-6)
    batch = limits.temperature_for(np.stack([TOY[0], TOY[1]]), np.stack([TOY[1], TOY[1]]), 0.01)
    assert batch.shape == (2,) and batch[1] == 0 and batch[0] == limits.temperature_for(*TOY, 0.01)
    for bad in (-0.1, math.nan, math.inf, "1", None, [0.1, 0.2], True):
        with pytest.raises(ValueError, match=r"tolerance must be .*got.*; "):
            limits.temperature_for(*TOY, bad)


def test_tensors_are_read():
    torch = pytest.importorskip("torch")
    g = limits.gap(*(torch.tensor(z, requires_grad=True) for z in TOY), torch.tensor([4.0]))
    np.testing.assert_array_equal(g.kd, limits.gap(*TOY, [4.0]).kd)


def test_bad_input_is_refused():
    for call in (limits.gap, limits.sweep):
        with pytest.raises(ValueError, match="temperature must be positive"):
            call(*TOY, 0)
        with pytest.raises(ValueError, match="teacher_logits must match"):
            call([1.0, 2.0], [1.0, 2.0, 3.0], 1.0)
        with pytest.raises(ValueError, match="temperature must broadcast"):
            call(np.zeros((2, 3)), np.zeros((2, 3)), np.ones(4))
