"""What all pages say about their controls, and the result of a page at a link's state."""

from kdviz.core.params import from_query

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
