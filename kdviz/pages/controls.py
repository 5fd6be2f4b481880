"""The controls that pages share, with their bounds, and the logits that they describe."""

from functools import lru_cache

from kdviz.charts.temperature_axis import TemperatureAxis
from kdviz.core.arrays import frozen
from kdviz.core.params import choice, from_query, knob, text, toggle
from kdviz.losses import LOSSES
from kdviz.problems import logits
from kdviz.words import W

LOWEST, HIGHEST = 0.05, 1e6  # of T; beyond lies ∞
MEANS = (-5.0, 5.0)  # of c_s and c_t, in logit units
TYPED = {"zs": "2, 0, -1, 3", "zt": "3, 1, -2, 6"}  # with which “typed” starts
SWEEP = TemperatureAxis(LOWEST, HIGHEST)


def temperature(default):
    """The knob of T, with a place for infinity."""
    return knob(default, "T", LOWEST, HIGHEST, log=True, infinite=True, key="T", help=W.HELP["T"])


def mean(key, default, *, main=True):
    """The knob of a logit mean: `key` is cs for the student's, ct for the teacher's."""
    return knob(default, f"c<sub>{key[1]}</sub>", *MEANS, step=0.05, key=key, help=W.HELP[key], main=main)


def classes():
    """The knob of K."""
    return knob(10, "K", 2, 1000, log=True, integer=True, key="K", help=W.HELP["K"])


def family(*, main=False):
    """The choice of how the logits are drawn."""
    words = {"help": W.HELP["family"], "texts": W.FAMILIES}
    return choice("gaussian", W.LABEL["family"], logits.FAMILIES, key="family", main=main, **words)


def spread():
    """The knob of the teacher's standard deviation over classes, σ."""
    return knob(2.0, W.LABEL["sigma"], 0.1, 20.0, log=True, key="sigma", help=W.HELP["sigma"], main=False)


def seed(help=None):
    """The knob of the seed; `help` where it is not one of logits."""
    return knob(0, W.LABEL["seed"], 0, 9999, integer=True, key="seed", help=help or W.HELP["seed"], main=False)


def printed(default, help):
    """The switch for what the paper prints."""
    return toggle(default, W.LABEL["printed"], key="printed", help=help)


def option(words, default, key, options, texts=None, *, main=False):
    """A choice of a page whose `words` have LABEL and HELP for its key; `texts` {option: what is read}."""
    return choice(default, words.LABEL[key], options, key=key, help=words.HELP[key], main=main, texts=texts)


def others(named, without=()):
    """What can be chosen beside the losses a page has `named` itself: all of LOSSES but `without` and printed ones.

    >>> from kdviz.losses import CE, KD, LM
    >>> others({"baseline": CE(), "KD": KD(4.0), "LM": LM()})
    {'centred_lm': CentredLM()}
    """
    left = {name: loss for name, loss in LOSSES.items() if name not in without and not loss.printed}
    return {name: loss for name, loss in left.items() if loss not in named.values()}


def typed(key):
    """The text of typed logits: `key` is zs for the student's, zt for the teacher's."""
    return text(TYPED[key], W.LABEL[key], key=key, help=W.HELP[key])


def key(params, *, centred=False):
    """What decides the logits of `params`, hashable; `centred` leaves the two means out (as 0, 0)."""
    means = (0.0, 0.0) if centred else (params.student_mean, params.teacher_mean)
    typed_logits = (params.typed_student, params.typed_teacher)
    return (params.family, params.classes, params.spread, *means, params.seed, *typed_logits)


@lru_cache(maxsize=32)
def drawn(*key):
    """Student and teacher logits (K,), (K,), read-only, of a `key`; drawn once per setting."""
    student, teacher = logits.pair(*key)
    return frozen(student), frozen(teacher)


def at(params, compute, query):
    """The result of a page at the state of a link's `query`, like "T=4&cs=0"; ValueError if the link is faulty."""
    state, notes = from_query(params, query)
    if notes:
        raise ValueError(f"query must be clean, got {query!r}: {notes}")
    return compute(state)
