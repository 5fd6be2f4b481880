"""On Binder the same pages come from Voila inside a Jupyter server, with the settings of `voila.json` and `binder/`."""

from __future__ import annotations

import html
import json
import re

import pytest

from tests.support.serving import ROOT, TOKEN, LocalServer, folder, kernel_of, local_server
from tests.support.serving import binder as jupyter_server

SETTINGS = json.loads((ROOT / "binder" / "jupyter_server_config.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def binder():
    """Run one server for this file."""
    with jupyter_server() as here:
        yield here


def ask(here: LocalServer, path: str) -> tuple[int, str, dict]:
    """Ask as the owner of the server."""
    return here.get(path, Authorization=f"token {TOKEN}")


def test_the_server_starts_on_the_index_of_the_dashboards(binder):
    status, _, headers = ask(binder, "/")
    assert (status, headers["location"].rstrip("?")) == (302, SETTINGS["ServerApp"]["default_url"])


def test_a_dashboard_comes_in_our_template_with_its_banner_and_the_overrides_closed(binder):
    attack = '"><script>window.PWN=1</script>'.replace('"', "%22").replace("<", "%3C").replace(">", "%3E")
    status, page, _ = ask(binder, f"/voila/render/dashboards/02_gradient_gap.ipynb?T=20&theme={attack}&template=nope")
    assert status == 200
    assert "window.PWN" not in page
    assert "static/banner.js" in page
    kernel = kernel_of(page)
    assert "kdvizServer" not in page  # so the banner asks here:
    assert ask(binder, f"/api/kernels/{kernel}")[0] == 200
    assert ask(binder, "/api/kernels/00000000-0000-0000-0000-000000000000")[0] == 404


def test_a_dashboard_says_what_it_may_load_and_jupyterlab_beside_it_is_untouched(binder, tmp_path):
    page = ask(binder, "/voila/render/dashboards/index.ipynb")[1]
    head = page[: page.index("<script")]  # before anything is loaded
    policy = html.unescape(re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)[1])
    assert '<meta name="referrer" content="same-origin">' in head
    with local_server(folder(tmp_path)) as ours:
        headers = ours.get("/healthz")[2]
        assert headers["content-security-policy"] == f"{policy}; frame-ancestors 'self'"
        assert headers["referrer-policy"] == "same-origin"
    status, lab, headers = ask(binder, "/lab")
    assert (status, "Content-Security-Policy" in lab, "script-src" in headers["content-security-policy"]) == (
        200,
        False,
        False,
    )


def test_idle_kernels_end_after_ten_minutes_even_with_the_page_open():
    assert SETTINGS["MappingKernelManager"] == {"cull_idle_timeout": 600, "cull_interval": 60, "cull_connected": True}


def test_post_build_puts_the_settings_where_the_server_looks():
    script = (ROOT / "binder" / "postBuild").read_text(encoding="utf-8")
    assert re.search(
        r"binder/jupyter_server_config.json .*NB_PYTHON_PREFIX\}/etc/jupyter/jupyter_server_config", script
    )
