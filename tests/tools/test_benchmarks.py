"""The benchmark runs and says what it measured; memory is counted, so it may be held to its goal. No timing is."""

import doctest
import json

import pytest
import torch

from benchmarks import __main__, kernels, table, table1, wire


@pytest.mark.parametrize("module", [kernels, table, wire], ids=lambda module: module.__name__)
def test_its_examples_hold(module):
    assert doctest.testmod(module).failed == 0


def test_the_kernels_are_measured_and_printed(tmp_path, capsys):
    assert __main__.main(["--quick", "--only", "kernels", "--json", str(tmp_path / "table.json")]) == 0
    printed = capsys.readouterr().out
    assert "what" in printed
    assert "met?" in printed
    assert f"torch {torch.__version__}" in printed
    content = json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))
    assert {"date", "processor", "cores", "load", "versions"} <= set(content["machine"])
    rows = content["parts"]["kernels"]
    assert all({"what", "value", "unit", "goal", "met", "note", "detail"} == set(row) for row in rows)
    timed = [row for row in rows if row["unit"] == "× autograd" and row["value"] is not None]
    assert timed
    assert all(row["value"] > 0 for row in timed)


def test_table_1_is_measured_against_the_plain_loop():
    ratio, whole, glance = table1.rows(quick=True)
    assert (ratio.goal, whole.goal, glance.goal) == (("≥", 3.0), ("≤", 110.0), ("≤", 3.0))
    spent = ratio.detail
    assert ratio.value == pytest.approx(spent["plain_ms_per_seed"] / spent["grouped_ms_per_seed"])
    assert whole.value == pytest.approx(6 * spent["grouped_ms_per_seed"])  # 6000 seeds, seconds from milliseconds
    assert glance.value > 0


@pytest.mark.parametrize("name", ["closed", "stable"])
def test_a_gradient_takes_at_most_two_buffers(name):
    call = kernels.candidates((64, 1000))[name]
    assert 1 <= kernels.buffers(call, 4 * 64 * 1000) <= kernels.BUFFERS


def test_a_row_without_a_value_says_so():
    row = table.Row("a GPU", None, "×", ("≥", 2.0), "no device")
    assert row.met is None
    assert row.cells() == ("a GPU (no device)", "not measured", "≥ 2 ×", "")
