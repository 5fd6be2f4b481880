"""The contract that every loss keeps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core.arrays import softmax
from kdviz.losses import CE, KD, LM, LOSSES, CentredLM, PrintedLM
from tests.support.strategies import TOY, pairs, temperatures

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
    return np.random.default_rng(seed).integers(0, classes, shape) if "labels" in loss.uses else None


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
    labels = with_labels(loss, (), len(pair[0]))
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
    if "labels" not in loss.uses:
        np.testing.assert_allclose(loss.value(student + shift, teacher + shift, labels), value, rtol=1e-10, atol=1e-9)


@every_loss
@given(pair=pairs())
@modest
def test_a_perfect_student_has_nothing_to_learn(loss, pair):
    labels = with_labels(loss, (), len(pair[1]))
    if loss.zero_at_match:
        assert loss.value(pair[1], pair[1], labels) == 0
        assert not loss.grad(pair[1], pair[1], labels).any()


@every_loss
def test_what_a_loss_denies_does_not_hold(loss):
    """Else it would say too little of itself."""
    labels = with_labels(loss, (), 4)
    assert loss.zero_sum or abs(loss.grad(*TOY, labels).sum()) > 0.1
    assert loss.zero_at_match or loss.value(TOY[1], TOY[1], labels) > 1e-4


def test_what_is_printed_says_so():
    assert [name for name, loss in ALL.items() if loss.printed] == ["printed_lm", "difference"]


@given(pair=pairs(), factor=st.floats(0.1, 10), T=temperatures(0.1, 1e4))
@modest
def test_scaling_logits_and_temperature_scales_the_loss_by_the_square(pair, factor, T):
    scaled = [factor * z for z in pair]
    for loss, same in ((KD(factor * T), KD(T)), (LM(), LM()), (CentredLM(), CentredLM()), (PrintedLM(), PrintedLM())):
        np.testing.assert_allclose(loss.value(*scaled), factor**2 * same.value(*pair), rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(loss.grad(*scaled), factor * same.grad(*pair), rtol=1e-9, atol=1e-12)


@every_loss
def test_limit_equation_and_reference(loss):
    limit = loss.limit()
    assert limit.limit() == limit
    labels = with_labels(loss, (), 4)
    np.testing.assert_allclose(limit.grad(*TOY, labels), loss.at(1e30).grad(*TOY, labels), rtol=1e-13, atol=1e-15)
    assert loss.label and not loss.label.isspace()
    assert loss.equation.count("{") == loss.equation.count("}") and loss.reference


@every_loss
def test_at_changes_the_temperature_and_nothing_else(loss):
    moved = loss.at(3.0)
    assert loss.at(None) == loss and moved.temperatures == (3.0,) * len(loss.temperatures)
    assert moved.at(5.0) == loss.at(5.0) and (loss.temperatures or moved == loss)
    assert (moved.uses, moved.zero_sum, moved.limit()) == (loss.uses, loss.zero_sum, loss.limit())
    assert moved.reference == loss.reference
    if len(set(loss.temperatures)) == 1:
        assert moved.at(loss.temperatures[0]) == loss


@every_loss
def test_a_loss_needs_what_it_says_and_looks_at_nothing_else(loss):
    argument = {"teacher": "teacher_logits", "labels": "labels"}
    full = {"teacher_logits": TOY[1], "labels": 2}
    used = {argument[name]: full[argument[name]] for name in loss.uses}
    for call in (loss.value, loss.grad):
        np.testing.assert_array_equal(call(TOY[0], **used), call(TOY[0], **full))
        for name in used:
            with pytest.raises(ValueError, match=f"{name} must be given"):
                call(TOY[0], **{**used, name: None})


@every_loss
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("reach", [1.0, 250.0])
def test_half_precision_is_computed_wider_and_handed_back(loss, dtype, reach):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    wide = [torch.tensor(reach * rng.uniform(-1, 1, (4, 50))).to(getattr(torch, dtype)) for _ in range(2)]
    labels = with_labels(loss, (4,), 50)
    eps = torch.finfo(wide[0].dtype).eps
    for call in (loss.value, loss.grad):
        right = call(*(z.double() for z in wide), labels).numpy()
        found = [call(*wide, labels)]
        if dtype == "float16":
            found.append(call(*(z.numpy() for z in wide), labels))
        for got in found:
            assert got.dtype in (wide[0].dtype, np.float16)
            got = np.asarray(got.double() if isinstance(got, torch.Tensor) else got.astype(float))
            assert np.isfinite(got).all()
            np.testing.assert_allclose(got, right, rtol=eps, atol=eps * abs(right).max() / 2 + 1e-7)


def test_three_hundred_in_half_precision():
    for loss, right in ((LM(), 22500.0), (PrintedLM(), 33760.0), (CentredLM(), 11248.0), (KD(math.inf), 11248.0)):
        assert loss.value(np.float16([300, 0]), np.float16([0, 0])) == right
    assert (1e-3 * LM()).value(np.float16([3000, 0]), np.float16([0, 0])) == 2250  # LM alone would not fit
    assert softmax(np.zeros(70000, np.float16)).sum(dtype=float) > 0.9  # the sum would not fit


@every_loss
def test_a_loss_is_called_like_a_function(loss):
    labels = with_labels(loss, (), 4)
    assert loss(*TOY, labels) == loss.value(*TOY, labels)


@every_loss
def test_what_else_is_set_in_torch_does_not_matter(loss):
    torch = pytest.importorskip("torch")
    pair = torch.tensor(np.random.default_rng(0).normal(0, 3, (2, 2, 50)))
    labels = with_labels(loss, (2,), 50)

    def results():
        kinds = [z for dtype in (torch.float64, torch.float32, torch.float16) for z in [pair.to(dtype)]]
        return [call(*z, labels) for z in kinds for call in (loss.value, loss.grad)]

    usual = results()
    try:
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")  # where nothing can be computed
        odd = results()
    finally:
        torch.set_default_dtype(torch.float32)
        torch.set_default_device(None)
    for a, b in zip(usual, odd, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
