"""Bad input is refused by name, with what was given and the cure."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core import limits
from kdviz.core.arrays import softmax
from kdviz.losses import CE, KD, LM, CentredLM, PrintedLM

modest = settings(max_examples=25, deadline=None)


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
@pytest.mark.parametrize(("bad", "found"), BAD_LOGITS.values(), ids=BAD_LOGITS)
def test_bad_logits_are_refused_by_name(name, bad, found):
    for loss in (KD(4.0), LM(), CentredLM(), PrintedLM(), *([CE()] if name == "student_logits" else [])):
        for call in (loss.value, loss.grad):
            arguments = {"student_logits": [1.0, 2.0], "teacher_logits": [1.0, 2.0], "labels": 0, name: bad}
            with pytest.raises(ValueError, match=f"{name} must .*got .*{found}.*; |{name} must .*{found}.*; "):
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
    found = ""
    try:
        assert np.all(KD(4.0).value(thing, thing) == 0)
    except ValueError as problem:
        found = str(problem)
    assert not found or ("student_logits must" in found and "; " in found and len(found) < 300)


TRUNCATED = np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])


class Hostile:
    """An object that refuses to become an array in its own words."""

    def __array__(self, *_, **__):
        raise RuntimeError("boom")


FOREIGN = {
    "a mask": (TRUNCATED, "masked array"),
    "masks in a list": ([TRUNCATED, TRUNCATED], "masked array"),
    "a hostile object": (Hostile(), "Hostile"),
    "nothing": (None, "object"),
    "a dict": ({"a": 1}, "object"),
}


@pytest.mark.parametrize(("bad", "found"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_plain_array_is_refused_everywhere(bad, found):
    good = [1.0, 2.0, 3.0]
    for loss in (KD(4.0), LM(), CentredLM(), PrintedLM(), 0.5 * LM()):
        for call in (loss.value, loss.grad, lambda *pair: limits.gap(*pair, 4.0), lambda *pair: temperature_for(*pair)):
            with pytest.raises(ValueError, match=f"student_logits must .*got .*{found}.*; "):
                call(bad, good)
            if bad is not None:
                with pytest.raises(ValueError, match=f"teacher_logits must .*got .*{found}.*; "):
                    call(good, bad)
    with pytest.raises(ValueError, match=f"temperature must .*got .*{found}.*; "):
        KD(bad)
    with pytest.raises(ValueError, match=f"z must .*got .*{found}.*; "):
        softmax(bad)
    with pytest.raises(ValueError, match=r"labels must .*got .*; "):
        CE().value([good, good, good], labels=bad)


def temperature_for(*pair):
    """With a tolerance of one percent."""
    return limits.temperature_for(*pair, 0.01)


def test_a_mask_that_hides_nothing_is_no_mask():
    whole = np.ma.array([1.0, 2.0], mask=False)
    assert KD(4.0).value(whole, [2.0, 2.0]) == KD(4.0).value([1.0, 2.0], [2.0, 2.0])


def test_tensors_that_are_no_dense_numbers_are_refused():
    torch = pytest.importorskip("torch")
    good = torch.zeros(2, 3)
    tensors = {
        "sparse": (good + 1).to_sparse(),
        "without data": torch.zeros(2, 3, device="meta"),
        "nested": torch.nested.nested_tensor([[1.0, 2.0], [1.0]], layout=torch.jagged),
        "float8": good.to(torch.float8_e4m3fn),
    }
    for found, bad in tensors.items():
        for loss in (KD(4.0), LM(), CentredLM(), PrintedLM(), 0.5 * LM()):
            with pytest.raises(ValueError, match=f"student_logits must .*got .*{found}.*; "):
                loss.value(bad, good)
            with pytest.raises(ValueError, match=f"teacher_logits must .*got .*{found}.*; "):
                loss.value(good, bad)
    for call in (KD, lambda z: KD(4.0).value(z, np.zeros((2, 3)))):
        with pytest.raises(ValueError, match=r"got a list of tensors; .*torch\.stack"):
            call([good[0].requires_grad_(), good[1]])


@pytest.mark.parametrize(
    ("shapes", "found"),
    [
        (((3, 4), (3, 1, 4)), "pair every row with every other"),
        (((3, 1, 4), (3, 4)), "pair every row with every other"),
        (((2, 1, 4), (1, 3, 4)), "pair every row with every other"),
        (((3, 4), (2, 4)), "same classes and samples"),
    ],
)
def test_two_sets_of_samples_never_make_a_table_of_losses(shapes, found):
    pair = [np.zeros(shape) for shape in shapes]
    for loss in (KD(4.0), LM(), CentredLM(), PrintedLM(), 0.5 * LM()):
        for call in (loss.value, loss.grad, lambda *pair: limits.gap(*pair, 4.0), temperature_for):
            with pytest.raises(ValueError, match=f"teacher_logits must match student_logits, got shapes .*{found}"):
                call(*pair)


def test_the_class_axis_is_counted_in_the_student_for_both():
    """Axis 1 of (3, 4) is the last; of a teacher (4, 4, 4) it would have been another one."""
    rng = np.random.default_rng(0)
    student, teacher = rng.normal(size=(4, 4)), rng.normal(size=(3, 4, 4))
    for loss in (KD(4.0), LM(), CentredLM(), PrintedLM()):
        for call in (loss.value, loss.grad):
            np.testing.assert_array_equal(call(student, teacher, axis=1), call(student, teacher))


def test_a_temperature_per_sample_makes_no_table_either():
    z = np.zeros((3, 4))
    for call in (KD(np.ones((3, 1))).value, lambda *pair: limits.gap(*pair, np.ones((3, 1)))):
        with pytest.raises(ValueError, match=r"temperature must broadcast .* got shape \(3, 1\); .*broadcast_to"):
            call(z, z)
    assert KD(np.ones((2, 3))).value(z, z).shape == (2, 3) and KD(np.ones(3)).value(z[0], z[0]).shape == (3,)
    for labels in (np.zeros((3, 1), int), np.zeros((3, 3), int)):
        with pytest.raises(ValueError, match=r"labels must have shape \(3,\)"):
            CE().value(z, labels=labels)


def test_cures_lead_the_right_way():
    z, infinite = np.zeros((3, 4)), math.inf
    for bad, cure in (
        ([0.0, -infinite], "usually mask classes or padding: drop"),
        ([0.0, infinite], "overflow"),
        ([0.0, math.nan], "diverged"),
    ):
        with pytest.raises(ValueError, match=cure):
            KD(4.0).value(bad, [0.0, 0.0])
    with pytest.raises(ValueError, match=r"-100 usually marks samples to leave out: pass .* labels != -100"):
        CE().value(z, labels=[0, 1, -100])
    with pytest.raises(ValueError, match="count classes from 0"):
        CE().value(z, labels=[1, 2, 4])
    with pytest.raises(ValueError, match=r"float64 with NaN; .*drop the samples without a label"):
        CE().value(z, labels=[1.0, 2.0, math.nan])


def test_tensors_and_arrays_that_meet_are_kept_apart():
    torch = pytest.importorskip("torch")
    z = np.zeros((3, 4))
    assert CE().value(z, labels=torch.tensor([0, 1, 2])).dtype == np.float64
    assert CE().value(torch.tensor(z), labels=[0, 1, 2]).dtype == torch.float64
    for loss in (KD(4.0), 0.5 * LM() + CE()):
        with pytest.raises(ValueError, match="same kind of array"):
            loss.value(torch.tensor(z), z, [0, 1, 2])


def test_half_precision_tensors_have_a_gap():
    torch = pytest.importorskip("torch")
    pair = torch.tensor([[2.0, 0.0, -1.0, 3.0], [3.0, 1.0, -2.0, 6.0]])
    assert limits.gap(*pair.bfloat16(), 4.0).relative == limits.gap(*pair.numpy(), 4.0).relative
    assert limits.temperature_for(*pair.requires_grad_(), 0.01) > 200
