"""One palette: charts, meters and pages take their colours from `kdviz/charts/theme.py`, and all can be read."""

import re

import pytest

from kdviz.charts import theme
from tools import palette

HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
ELSEWHERE = {"theme.py"}


def test_the_stylesheets_hold_the_palette():
    assert palette.main([]) == 0


def test_no_colour_is_written_anywhere_else():
    folders = (palette.ROOT / "kdviz", palette.FRAME.parents[1])
    found = [
        path for folder in folders for end in ("*.py", "*.css", "*.js", "*.html", "*.j2") for path in folder.rglob(end)
    ]
    assert len(found) > 50
    for path in found:
        text = palette.BLOCK.sub("", path.read_text(encoding="utf-8"))
        assert path.name in ELSEWHERE or not HEX.search(text), path


def test_a_stylesheet_that_differs_is_noticed_and_written(tmp_path, monkeypatch, capsys):
    copy = tmp_path / "page.css"
    copy.write_text(palette.PAGE.read_text(encoding="utf-8").replace("--kd-lm: #d55e00", "--kd-lm: #d55e01"))
    monkeypatch.setattr(palette, "PAGE", copy)
    monkeypatch.setattr(palette, "ROOT", tmp_path)
    monkeypatch.setattr(palette, "FRAME", copy)
    assert palette.main([]) == 1
    assert palette.main(["--write"]) == 0
    assert palette.main([]) == 0
    assert "page.css" in capsys.readouterr().out
    copy.write_text("nothing")
    with pytest.raises(ValueError, match="one block"):
        palette.wanted(copy)


@pytest.mark.parametrize("dark", [0, 1], ids=["light", "dark"])
def test_words_and_marks_stand_out_from_what_they_stand_on(dark):
    surface = {name: pair[dark] for name, pair in theme.SURFACE.items()}
    for words, ground in (("ink", "paper"), ("ink", "card"), ("soft", "paper"), ("soft", "card"), ("warn-ink", "warn")):
        assert theme.contrast(surface[words], surface[ground]) >= 4.5, (words, ground)
    for mark in ("accent", "line", "good", "bad"):
        assert theme.contrast(surface[mark], surface["paper"]) >= 3, mark
    for role, style in theme.ROLE.items():
        colour = theme.DARK[style.colour] if dark else style.colour
        assert theme.contrast(colour, surface["paper"]) >= 3, role


def test_a_meter_has_the_hue_of_its_role():
    css = palette.PAGE.read_text(encoding="utf-8")
    for role, style in theme.ROLE.items():
        assert f'.kd-gauge[data-role="{role}"] {{ --kd-role: var(--kd-{role}); }}' in css
        assert f"--kd-{role}: {style.colour.lower()};" in css
        assert f"--kd-{role}: {theme.DARK[style.colour].lower()};" in css
