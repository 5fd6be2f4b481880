"""What pip is asked for when a project is set up."""

import os

import pytest

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs shell scripts")
PLAIN = "install --editable .[train] --constraint constraints.txt"
TESTS = "install --editable .[train,test] --constraint constraints.txt"
