"""The contract that every loss keeps, then each loss's own theorems."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import TOY, pairs, temperatures

from kdviz.core.arrays import log_softmax, softmax
from kdviz.core.losses import CE, KD, LM, LOSSES, CentredLM, PrintedLM, Sum

MORE = {
    "kd_cold": KD(0.5),
    "kd_hot": KD(1e4),
    "kd_inf": KD(math.inf),
    "ce_smooth": CE(0.1),
    "mix": 0.1 * CE() + 0.9 * KD(4.0),
    "difference": LM() + -1.0 * PrintedLM(),
}
ALL = {**LOSSES, **MORE}
every_loss = pytest.mark.parametrize("loss", ALL.values(), ids=ALL)
modest = settings(max_examples=25, deadline=None)


def with_labels(loss, shape, classes, seed=0):
    return np.random.default_rng(seed).integers(0, classes, shape) if loss.needs_labels else None


def slope(loss, student, teacher, labels, step=1e-3):
    """Central differences of order four."""
    rows = []
    for direction in np.eye(len(student)):
        f = [float(loss.value(student + k * step * direction, teacher, labels)) for k in (-2, -1, 1, 2)]
        rows.append((f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step))
    return np.array(rows)


@every_loss
@given(pair=pairs(reach=6.0))
@modest
def test_gradient_is_the_slope(loss, pair):
    student, teacher = pair
    labels = with_labels(loss, (), len(student))
    scale = 1 + abs(np.concatenate(pair)).max() ** 2
    np.testing.assert_allclose(loss.grad(*pair, labels), slope(loss, *pair, labels), rtol=1e-6, atol=1e-8 * scale)


@every_loss
@given(pair=pairs(reach=30.0, rows=3))
@modest
def test_gradient_is_autograd_and_torch_is_numpy(loss, pair):
    torch = pytest.importorskip("torch")
    labels = with_labels(loss, 3, pair[0].shape[-1])
    student, teacher = (torch.tensor(z) for z in pair)
    student.requires_grad_()
    tensor_labels = None if labels is None else torch.tensor(labels)
    value = loss.value(student, teacher, tensor_labels)
    (slope,) = torch.autograd.grad(value.sum(), student)
    grad = loss.grad(student.detach(), teacher, tensor_labels)
    scale = abs(grad).max() + 1e-3
    torch.testing.assert_close(slope, grad, rtol=1e-11, atol=float(1e-12 * scale))
    np.testing.assert_allclose(value.detach(), loss.value(*pair, labels), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(grad, loss.grad(*pair, labels), rtol=1e-12, atol=float(1e-14 * scale))


@every_loss
def test_precision_shape_and_input_are_kept(loss):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    pair = rng.normal(0, 3, (2, 2, 3, 5)).astype(np.float32)
    labels = with_labels(loss, (2, 3), 5)
    before = pair.copy()
    for wrap, single in ((np.asarray, np.float32), (torch.tensor, torch.float32)):
        student, teacher = (wrap(z) for z in pair)
        value, grad = loss.value(student, teacher, labels), loss.grad(student, teacher, labels)
        assert value.dtype == grad.dtype == single
        assert tuple(value.shape) == (2, 3) and tuple(grad.shape) == (2, 3, 5)
        np.testing.assert_array_equal(np.asarray(student), before[0])
        exact = loss.grad(*pair.astype(float), labels)
        np.testing.assert_allclose(np.asarray(grad), exact, rtol=0, atol=3e-7 * abs(exact).max())


@every_loss
@pytest.mark.parametrize("axis", [0, 1, -2])
def test_class_axis_is_free(loss, axis):
    pair = np.random.default_rng(1).normal(0, 3, (2, 4, 5, 6))
    labels = with_labels(loss, (4, 5), 6)
    moved = [np.moveaxis(z, -1, axis) for z in pair]
    np.testing.assert_allclose(loss.value(*moved, labels, axis=axis), loss.value(*pair, labels), rtol=1e-13)
    grad = np.moveaxis(loss.grad(*moved, labels, axis=axis), axis, -1)
    np.testing.assert_allclose(grad, loss.grad(*pair, labels), rtol=1e-12, atol=1e-15)


@every_loss
@given(pair=pairs(), seed=st.integers(0, 99))
@modest
def test_class_names_do_not_matter(loss, pair, seed):
    order = np.random.default_rng(seed).permutation(len(pair[0]))
    labels = with_labels(loss, (), len(order), seed)
    new = None if labels is None else np.argsort(order)[labels]
    permuted = [z[order] for z in pair]
    np.testing.assert_allclose(loss.value(*permuted, new), loss.value(*pair, labels), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(loss.grad(*permuted, new), loss.grad(*pair, labels)[order], rtol=1e-11, atol=1e-12)


@every_loss
@given(pair=pairs(), shift=st.floats(-50, 50))
@modest
def test_shifts(loss, pair, shift):
    """A gradient that sums to zero, and blindness to a shift of the student's logits, are the same thing."""
    student, teacher = pair
    labels = with_labels(loss, (), len(student))
    grad, value = loss.grad(*pair, labels), loss.value(*pair, labels)
    if loss.zero_sum:
        assert abs(grad.sum()) <= 1e-12 * (1 + abs(grad).sum())
        np.testing.assert_allclose(loss.value(student + shift, teacher, labels), value, rtol=1e-10, atol=1e-11)
        np.testing.assert_allclose(loss.value(student, teacher + shift, labels), value, rtol=1e-10, atol=1e-11)
    if not loss.needs_labels:
        np.testing.assert_allclose(loss.value(student + shift, teacher + shift, labels), value, rtol=1e-10, atol=1e-9)


