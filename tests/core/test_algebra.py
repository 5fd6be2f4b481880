"""Losses are values that add, subtract and scale."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kdviz.losses import CE, KD, LM, CentredLM, Loss, Sum
from tests.support.strategies import TOY, pairs

modest = settings(max_examples=25, deadline=None)


@given(pair=pairs(rows=2), a=st.floats(-3, 3), b=st.floats(-3, 3))
@modest
def test_sums_and_multiples(pair, a, b):
    labels = np.zeros(2, int)
    mix = a * KD(3.0) + CE() * b
    assert isinstance(mix, Sum) and mix.uses == {"teacher", "labels"} and not mix.zero_at_match and mix.zero_sum
    np.testing.assert_allclose(
        mix.value(*pair, labels), a * KD(3.0).value(*pair) + b * CE().value(*pair, labels), rtol=1e-12
    )
    np.testing.assert_allclose(
        mix.grad(*pair, labels), a * KD(3.0).grad(*pair) + b * CE().grad(*pair, labels), rtol=1e-12
    )
    assert 2 * (mix + LM()) == Sum(((2 * a, KD(3.0)), (2 * b, CE()), (2.0, LM())))


def test_losses_with_many_temperatures_are_values():
    given = np.array([1.0, 4.0])
    loss = KD(given)
    given[0] = 9.0  # the caller's array stays the caller's
    assert loss == KD([1, 4]) and hash(loss) == hash(KD([1, 4]))
    assert loss != KD([1.0, 5.0]) and loss != KD([[1.0, 4.0]]) and loss != KD(1.0) and loss != LM()
    assert KD(4) == KD(np.float32(4.0)) == KD(np.array(4.0)) and len({KD(4), KD(4.0), KD(np.array(4.0))}) == 1
    assert 2 * loss == 2 * KD([1.0, 4.0]) and len({2 * loss, 2 * KD([1.0, 4.0])}) == 1
    with pytest.raises(ValueError, match="read-only"):
        loss.temperature[0] = 2.0


def test_losses_are_values():
    assert KD(4.0) == KD(4.0) and len({KD(4.0), KD(4.0), KD(5.0)}) == 2
    assert (0.1 * CE() + 0.9 * KD(4.0)).limit() == 0.1 * CE() + 0.9 * CentredLM()
    with pytest.raises(TypeError):
        KD(4.0) + 1
    with pytest.raises(TypeError):
        "2" * KD(4.0)


def test_losses_subtract_divide_and_sum():
    a, b = KD(4.0), CE()
    assert a - b == a + -1.0 * b and -a == -1.0 * a and (a + b) / 2 == 0.5 * a + 0.5 * b
    assert sum([a, b, a]) == a + b + a and sum([a]) == a
    assert np.float32(2) * a == np.array(2.0) * a == 2 * a
    for wrong in (
        lambda: a - 1,
        lambda: 1 - a,
        lambda: 1 / a,
        lambda: a * b,
        lambda: np.ones(2) * a,
        lambda: 1 + a,
        lambda: True * a,
        lambda: a / np.True_,
    ):
        with pytest.raises(TypeError):
            wrong()
    for wrong in (lambda: a / 0, lambda: math.nan * a, lambda: a * math.inf):
        with pytest.raises(ValueError, match=r"weight must be finite, got .*; "):
            wrong()
    with pytest.raises(ValueError, match="terms must be pairs"):
        Sum(((1.0, "kd"),))


def test_a_loss_without_its_parts_says_which():
    class Own(Loss):
        def value(self, student_logits, teacher_logits=None, labels=None, *, axis=-1):
            return student_logits.sum(axis)

    with pytest.raises(NotImplementedError, match=r"Own must define grad\(student_logits, teacher_logits, labels"):
        (0.5 * Own()).grad(*TOY)
    with pytest.raises(NotImplementedError, match="Loss must define value"):
        Loss()(*TOY)


def test_a_temperature_is_kept_by_value():
    """Whatever it came as: equal losses have equal names and hashes, and nobody can change one later."""
    torch = pytest.importorskip("torch")
    given = torch.tensor(4.0)
    same = [KD(4), KD(4.0), KD(np.float32(4)), KD(np.array(4)), KD(given)]
    given.fill_(5.0)
    assert len(set(same)) == len({repr(loss) for loss in same}) == 1 and repr(KD(4)) == "KD(temperature=4.0)"
    many = [KD(np.linspace(1, 2, 2000)), KD(np.linspace(1, 2 + 1e-12, 2000))]
    assert many[0] != many[1] and repr(many[0]) != repr(many[1])  # no digit and no entry is left out
    assert KD(torch.tensor([1.0, 4.0])) == KD([1.0, 4.0])


@pytest.mark.parametrize("wide", [0, 1])
def test_a_sum_is_as_precise_as_the_finer_of_both_models(wide):
    """As each of its terms is."""
    pair = [z.astype(np.float32 if i == wide else np.float16) for i, z in enumerate(TOY)]
    mix = 0.5 * KD(4.0) + 0.5 * LM()
    for call in (mix.value, mix.grad, KD(4.0).value, LM().grad):
        assert call(*pair).dtype == np.float32
    assert (KD(), KD().at(2.0).temperatures, mix.temperatures) == (KD(4.0), (2.0,), (4.0,))
