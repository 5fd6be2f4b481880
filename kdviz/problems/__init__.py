"""What is learnt from: data sets as a value map, transfer sets, toy logits. Map and toy logits cost no torch.

>>> [dataset.label for dataset in DATASETS.values()]
['Digits', 'Hierarchy', 'MNIST-1D']
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdviz.core.entry import Entry

if TYPE_CHECKING:
    from kdviz.problems.data import Data


@dataclass(frozen=True)
class Dataset(Entry):
    """A data set that anybody can make: `classes` is their number, None where `make(classes=…)` takes any."""

    classes: int | None = None

    def made(self, classes: int) -> "Data":
        """The data set; `classes` counts only where it takes any number."""
        return self.make() if self.classes else self.make(classes=classes)


def _digits(**options: Any) -> "Data":
    from kdviz.problems.digits import digits

    return digits(**options)


def _hierarchy(**options: Any) -> "Data":
    from kdviz.problems.synthetic import hierarchy

    return hierarchy(**options)


def _mnist1d(**options: Any) -> "Data":
    from kdviz.problems.synthetic import mnist1d

    return mnist1d(**options)


DATASETS: dict[str, Dataset] = {
    "digits": Dataset("Digits", "Handwritten digits of 8 × 8 pixels, from scikit-learn.", _digits, 10),
    "hierarchy": Dataset(
        "Hierarchy", "Gaussian classes in groups that resemble each other; any number of classes.", _hierarchy
    ),
    "mnist1d": Dataset("MNIST-1D", "Noisy strokes of 40 points, one kind per digit.", _mnist1d, 10),
}
