"""What single losses promise: regression vectors, identities I1 to I5 and I11, bounds."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core.arrays import log_softmax, softmax
from kdviz.losses import CE, KD, LM, CentredLM, PrintedLM
from tests.support.strategies import TOY, pairs, temperatures

modest = settings(max_examples=25, deadline=None)


def test_regression_vectors():
    """float64, z_s = (2, 0, -1, 3), z_t = (3, 1, -2, 6)."""
    table = {
        KD(1.0): (0.1983088908, (0.2090781807, 0.0282956548, 0.0124373674, -0.249811203)),
        KD(4.0): (0.8359938993, (0.191944168, 0.1164200229, 0.2760646251, -0.584428816)),
        KD(100.0): (0.9996917527, (0.0075724732, 0.0074225282, 0.4923733652, -0.5073683666)),
        LM(): (1.5, (-0.25, -0.25, 0.25, -0.75)),
        KD(math.inf): (1.0, (0, 0, 0.5, -0.5)),
        CentredLM(): (1.0, (0, 0, 0.5, -0.5)),
        PrintedLM(): (2.0, (-0.5, -0.5, 0, -1)),
    }
    for loss, (value, grad) in table.items():
        np.testing.assert_allclose(loss.value(*TOY), value, atol=5e-11)
        np.testing.assert_allclose(loss.grad(*TOY), grad, atol=5e-11)


@given(pair=pairs(reach=10.0), T=temperatures(0.3, 1e4))
@modest
def test_loss_is_an_integral_of_variances(pair, T):
    """I1: T² KL(p_t‖p_s) = ∫ (1−u) Var(z_s − z_t) du over the path of distributions from teacher to student."""
    student, teacher = pair
    nodes, weights = np.polynomial.legendre.leggauss(60)
    d, edges = student - teacher, np.linspace(0, 1, 9)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        u = (low + high) / 2 + (high - low) / 2 * nodes
        p = softmax((teacher + u[:, None] * d) / T)
        variance = (p * (d - (p * d).sum(-1, keepdims=True)) ** 2).sum(-1)
        total += (high - low) / 2 * (weights * (1 - u) * variance).sum()
    np.testing.assert_allclose(KD(T).value(*pair), total, rtol=1e-6, atol=1e-12)


@given(pair=pairs(reach=40.0), T=temperatures())
@settings(max_examples=100, deadline=None)
def test_loss_never_exceeds_an_eighth_of_the_squared_range(pair, T):
    """I2; two classes attain it as T goes to infinity."""
    span = np.ptp(pair[0] - pair[1])
    assert 0 <= KD(T).value(*pair) <= span**2 / 8 * (1 + 1e-12)


def test_the_bound_is_attained_by_two_classes():
    np.testing.assert_allclose(KD(math.inf).value([3.0, -1.0], [0.5, 2.0]), (4.0 + 1.5) ** 2 / 8, rtol=1e-15)


@given(pair=pairs())
@modest
def test_the_limit_is_logits_matching_less_the_means(pair):
    """I3 and I4: value L_LM − ½(c_s − c_t)², gradient (z_s − z_t)/K − (c_s − c_t)/K."""
    c = pair[0].mean() - pair[1].mean()
    np.testing.assert_allclose(KD(math.inf).value(*pair), LM().value(*pair) - c**2 / 2, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(KD(math.inf).grad(*pair), LM().grad(*pair) - c / len(pair[0]), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(KD(1e7).grad(*pair), KD(math.inf).grad(*pair), rtol=0, atol=1e-3)


def test_the_cold_limit_sees_only_the_top_classes():
    """I5: T KL → max z_s − z_s at the teacher's top; p_s − p_t → difference of one-hot vectors."""
    student, teacher = TOY[0], np.array([3.0, 7.0, -2.0, 6.0])
    T = 1e-3
    np.testing.assert_allclose(KD(T).value(student, teacher) / T, student.max() - student[1], rtol=1e-12)
    np.testing.assert_allclose(KD(T).grad(student, teacher) / T, [0, -1, 0, 1], atol=1e-12)


@given(pair=pairs(), smoothing=st.floats(0, 1))
@modest
def test_label_smoothing_is_distillation_from_a_uniform_teacher(pair, smoothing):
    """I11: (1−ε) CE + ε CE(uniform, q); the latter is KD at T = 1 with equal teacher logits, plus log K."""
    student, label, uniform = pair[0], 1, np.zeros_like(pair[0])
    right = (1 - smoothing) * CE().value(student, labels=label)
    right = right + smoothing * (KD(1.0).value(student, uniform) + math.log(len(student)))
    np.testing.assert_allclose(CE(smoothing).value(student, labels=label), right, rtol=1e-11, atol=1e-12)
    right = (1 - smoothing) * CE().grad(student, labels=label) + smoothing * KD(1.0).grad(student, uniform)
    np.testing.assert_allclose(CE(smoothing).grad(student, labels=label), right, rtol=1e-10, atol=1e-13)


def test_softmax_of_lists_and_large_numbers():
    np.testing.assert_allclose(softmax([1000.0, 1000.0]), [0.5, 0.5])
    np.testing.assert_allclose(log_softmax([1000.0, 0.0]), [0.0, -1000.0])
    np.testing.assert_allclose(np.exp(log_softmax(TOY[0][:, None], 0)), softmax(TOY[0][:, None], 0))
    torch = pytest.importorskip("torch")
    np.testing.assert_allclose(softmax(torch.tensor(TOY[0])), softmax(TOY[0]), rtol=1e-15)