@every_loss
@given(pair=pairs())
@modest
def test_a_perfect_student_has_nothing_to_learn(loss, pair):
    labels = with_labels(loss, (), len(pair[1]))
    if loss.zero_at_match:
        assert loss.value(pair[1], pair[1], labels) == 0
        assert not loss.grad(pair[1], pair[1], labels).any()


@given(pair=pairs(), factor=st.floats(0.1, 10), T=temperatures(0.1, 1e4))
@modest
def test_scaling_logits_and_temperature_scales_the_loss_by_the_square(pair, factor, T):
    scaled = [factor * z for z in pair]
    for loss, same in ((KD(factor * T), KD(T)), (LM(), LM()), (CentredLM(), CentredLM()), (PrintedLM(), PrintedLM())):
        np.testing.assert_allclose(loss.value(*scaled), factor**2 * same.value(*pair), rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(loss.grad(*scaled), factor * same.grad(*pair), rtol=1e-9, atol=1e-12)


@given(pair=pairs(rows=2), a=st.floats(-3, 3), b=st.floats(-3, 3))
@modest
def test_sums_and_multiples(pair, a, b):
    labels = np.zeros(2, int)
    mix = a * KD(3.0) + CE() * b
    assert isinstance(mix, Sum) and mix.needs_labels and not mix.zero_at_match and mix.zero_sum
    np.testing.assert_allclose(
        mix.value(*pair, labels), a * KD(3.0).value(*pair) + b * CE().value(*pair, labels), rtol=1e-12
    )
    np.testing.assert_allclose(
        mix.grad(*pair, labels), a * KD(3.0).grad(*pair) + b * CE().grad(*pair, labels), rtol=1e-12
    )
    assert 2 * (mix + LM()) == Sum(((2 * a, KD(3.0)), (2 * b, CE()), (2.0, LM())))


@every_loss
def test_limit_equation_and_reference(loss):
    limit = loss.limit()
    assert limit.limit() == limit
    labels = with_labels(loss, (), 4)
    hot = KD(1e30) if isinstance(loss, KD) else loss
    if not isinstance(loss, Sum):
        np.testing.assert_allclose(limit.grad(*TOY, labels), hot.grad(*TOY, labels), rtol=1e-13, atol=1e-15)
    assert loss.equation.count("{") == loss.equation.count("}") and loss.reference


def test_losses_are_values():
    assert KD(4.0) == KD(4.0) and len({KD(4.0), KD(4.0), KD(5.0)}) == 2
    assert (0.1 * CE() + 0.9 * KD(4.0)).limit() == 0.1 * CE() + 0.9 * CentredLM()
    with pytest.raises(TypeError):
        KD(4.0) + 1
    with pytest.raises(TypeError):
        "2" * KD(4.0)


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


BAD_LOGITS = {
    "nan": ([1.0, math.nan], "NaN"),
    "infinite": ([1.0, -math.inf], "infinite"),
    "huge": ([1.0, 1e101], "1e\\+?100"),
    "one class": ([1.0], "at least 2 classes"),
    "empty": ([], "non-empty"),
    "a number": (1.0, "non-empty"),
    "no samples": (np.zeros((0, 3)), "non-empty"),
    "ragged": ([[1.0, 2.0], [1.0]], "different lengths"),
    "complex": ([1j, 2.0], "complex128"),
    "strings": (["1", "2"], "real numbers"),
    "booleans": ([True, False], "bool"),
    "objects": ([None, 1.0], "object"),
    "times": (np.array(["2020-01-01", "2020-01-02"], "M8[D]"), "datetime"),
}


@pytest.mark.parametrize("name", ["student_logits", "teacher_logits"])
@pytest.mark.parametrize(("bad", "said"), BAD_LOGITS.values(), ids=BAD_LOGITS)
def test_bad_logits_are_refused_by_name(name, bad, said):
    for loss in (KD(4.0), LM(), CentredLM(), PrintedLM(), *([CE()] if name == "student_logits" else [])):
        for call in (loss.value, loss.grad):
            arguments = {"student_logits": [1.0, 2.0], "teacher_logits": [1.0, 2.0], "labels": 0, name: bad}
            with pytest.raises(ValueError, match=f"{name} must .*got .*{said}.*; |{name} must .*{said}.*; "):
                call(**arguments)


@pytest.mark.parametrize("bad", [0, -1.0, math.nan, "4", None, 4j, [1.0, 0.0], True, 1e-200])
def test_bad_temperature_is_refused(bad):
    with pytest.raises(ValueError, match=r"temperature must .*, got .*; "):
        KD(bad)


def test_shapes_must_fit():
    for student, teacher in [((3,), (4,)), ((2, 3), (3, 3)), ((2, 3), (2, 1))]:
        with pytest.raises(ValueError, match=r"(match student_logits, got shapes|at least 2 classes).*; "):
            LM().value(np.zeros(student), np.zeros(teacher))
    with pytest.raises(ValueError, match="temperature must broadcast against the leading axes"):
        KD(np.ones(4)).value(np.zeros((3, 2)), np.zeros((3, 2)))
    for axis in (2, -3, 1.0, None, True):
        with pytest.raises(ValueError, match="axis must be an integer class axis"):
            LM().value(np.zeros((2, 2)), np.zeros((2, 2)), axis=axis)


@pytest.mark.parametrize("bad", [None, 3, -1, [0, 1], 0.5, "0", True, [], np.array([[0]])])
def test_bad_labels_are_refused(bad):
    with pytest.raises(ValueError, match=r"labels must .*, got .*; "):
        CE().value([1.0, 2.0, 3.0], labels=bad)


@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan, "0", None])
def test_bad_smoothing_is_refused(bad):
    with pytest.raises(ValueError, match="smoothing must lie"):
        CE(bad)


