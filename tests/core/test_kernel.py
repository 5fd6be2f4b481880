"""The stable kernel against a 60-digit oracle, its limits, and its training forms."""

import math
import subprocess
import sys

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz import losses
from kdviz.core import exact, kernel
from tests.support.strategies import TEMPERATURES, TOY, error, oracle, pairs, random_pair, temperatures

LIMIT = {np.float32: 5e-7, np.float64: 1e-13}
SINGLE, DOUBLE = np.float32, np.float64


def check(student, teacher, T, dtype, counts=None):
    """Value and gradient of float32-representable logits, in one precision, against the oracle."""
    value, grad = oracle(student, teacher, T, counts)
    pair = [z if counts is None else np.repeat(z, counts) for z in (student, teacher)]
    pair = [z.astype(dtype) for z in pair]
    got_value, got_grad = kernel.kd_value(*pair, T), kernel.kd_grad(*pair, T)
    assert got_value.dtype == got_grad.dtype == dtype
    assert got_value >= 0
    if counts is not None:
        got_grad = got_grad[np.cumsum(counts) - 1]
    assert error(got_value, value, dtype) <= LIMIT[dtype], (T, "value")
    assert error(got_grad, grad, dtype) <= LIMIT[dtype], (T, "grad")


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("T", TEMPERATURES)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_exact_for_few_classes(classes, T, dtype):
    for seed, (spread, shift, close) in enumerate(
        [(1, 0, 0), (3, 100, 0), (3, 0, 1e-3), (10, -100, 1e-3), (40, 0, 0), (40, 100, 0), (40, -100, 1e-2)]
    ):
        check(*random_pair(classes, spread, shift, close, seed, SINGLE), T, dtype)


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("T", TEMPERATURES)
@pytest.mark.parametrize("classes", [100, 1000, 32000])
def test_exact_for_many_classes_of_few_kinds(classes, T, dtype):
    rng = np.random.default_rng(classes)
    counts = 1 + rng.multinomial(classes - 25, np.full(25, 1 / 25))  # 25 different classes, repeated to K
    for spread, shift, close in [(3, 100, 0), (40, -100, 0), (3, 0, 1e-3)]:
        check(*random_pair(25, spread, shift, close, classes, SINGLE), T, dtype, counts)


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
@pytest.mark.parametrize("T", [0.05, 4.0, 1e6, math.inf])
def test_exact_for_a_thousand_different_classes(T, dtype):
    check(*random_pair(1000, 40, 100, seed=1, dtype=SINGLE), T, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("T", TEMPERATURES)
@pytest.mark.parametrize("classes", [100, 1000, 32000])
def test_exact_over_the_whole_grid(classes, T):
    for seed, (spread, shift, close) in enumerate(
        [(40, 100, 0)] if classes > 1000 else [(1, 0, 0), (3, 100, 0), (3, 0, 1e-3), (40, 100, 0), (40, -100, 1e-2)]
    ):
        pair = random_pair(classes, spread, shift, close, seed, SINGLE)
        for dtype in LIMIT:
            check(*pair, T, dtype)


@given(pairs(reach=40), temperatures(0.05, 1e12), st.sampled_from([-100.0, 0.0, 100.0]))
@settings(max_examples=60, deadline=None)
def test_exact_for_whatever_hypothesis_finds(pair, T, shift):
    student, teacher = (np.float32(z).astype(float) for z in (pair[0] + shift, pair[1]))
    check(student, teacher, T, DOUBLE)


def test_each_entry_is_exact_up_to_the_common_shift():
    """Entry by entry: the error is small against the entry plus p_i/p_a |g_a|, a the teacher's top class.

    Where a class's gradient passes through zero, the entry alone is no measure of the error.
    """
    worst = 0.0
    for classes, spread, shift, close in [(3, 40, 0, 0), (10, 10, 100, 1e-3), (100, 3, -100, 0), (100, 40, 100, 0)]:
        student, teacher = random_pair(classes, spread, shift, close, seed=5)
        for T in TEMPERATURES:
            _, grad = oracle(student, teacher, T)
            got, a = kernel.kd_grad(student, teacher, T), teacher.argmax()
            share = np.exp((teacher - teacher[a]) / T)
            for i in range(classes):
                scale = abs(grad[i]) + mp.mpf(float(share[i])) * abs(grad[a])
                worst = max(worst, float(abs(got[i] - grad[i]) / max(scale, mp.mpf("1e-290"))))
    assert worst <= 1e-13


def test_infinite_temperature_is_centred_logits_matching_to_the_last_digits():
    for classes, spread, shift in [(2, 3, 0), (10, 40, 100), (1000, 3, -100)]:
        pair = random_pair(classes, spread, shift)
        kd, lm = losses.KD(math.inf), losses.CentredLM()
        np.testing.assert_allclose(kd.value(*pair), lm.value(*pair), rtol=4e-16)
        size = abs(lm.grad(*pair)).max()
        np.testing.assert_allclose(kd.grad(*pair) / size, lm.grad(*pair) / size, rtol=0, atol=4e-16)
        np.testing.assert_allclose(kernel.kd_grad(*pair, 1e40), kd.grad(*pair), rtol=0, atol=4e-16 * size)


@given(pairs(reach=1e3), temperatures(1e-3, 1e15))
@settings(max_examples=100, deadline=None)
def test_value_is_never_negative_and_gradient_sums_to_zero(pair, T):
    assert kernel.kd_value(*pair, T) >= 0
    grad = kernel.kd_grad(*pair, T)
    assert abs(grad.sum()) <= 1e-13 * abs(grad).sum() + 1e-300


def test_extreme_input_stays_finite():
    for student, teacher in [((1e100, -1e100), (-1e100, 1e100)), ((1e-200, 0.0), (0.0, 0.0)), ((5.0, 5.0), (5.0, 5.0))]:
        for T in (1e-100, 1e-3, 1.0, 1e99, 1e300, math.inf):
            value, grad = kernel.kd_value(student, teacher, T), kernel.kd_grad(student, teacher, T)
            assert np.isfinite(grad).all() and value >= 0 and not np.isnan(value)


def test_temperature_broadcasts_against_the_leading_axes():
    rng = np.random.default_rng(0)
    student, teacher, T = rng.normal(size=(2, 5, 7)), rng.normal(size=(2, 5, 7)), np.array([1.0, 4, 16, 64, np.inf])
    value, grad = kernel.kd_value(student, teacher, T), kernel.kd_grad(student, teacher, T)
    swept = kernel.kd_grad(student[0, 0], teacher[0, 0], T)
    assert value.shape == (2, 5) and grad.shape == (2, 5, 7) and swept.shape == (5, 7)
    for i, t in enumerate(T):
        np.testing.assert_allclose(value[1, i], kernel.kd_value(student[1, i], teacher[1, i], t), rtol=1e-14)
        np.testing.assert_allclose(grad[1, i], kernel.kd_grad(student[1, i], teacher[1, i], t), rtol=1e-11, atol=1e-16)
    moved = kernel.kd_grad(np.moveaxis(student, -1, 0), np.moveaxis(teacher, -1, 0), T, axis=0)
    np.testing.assert_array_equal(np.moveaxis(moved, 0, -1), grad)
    middle = kernel.kd_value(np.moveaxis(student, -1, 1), np.moveaxis(teacher, -1, 1), T, axis=1)
    np.testing.assert_array_equal(middle, value)


def test_one_teacher_serves_many_students():
    rng = np.random.default_rng(0)
    students, teacher = rng.normal(size=(6, 5)), rng.normal(size=5)
    np.testing.assert_array_equal(kernel.kd_grad(students, teacher, 3.0)[4], kernel.kd_grad(students[4], teacher, 3.0))


def test_naive_forms_fail_where_the_lesson_says():
    student, teacher = (z.astype(SINGLE) for z in TOY)
    assert kernel.naive_value(student, teacher, 4.0).dtype == kernel.naive_grad(student, teacher, 4.0).dtype == SINGLE
    np.testing.assert_allclose(kernel.naive_value(*TOY, 4.0), kernel.kd_value(*TOY, 4.0), rtol=1e-13)
    np.testing.assert_allclose(kernel.naive_grad(*TOY, 4.0), kernel.kd_grad(*TOY, 4.0), rtol=1e-13)
    np.testing.assert_allclose(
        kernel.naive_grad(student[:, None], teacher[:, None], 4.0, axis=0)[:, 0],
        kernel.naive_grad(student, teacher, 4.0),
    )
    exact_value = kernel.kd_value(*TOY, 1e4)
    assert abs(kernel.naive_value(student, teacher, 1e4) / exact_value - 1) > 0.5  # useless
    assert abs(kernel.kd_value(student, teacher, 1e4) / exact_value - 1) < 5e-7  # same input, same precision out
    assert np.isnan(kernel.naive_value(*TOY, math.inf)) and np.isnan(kernel.naive_grad(*TOY, math.inf)).all()


def test_pieces_of_exact_arithmetic():
    for a, b in [(1.0, 1e-20), (1e16, 1.0), (0.1, 0.3), (100.0, 99.99999)]:
        high, low = exact.difference(a, b)
        assert mp.mpf(high) + mp.mpf(low) == mp.mpf(a) - mp.mpf(b)
    rng = np.random.default_rng(0)
    z, T = rng.uniform(-30, 0, 200), 0.0437
    got = exact.exp_quotient(z, np.zeros(1), exact.Inverse(np.array(T), z))
    with mp.workdps(60):
        assert max(abs(mp.mpf(g) / mp.exp(mp.mpf(x) / mp.mpf(T)) - 1) for g, x in zip(got, z, strict=True)) < 4e-16
        # the plain quotient is ten times worse at such exponents
        assert (
            max(abs(mp.mpf(g) / mp.exp(mp.mpf(x) / mp.mpf(T)) - 1) for g, x in zip(np.exp(z / T), z, strict=True))
            > 4e-15
        )


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("T", [2.5, 4.0, 64.0, 1e3, 1e6, 1e12, math.inf])
def test_training_kernels(library, T):
    wrap = np.asarray if library == "numpy" else pytest.importorskip("torch").tensor
    limit = 5e-7 if T >= 4 else 2e-6  # near T = 2 exponents are long, and float32 rounds them
    for classes in (2, 10, 1000):
        for shift, close in ((0, 0), (100, 0), (0, 1e-3)):
            students = np.stack([random_pair(classes, 3, shift, close, seed, SINGLE)[0] for seed in range(4)])
            teachers = np.stack([random_pair(classes, 3, shift, close, seed, SINGLE)[1] for seed in range(4)])
            prepared = kernel.prepare(wrap(teachers), T)
            before = students.copy()
            given = wrap(students)
            got = np.asarray(kernel.stable_grad(given, prepared))
            right = kernel.kd_grad(students.astype(float), teachers.astype(float), T)
            scale = abs(right).max(-1, keepdims=True)
            assert got.dtype == SINGLE and (abs(got - right) / scale).max() < 5e-7
            np.testing.assert_array_equal(np.asarray(given), before)
            if T <= 4 and not close:
                assert (abs(np.asarray(kernel.closed_grad(given, prepared)) - right) / scale).max() < 2e-5
            moved = kernel.prepare(wrap(np.ascontiguousarray(teachers.T)), T, axis=0)
            across = np.asarray(kernel.stable_grad(wrap(np.ascontiguousarray(students.T)), moved)).T
            assert (abs(across - right) / scale).max() < limit


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_training_kernels_where_models_are_far_apart(library):
    wrap = np.asarray if library == "numpy" else pytest.importorskip("torch").tensor
    students = np.float32([[400, 0, 0], [0.001, 0, 0], [0, 30, 0]])  # one far row must not spoil the near one
    teachers = np.float32([[0, 400, 0], [0, 0, 0], [30, 0, 1]])
    right = kernel.kd_grad(students.astype(float), teachers.astype(float), 3.0)
    got = np.asarray(kernel.stable_grad(wrap(students), kernel.prepare(wrap(teachers), 3.0)))
    assert (abs(got - right).max(-1) / abs(right).max(-1)).max() < 5e-7
    warm = kernel.prepare(wrap(teachers), 1.0)
    np.testing.assert_allclose(
        np.asarray(kernel.stable_grad(wrap(students), warm)), np.asarray(kernel.closed_grad(wrap(students), warm))
    )


@pytest.mark.parametrize("T", [1.0, 4.0, 1e4, math.inf])
def test_training_kernels_in_half_precision(T):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    for wrap in (np.asarray, torch.tensor, lambda z: torch.tensor(z).bfloat16()):
        student, teacher = (wrap(rng.normal(0, 30, (4, 50)).astype(np.float16)) for _ in range(2))
        got = kernel.stable_grad(student, kernel.prepare(teacher, T))
        right = kernel.kd_grad(student, teacher, T)
        assert got.dtype == student.dtype
        tolerance = 1.01 * float(np.finfo(np.float16).eps if got.dtype != torch.bfloat16 else 2**-7)
        got, right = (np.asarray(z if isinstance(z, np.ndarray) else z.float()).astype(float) for z in (got, right))
        np.testing.assert_allclose(got, right, rtol=tolerance, atol=1e-6)


def test_prepare_takes_one_temperature():
    with pytest.raises(ValueError, match="temperature must be one number"):
        kernel.prepare(TOY[1], [1.0, 2.0])


def test_core_loads_no_torch_and_the_package_loads_nothing():
    code = "import sys, kdviz; assert 'numpy' not in sys.modules; kdviz.KD; "
    code += "from kdviz.core import limits, params; from kdviz.problems import logits; "
    code += "assert not {'torch', 'plotly', 'ipywidgets'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
