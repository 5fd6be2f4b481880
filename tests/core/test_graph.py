"""Distillation in PyTorch's graph: derivatives of every order that was there, of student and teacher."""

import math

import numpy as np
import pytest

from kdviz.losses import CE, KD

torch = pytest.importorskip("torch")


def pair(*shape, requires_grad=(True, True)):
    """Student and teacher logits in float64."""
    rng = np.random.default_rng(0)
    return [torch.tensor(rng.normal(0, 3, shape), requires_grad=wanted) for wanted in requires_grad]


@pytest.mark.parametrize("T", [0.5, 4.0, 1e3, math.inf])
def test_derivatives_of_both_models_twice(T):
    student, teacher = pair(1, 3)
    for call in (KD(T).value, KD(T).grad):
        assert torch.autograd.gradcheck(call, (student, teacher))
        if T < 1e3:  # second differences of what is flat by then say nothing
            assert torch.autograd.gradgradcheck(call, (student, teacher))


def test_one_teacher_for_many_students_gets_the_sum_of_their_slopes():
    student, teacher = pair(3, 5)
    one = teacher[0].detach().clone().requires_grad_()
    KD(4.0).value(student, one).sum().backward()
    parts = []
    for row in student.detach():
        single = one.detach().clone().requires_grad_()
        KD(4.0).value(row, single).backward()
        parts.append(single.grad)
    torch.testing.assert_close(one.grad, sum(parts))
    assert student.grad.shape == (3, 5)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # PyTorch's own, on the first transform
def test_transforms_of_torch_func():
    student, teacher = pair(3, 5, requires_grad=(False, False))
    labels = torch.tensor([0, 1, 4])
    for loss in (KD(4.0), 0.1 * CE() + 0.9 * KD(4.0)):

        def total(z, loss=loss):
            return loss.value(z, teacher, labels).sum()

        slope = loss.grad(student, teacher, labels)
        torch.testing.assert_close(torch.func.grad(total)(student), slope)
        torch.testing.assert_close(torch.func.jvp(total, (student,), (student,))[1], (slope * student).sum())
        curved = torch.autograd.functional.hessian(total, student)
        torch.testing.assert_close(torch.func.hessian(total)(student), curved)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_the_slope_has_the_type_of_the_student_and_the_value_of_grad(dtype):
    student, teacher = (z.detach().to(dtype) for z in pair(4, 100))
    student.requires_grad_()
    KD(1e5).value(student, teacher).sum().backward()
    assert student.grad.dtype == dtype
    torch.testing.assert_close(student.grad, KD(1e5).grad(student.detach(), teacher), rtol=0, atol=0)


def test_teacher_logits_of_inference_mode_will_do():
    student, teacher = pair(4, 5)
    with torch.inference_mode():
        frozen, labels = teacher.detach().clone(), torch.tensor([0, 1, 2, 3])
    for loss in (KD(4.0), CE(), CE(0.1), 0.5 * CE() + 0.5 * KD(4.0)):
        loss.value(student, frozen, labels).sum().backward()
    assert student.grad.isfinite().all()


def test_a_temperature_in_a_graph_is_refused_and_the_cure_learns_it():
    T = torch.tensor(4.0, dtype=torch.float64, requires_grad=True)
    student, teacher = (z.detach() for z in pair(2, 5))
    for bad in (T, torch.nn.Parameter(T.detach())):
        with pytest.raises(ValueError, match=r"temperature must be a constant, got .*T\*\*2 \* KD\(1.0\)"):
            KD(bad)
    assert torch.autograd.gradcheck(lambda T: T**2 * KD(1.0)(student / T, teacher / T), T)
    torch.testing.assert_close(T**2 * KD(1.0)(student / T, teacher / T), KD(4.0)(student, teacher))


def test_a_weight_in_a_graph_is_refused():
    w = torch.tensor(0.5, requires_grad=True)
    for build in (lambda: w * KD(4.0), lambda: KD(4.0) * w, lambda: KD(4.0) / w):
        with pytest.raises(ValueError, match="weight must be a constant, got a tensor that requires grad; "):
            build()
    assert w.detach() * KD(4.0) == np.array(0.5) * KD(4.0) == 0.5 * KD(4.0)