def test_bad_tensors_are_refused():
    torch = pytest.importorskip("torch")
    good = torch.zeros(3)
    for bad in (
        torch.tensor([True, False, True]),
        torch.zeros(3, dtype=torch.complex64),
        good / 0,
        torch.zeros(1),
        torch.zeros(0, 3),
    ):
        with pytest.raises(ValueError, match=r"student_logits must .*, got .*; "):
            KD(4.0).value(bad, good)
    with pytest.raises(ValueError, match="same kind of array"):
        KD(4.0).value(good, np.zeros(3))
    with pytest.raises(ValueError, match="labels must be integers"):
        CE().value(good, labels=torch.tensor(0.0))
    assert KD(torch.tensor(4.0)).value(torch.tensor([1, 2]), torch.tensor([2, 2])).dtype == torch.float64


@given(
    st.one_of(
        st.none(), st.text(), st.lists(st.floats()), st.lists(st.lists(st.floats())), st.complex_numbers(), st.binary()
    )
)
@settings(max_examples=200, deadline=None)
def test_anything_is_either_used_or_refused_with_a_sentence(thing):
    try:
        value = KD(4.0).value(thing, thing)
    except ValueError as problem:
        assert "student_logits must" in str(problem) and "; " in str(problem) and len(str(problem)) < 300
    else:
        assert np.all(value == 0)
