"""What a page loads: in a fresh interpreter, so that nothing is there before."""

import pytest

from benchmarks.browser import LOADED
from kdviz.pages.catalogue import CATALOGUE
from tests.support.fresh import complaint


@pytest.mark.parametrize("slug", CATALOGUE)
def test_showing_and_stepping_a_page_loads_neither_torch_nor_plotly(slug: str) -> None:
    assert complaint(f"import sys\nsys.argv[1:] = [{slug!r}]\n{LOADED}sys.exit(' '.join(found) or None)") == ""
