"""Bad input is refused by name, with what was given and the cure."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.core.losses import CE, KD, LM, CentredLM, PrintedLM

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
    said = ""
    try:
        assert np.all(KD(4.0).value(thing, thing) == 0)
    except ValueError as problem:
        said = str(problem)
    assert not said or ("student_logits must" in said and "; " in said and len(said) < 300)
