"""No widget outlives its test; a test of sessions imports none."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _close_widgets():
    yield
    if "ipywidgets" in sys.modules:
        sys.modules["ipywidgets"].Widget.close_all()
