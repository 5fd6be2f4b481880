"""How a training run is put away and taken up again, with the same runs, plan and data, or under a longer plan."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from kdviz.core.check import BadInput
from kdviz.train.ensemble import Ensemble
from kdviz.train.groups import Group
from kdviz.train.identity import digest
from kdviz.train.optimisers import SCHEDULES, Stepper
from kdviz.train.plans import Plan, Run

MARKS = ("runs", "plan", "data")


def marks(runs: Sequence[Run], plan: Plan, data: tuple) -> dict[str, torch.Tensor]:
    """What `resume` is checked against: a number each for the runs, for the plan without its end, and for the data.

    >>> one, other = (marks([Run()], Plan(lr), ()) for lr in (Plan().net, Plan().net))
    >>> [bool(one[name] == other[name]) for name in one]
    [True, True, True]
    """
    held = {"runs": tuple(runs), "plan": replace(plan, steps=1, every=1), "data": data}
    return {f"fingerprint/{name}": torch.tensor(int(digest(held[name], name)[:15], 16), device="cpu") for name in MARKS}


def state(
    found: dict[str, torch.Tensor],
    plan: Plan,
    step: int,
    students: Ensemble,
    stepper: Stepper,
    groups: Sequence[Group],
    diverged: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Everything that decides how training goes on, as a flat dict of tensors; `found` are the `marks`."""
    held = {f"parameters/{name}": value.detach().clone() for name, value in students.parameters.items()}
    held |= {f"optimiser/{name}": value for name, value in stepper.state().items()}
    held |= {f"method/{i}/{name}": value for i, group in enumerate(groups) for name, value in group.state().items()}
    counted = {"step": torch.tensor(step, device="cpu"), "steps": torch.tensor(plan.steps, device="cpu")}
    return held | counted | {"diverged": diverged.clone()} | found


def restore(
    held: Any,
    found: dict[str, torch.Tensor],
    plan: Plan,
    students: Ensemble,
    stepper: Stepper,
    groups: Sequence[Group],
    diverged: torch.Tensor,
    extend: bool,
) -> int:
    """Put a state back into fresh students and optimiser; returns its step. BadInput for the state of another run."""
    own = state(found, plan, 0, students, stepper, groups, diverged)
    if not isinstance(held, Mapping) or not all(isinstance(value, torch.Tensor) for value in held.values()):
        raise BadInput(
            f"resume must be what Record.state() gave, got {type(held).__name__}; see kdviz.train.saved.load"
        )
    lost = [name for name in own if name not in held]
    other = [mark for mark in MARKS if f"fingerprint/{mark}" in held and _differs(held, found, f"fingerprint/{mark}")]
    if lost or other or any(held[name].shape != value.shape for name, value in own.items()):
        what = f"one of other {' and '.join(other)}" if other else f"one without {', '.join(lost[:3])}" if lost else ""
        raise BadInput(
            f"resume must be a state of the same runs, plan and data, got {what or 'one of other shapes'}; start anew "
            "without resume"
        )
    step, steps = int(held["step"]), int(held["steps"])
    _goes_on(step, steps, plan, extend)
    with torch.no_grad():
        for name, value in students.parameters.items():
            value.copy_(held[f"parameters/{name}"])
        diverged.copy_(held["diverged"])
    stepper.restore(below(held, "optimiser/"))
    for i, group in enumerate(groups):
        group.restore(below(held, f"method/{i}/"))
    return step


def below(held: Mapping[str, torch.Tensor], start: str) -> dict[str, torch.Tensor]:
    """What is held under names with a certain start, which is left out.

    >>> below({"a/b": torch.tensor(1), "c": torch.tensor(2)}, "a/")
    {'b': tensor(1)}
    """
    return {name.removeprefix(start): value for name, value in held.items() if name.startswith(start)}


def _differs(held: Mapping, found: dict[str, torch.Tensor], name: str) -> bool:
    return not torch.equal(held[name].cpu(), found[name])


def _goes_on(step: int, steps: int, plan: Plan, extend: bool) -> None:
    """Raise BadInput where the steps done so far are not those that this plan would have done."""
    if step > plan.steps:
        raise BadInput(f"steps must be at least {step}, where resume stands, got {plan.steps}; take a longer plan")
    rule = SCHEDULES[plan.schedule]
    if not extend and any(rule(done, steps) != rule(done, plan.steps) for done in range(step)):
        raise BadInput(
            f"resume was trained to step {step} of {steps} under the schedule {plan.schedule!r}, whose learning rates "
            f"for {plan.steps} steps differ from the first on; extend=True goes on at those of step {step} of "
            f'{plan.steps}, Plan(schedule="constant") depends on no end'
        )
