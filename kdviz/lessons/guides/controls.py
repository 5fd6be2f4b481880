"""The controls that all pages share, with their bounds and words, and the result of a page at a link's state."""

from kdviz.core.logits import FAMILIES
from kdviz.core.params import choice, from_query, knob, text
from kdviz.figures.temperature_axis import HIGH, LOW

HELP = {
    "T": "Temperature: logits are divided by T before the softmax. 0.05 to a million, and ∞.",
    "cs": "Mean of the student’s logits over the classes. The softmax cannot see it; LM can.",
    "ct": "Mean of the teacher’s logits over the classes.",
    "K": "Number of classes, 2 to 1000. More than 30 are drawn as a sorted profile. Typed logits bring their own K.",
    "family": "How the logits are drawn. Typed: the numbers you write under “student logits” and “teacher logits”.",
    "sigma": "Standard deviation of the teacher’s logits over the classes. Only T/σ decides how far KD is from its "
    "limit. Typed logits bring their own σ.",
    "seed": "Another number, other logits of the same kind. Typed logits need no seed.",
    "zs": "Two to thirty numbers, separated by commas or spaces. Their mean is then set by c<sub>s</sub>.",
    "zt": "As many numbers as for the student. Their mean is then set by c<sub>t</sub>.",
    "printed": "Also show the gradient of Eq. 7 with the sign it has in our copy of the paper.",
}

TYPED = ("2, 0, -1, 3", "3, 1, -2, 6")  # student and teacher with which “typed” starts

MEANS = (-5.0, 5.0)  # of c_s and c_t, in logit units


def temperature(default):
    """The knob of T, with a place for infinity."""
    return knob(default, "T", LOW, HIGH, log=True, infinite=True, key="T", help=HELP["T"])


def mean(key, default, *, main=True):
    """The knob of a logit mean: `key` is cs for the student's, ct for the teacher's."""
    return knob(default, f"c<sub>{key[1]}</sub>", *MEANS, step=0.05, key=key, help=HELP[key], main=main)


def classes():
    """The knob of K."""
    return knob(10, "K", 2, 1000, log=True, integer=True, key="K", help=HELP["K"])


def family(*, main=False):
    """The choice of how the logits are drawn."""
    return choice("gaussian", "logits", tuple(FAMILIES), key="family", help=HELP["family"], main=main)


def spread():
    """The knob of the teacher's standard deviation over classes, σ."""
    return knob(2.0, "spread σ", 0.1, 20.0, log=True, key="sigma", help=HELP["sigma"], main=False)


def seed():
    """The knob of the seed."""
    return knob(0, "seed", 0, 9999, integer=True, key="seed", help=HELP["seed"], main=False)


def typed(key):
    """The text of typed logits: `key` is zs for the student's, zt for the teacher's."""
    place, name = {"zs": (0, "student logits"), "zt": (1, "teacher logits")}[key]
    return text(TYPED[place], name, key=key, help=HELP[key])


READING = (
    (
        "Family, spread σ, seed",
        "Which logits are drawn. Everything else on the page follows from them and the controls above.",
    ),
    (
        "Student logits, teacher logits",
        "Used when the family is “typed”. c<sub>s</sub> and c<sub>t</sub> still set their means.",
    ),
)


def at(params, compute, query):
    """The result of a page at the state of a link's `query`, like "T=4&cs=0"; ValueError if the link is faulty."""
    state, notes = from_query(params, query)
    if notes:
        raise ValueError(f"query must be clean, got {query!r}: {notes}")
    return compute(state)
