"""The kernel's forms for large arrays: a row that says it is as good as exact is; others are computed exactly."""

import math

import numpy as np
import pytest

from kdviz.core import blocks, exact, kernel
from tests.support.strategies import error, oracle

KINDS = ("apart", "close", "one class", "masked", "far in one class", "partly equal")
FORMS = ((blocks.VALUES, exact.value), (blocks.GRADIENTS, exact.gradient))


def awkward_pair(kind, rng):
    """Logits (n, K) of both models where one form or another fails."""
    n, K, spread = rng.integers(1, 6), rng.choice([2, 3, 10, 100, 1000]), 10 ** rng.uniform(-3, 3)
    t, noise = rng.normal(0, spread, (n, K)), rng.normal(0, 1, (n, K))
    s = spread * noise
    if kind == "close":
        s = t + 10 ** rng.uniform(-12, 0) * s
    elif kind == "one class":
        s = t + 10 ** rng.uniform(-10, 2) * (np.arange(K) == rng.integers(K))
    elif kind == "masked":
        hidden = rng.integers(0, K, K // 2)
        t[:, hidden], s[:, hidden] = -1e4 * spread, rng.choice([-1e4 * spread, -1e9])
    elif kind == "far in one class":
        s = t + 10 ** rng.uniform(-6, 4) * (np.arange(K) == K - 1)
        t[:, 0] += 10 ** rng.uniform(0, 3)
    elif kind == "partly equal":
        s = np.where(rng.random((n, K)) < 0.5, t, t + 10 ** rng.uniform(-14, 2, (n, K)) * noise)
    return s + rng.choice([0.0, 100.0, -1e4, 1e8]) * rng.integers(0, 2), t


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dtype", "limit"), [(np.float16, 3e-4), (np.float32, 5e-8), (np.float64, 5e-14)])
def test_a_row_that_says_it_is_good_is_good(kind, dtype, limit, library):
    torch = pytest.importorskip("torch") if library == "torch" else None
    rng, good = np.random.default_rng(KINDS.index(kind)), 0
    tiny = float(np.finfo(np.float64 if dtype == np.float64 else np.float32).tiny)
    for _ in range(60 if torch is None else 20):
        pair = [np.clip(z, -6e4, 6e4).astype(dtype) for z in awkward_pair(kind, rng)]
        T = np.array(rng.choice([math.inf, 10 ** rng.uniform(-3, 12), 10 ** rng.uniform(-1, 2)]))
        given = pair if torch is None else [torch.tensor(z) for z in pair]
        rows = blocks.Rows(*given, T, pair[0].shape[:-1], given[0].dtype, float(np.abs(pair).max()))
        for three, precise in FORMS:
            with np.errstate(all="ignore"):
                ((_, found, by, fine),) = blocks._tried(rows, *three)
                found = found * by
                found, fine = (np.asarray(part if torch is None else part.numpy()) for part in (found, fine))
                right = precise(*(z.astype(float) for z in pair), T)
            found, right = (z.reshape(len(fine), -1)[fine] for z in (found, right))
            good += fine.sum()
            assert np.isfinite(found).all()
            size = np.maximum(abs(right).max(-1, initial=0), tiny)
            assert (abs(found - right).max(-1, initial=0) <= limit * size).all(), (T, pair)
    assert good > 20  # the forms do most of the work


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("T", [0.05, 1.0, 4.0, 1e3, 1e8, math.inf])
def test_a_large_array_is_its_rows(T, dtype, library, monkeypatch):
    """More rows than a block holds; every third is close to the teacher, far from zero, and computed exactly."""
    torch = pytest.importorskip("torch") if library == "torch" else None
    monkeypatch.setattr(blocks, "BLOCK", 2**12)
    rng = np.random.default_rng(0)
    teacher = rng.normal(0, 3, (4, 60, 60))
    student = rng.normal(0, 3, (4, 60, 60))
    student[:, ::3] = teacher[:, ::3] * (1 + 1e-7) + 100
    pair = [z.astype(dtype) for z in (student, teacher)]
    limit = max(np.finfo(dtype).eps, 1e-13)
    wrap = np.asarray if torch is None else torch.tensor
    value, grad = (np.asarray(f(*map(wrap, pair), T)) for f in (kernel.kd_value, kernel.kd_grad))
    wide = [z.astype(float) for z in pair]
    right, slope = exact.value(*wide, np.array(T)), exact.gradient(*wide, np.array(T))
    assert value.dtype == grad.dtype == dtype and value.shape == (4, 60) and grad.shape == (4, 60, 60)
    least = float(np.finfo(dtype).smallest_subnormal)
    np.testing.assert_allclose(value.astype(float), right, rtol=limit, atol=least)
    size = abs(slope).max(-1, keepdims=True)
    assert (abs(grad - slope) <= limit * size + least).all()


def test_temperatures_and_single_rows_go_with_large_arrays():
    rng = np.random.default_rng(0)
    student, teacher, T = rng.normal(0, 3, (600, 100)), rng.normal(0, 3, 100), np.geomspace(0.1, 1e6, 600)
    many = kernel.kd_grad(student, teacher, T)
    swept = kernel.kd_grad(student[7], teacher, T)
    for i in (0, 7, 300, 599):
        size = abs(many[i]).max()
        np.testing.assert_allclose(many[i], kernel.kd_grad(student[i], teacher, T[i]), rtol=0, atol=1e-13 * size)
        size = abs(swept[i]).max()
        np.testing.assert_allclose(swept[i], kernel.kd_grad(student[7], teacher, T[i]), rtol=0, atol=1e-13 * size)
    flipped = kernel.kd_grad(student.T, teacher[:, None], T, axis=0)
    np.testing.assert_array_equal(flipped.T, many)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_is_right_to_its_last_digit(dtype):
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    pair = [(3 * torch.randn(6, 50)).to(getattr(torch, dtype)) for _ in range(2)]
    for T in (0.5, 4.0, 1e4, math.inf):
        value, grad = kernel.kd_value(*pair, T), kernel.kd_grad(*pair, T)
        assert value.dtype == grad.dtype == pair[0].dtype
        for i in range(6):
            right, slope = oracle(*(z[i].double().numpy() for z in pair), T)
            eps = torch.finfo(value.dtype).eps
            assert error(value[i].double().numpy(), right, np.float32) <= 0.6 * eps
            assert error(grad[i].double().numpy(), slope, np.float32) <= 0.6 * eps
