"""Toy logits: exact means, seeds that repeat, typed numbers that are read or refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.problems.logits import FAMILIES, draw, pair, parse

DRAWN = [name for name in FAMILIES if name != "typed"]
numbers = st.floats(-1000, 1000)


@given(
    st.sampled_from(DRAWN),
    st.integers(2, 1000),
    st.floats(1e-3, 40),
    st.floats(-100, 100),
    st.floats(-100, 100),
    st.integers(0, 99),
)
@settings(max_examples=150, deadline=None)
def test_means_and_spread_are_as_requested(family, classes, spread, student_mean, teacher_mean, seed):
    student, teacher = pair(family, classes, spread, student_mean, teacher_mean, seed)
    assert student.dtype == teacher.dtype == np.float64 and student.shape == teacher.shape == (classes,)
    for z, mean in ((student, student_mean), (teacher, teacher_mean)):
        assert abs(math.fsum(z) / classes - mean) <= 2e-15 * (abs(z).max() + 1)
    np.testing.assert_allclose(teacher.std(), spread, rtol=1e-9)
    assert 0.01 * spread < np.linalg.norm(student - student.mean()) < 30 * spread * math.sqrt(classes)
    again = pair(family, classes, spread, student_mean, teacher_mean, seed)
    np.testing.assert_array_equal(again, (student, teacher))
    np.testing.assert_allclose(draw(family, classes, spread, teacher_mean, seed), teacher, rtol=0, atol=1e-12)


def test_families_are_what_they_are_called():
    sharp, tied, heavy, plain = (
        draw(name, 100, 3.0, 0.0, 1) for name in ("confident", "confusable", "heavy tail", "gaussian")
    )
    assert np.diff(np.sort(sharp))[-1] > 10 > np.diff(np.sort(plain))[-1]
    top = np.sort(tied)
    assert top[-1] - top[-2] < 0.1 * (top[-2] - top[-3])
    assert abs(heavy).max() > abs(plain).max()
    student, teacher = pair("confusable", 100, 3.0, 0.0, 0.0, 1)
    assert set(np.argsort(teacher)[-2:]) >= {student.argmax()} and student.argmax() != teacher.argmax()
    for name in ("gaussian", "heavy tail"):
        correlations = [np.corrcoef(*pair(name, 200, 3.0, 0.0, 0.0, seed))[0, 1] for seed in range(20)]
        assert 0.7 < np.mean(correlations) < 0.9
    assert not np.array_equal(*pair("gaussian", 2, 3.0, 0.0, 0.0, 0))


def test_more_classes_keep_the_first_ones():
    few, many = (draw("gaussian", classes, 1.0, 0.0, 5)[:4] for classes in (10, 20))
    assert np.corrcoef(few, many)[0, 1] > 1 - 1e-12


@given(st.lists(numbers, min_size=2, max_size=30), st.sampled_from([",", " ", ", ", ";", "\n", "\t", " ; "]))
def test_typed_numbers_are_read_back(values, separator):
    np.testing.assert_array_equal(parse(separator.join(map(repr, values))), values)


def test_typed_pairs():
    student, teacher = pair("typed", 99, 1.0, None, None, 0, "[2 0 −1 3]", "3, 1,,-2,6,")
    assert student.tolist() == [2, 0, -1, 3] and teacher.tolist() == [3, 1, -2, 6]
    student, teacher = pair("typed", 99, 1.0, 5.0, -1.0, 0, "2 0 -1 3", "3 1 -2 6")
    assert student.tolist() == [6, 4, 3, 7] and teacher.tolist() == [0, -2, -5, 3]
    with pytest.raises(ValueError, match="typed_student must hold as many numbers as typed_teacher, got 2 and 3; "):
        pair("typed", 3, 1.0, 0.0, 0.0, 0, "1 2", "1 2 3")


BAD_TEXT = {
    "": "2 to 30 numbers, got 0",
    "1": "2 to 30 numbers, got 1",
    " ".join("1" * 31): "got more than 30",
    "1 two": "got “two” at place 2",
    "1 nan": "got “nan” at place 2",
    "1 inf": "got “inf” at place 2",
    "1 1000.1": "between -1000 and 1000",
    "1 1e999": "between -1000 and 1000",
    "1 " + "9" * 100: "got “99999999999999999999…” at place 2",
    "1 " + "x" * 1_000_000: "got “xxxxxxxxxxxxxxxxxxxx…”",
    "1 " * 1_000_000: "got more than 30",
    "1 <b>": "got “<b>”",
    None: "got 0",
    7: "got 0",
}


@pytest.mark.parametrize("text", BAD_TEXT, ids=[repr(t)[:12] for t in BAD_TEXT])
def test_bad_text_is_refused_in_a_short_sentence(text):
    with pytest.raises(ValueError, match=r"typed logits must .*; ") as problem:
        parse(text)
    assert BAD_TEXT[text] in str(problem.value) and len(str(problem.value)) < 200


@given(st.text())
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text):
    try:
        z = parse(text)
    except ValueError:
        return
    assert 2 <= len(z) <= 30 and abs(z).max() <= 1000


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("family", ("cauchy", 10, 3.0, 0.0, 0)),
        ("family", ("typed", 10, 3.0, 0.0, 0)),
        ("classes", ("gaussian", 1, 3.0, 0.0, 0)),
        ("classes", ("gaussian", 2.5, 3.0, 0.0, 0)),
        ("classes", ("gaussian", "10", 3.0, 0.0, 0)),
        ("spread", ("gaussian", 10, -1.0, 0.0, 0)),
        ("spread", ("gaussian", 10, math.nan, 0.0, 0)),
        ("mean", ("gaussian", 10, 3.0, math.inf, 0)),
        ("seed", ("gaussian", 10, 3.0, 0.0, -1)),
        ("seed", ("gaussian", 10, 3.0, 0.0, 0.5)),
    ],
)
def test_bad_arguments_are_refused_by_name(name, arguments):
    with pytest.raises(ValueError, match=rf"{name} must .*got .*; "):
        draw(*arguments)


def test_no_spread_means_equal_logits():
    for name in DRAWN:
        student, teacher = pair(name, 5, 0.0, 1.0, 2.0, 0)
        assert student.tolist() == [1.0] * 5 and teacher.tolist() == [2.0] * 5
