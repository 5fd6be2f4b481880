"""What a visitor can reach, and what not: files, lists, other hosts, markup in addresses."""

from __future__ import annotations

import gzip
import hashlib
import re
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

from kdviz.serve.pages import LONGEST_QUERY
from tests.support.serving import MARK, ROOT, end_all, folder, local_server

TOKEN = "open-sesame-1234"
NOT_THERE = [
    "/voila/render/nothing.ipynb", "/voila/render/solution.py", "/voila/render/.hidden.ipynb",
    "/voila/render/below/inner.ipynb", "/voila/render/../outside.ipynb", "/voila/render/..%2foutside.ipynb",
    "/voila/render/%2e%2e/outside.ipynb", "/voila/render/..%5coutside.ipynb", "/voila/render//etc/passwd",
    "/voila/render/%2fetc%2fpasswd", "/voila/render/plain.ipynb%00", "/voila/render/plain.ipynb/", "/voila/render/",
    "/voila/render/below", "/voila/render/.", "/voila/render/%2e%2e",
    "/voila/files/plain.ipynb", "/voila/files/solution.py", "/voila/files/notes.txt", "/voila/files/.env",
    "/voila/files/picture.png", "/voila/files/..%2foutside.ipynb", "/voila/files/", "/files/plain.ipynb",
    "/voila/api/contents", "/voila/api/contents/", "/voila/api/contents/plain.ipynb", "/voila/api/contents/below",
    "/api/contents", "/api/kernels", "/api/sessions", "/api/terminals", "/api/status", "/terminals/new", "/lab",
    "/tree",     "/notebooks/plain.ipynb",
    "/voila/execution/00000000-0000-0000-0000-000000000000", "/nbextensions/x.js",
    "/voila/query/00000000-0000-0000-0000-000000000000", "/plain.ipynb", "/voila.json",
    "/.git/config", "/%2e%2e/voila.json",
]  # fmt: skip
STATIC = ["/voila/static", "/voila/templates/kdviz/static", "/voila/templates/lab/static", "/voila/labextensions",
          "/voila/api/themes", "/voila/labextensions/kdviz/static"]  # fmt: skip
WAYS_OUT = ["../" * 12 + "etc/passwd", "..%2f" * 12 + "etc%2fpasswd", "%2e%2e/" * 12 + "etc/passwd", "/etc/passwd",
            "....//" * 12 + "etc/passwd", "..%5c" * 12 + "etc%5cpasswd", "%00", "../conf.json",
            "../index.html.j2"]  # fmt: skip
ATTACKS = [
    '"><script>window.PWN=1</script>',
    "<img src=x onerror=window.PWN=1>",
    "</script><script>window.PWN=1</script>",
]


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Run one server for this file."""
    with local_server(folder(tmp_path_factory.mktemp("pages")), max_sessions=40, names=["lecture.example"]) as running:
        yield running


@pytest.mark.parametrize("path", NOT_THERE)
def test_only_dashboards_are_reachable(here, path):
    status, text, _ = here.get(path)
    assert status in (400, 404), text
    assert "secret" not in text
    assert "Traceback" not in text
    assert not here.health()["sessions"]


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("static", STATIC)
def test_static_folders_have_no_way_out(here, static, way):
    status, text, _ = here.get(f"{static}/{way}")
    assert status >= 400
    assert "root:" not in text
    assert "base_template" not in text
    assert "extends" not in text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_only_get_opens_a_page(here, method):
    assert here.open(method=method)[0] in (400, 403, 404, 405)
    assert not here.health()["sessions"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("/", 302), ("/healthz", 200), ("/metrics", 200), ("/voila/render/plain.ipynb", 200)]
    + [(path, 404) for path in ("/voila/render/nothing.ipynb", "/voila/render/.hidden.ipynb", "/nothing")],
)
def test_the_head_of_an_answer_can_be_had_by_itself_and_starts_nothing(here, path, wanted):
    status, text, headers = here.get(path, method="HEAD")
    assert (status, text) == (wanted, "")
    assert path == "/" or headers["content-security-policy"].startswith("default-src 'self'")
    assert not here.health()["sessions"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_an_address_or_a_header_comes_back_as_markup(here, attack):
    keys = ["theme", "template", "T", "classic-tree", "progressive_rendering", "token", "nonsense", attack]
    query = "&".join(f"{quote(key)}={quote(attack)}" for key in keys)
    answers = [
        here.get(f"/voila/render/plain.ipynb?{query.replace('token', 'tok')}"),
        here.get(f"/voila/render/nothing.ipynb?{query}"),
        here.get(f"/voila/tree?{query}"),
        here.get(f"/login?next={quote(attack)}&message={quote(attack)}"),
        here.get(f"/{quote(attack)}"),
        here.open(Cookie=f"kdviz-visitor={quote(attack)}", Referer=attack, User_Agent=attack, Accept_Language=attack),
    ]
    for _, text, headers in answers:
        assert attack not in text
        assert "window.PWN" not in text or "&lt;" in text
        assert attack not in str(headers)
    end_all(here, *(text for _, text, _ in answers))


@pytest.mark.parametrize(
    "key", ["template=nope", "template=..", "template=base", "theme=dark%22onload=x", "theme=../x"]
)
def test_template_and_theme_of_voila_are_closed(here, key):
    status, text, _ = here.get(f"/voila/render/plain.ipynb?{key}", timeout=20)
    assert status == 200
    assert MARK in text
    assert 'data-jp-theme-name="JupyterLab Light"' in text
    end_all(here, text)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8866", "127.0.0.1.evil.example", "192.0.2.7", "[2001:db8::1]"]
)
def test_another_name_for_this_machine_is_refused_when_only_this_machine_is_served(here, host):
    assert here.open(Host=host)[0] == 403
    assert here.get("/healthz", Host=host)[0] == 403
    assert here.get("/nothing", Host=host)[0] == 403
    assert not here.health()["sessions"]


def test_names_of_this_machine_and_of_its_proxy_are_not_refused(here):
    for host in (
        "localhost",
        "localhost:1",
        "127.0.0.1",
        "[::1]:8866",
        "127.1.2.3",
        "lecture.example",
        "LECTURE.example.",
        "Localhost",
    ):
        assert here.get("/healthz", Host=host)[0] == 200


def test_every_answer_carries_the_policy_and_no_kernel_listens_to_other_pages(here):
    for path in ("/voila/render/plain.ipynb", "/nothing", "/healthz"):
        _, text, headers = here.get(path)
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        end_all(here, text)


def test_long_and_odd_addresses_are_refused_without_a_kernel(here):
    assert here.get("/voila/render/plain.ipynb?" + "x" * (LONGEST_QUERY + 1))[0] == 414
    assert here.get(f"/voila/render/{'x' * 81}.ipynb")[0] == 404
    assert here.get("/voila/render/" + "x" * 5000 + ".ipynb")[0] == 404
    assert not here.health()["sessions"]


def test_the_longest_address_opens_its_page(here):
    status, text, _ = here.get("/voila/render/plain.ipynb?" + "x" * LONGEST_QUERY)
    assert status == 200 and MARK in text
    end_all(here, text)


def test_static_files_are_compressed_once_and_the_same(here):
    path = "/voila/templates/kdviz/static/frame.css"
    status, plain, headers = here.get(path)
    assert (status, headers.get("content-encoding")) == (200, None)
    request = urllib.request.Request(here.url.rstrip("/") + path, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Type"].startswith("text/css")
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(answer.read()).decode() == plain
        etag = answer.headers["Etag"]
    assert here.get(path, Accept_Encoding="gzip", If_None_Match=etag)[0] == 304


def test_with_a_token_nothing_opens_without_it(tmp_path):
    with local_server(folder(tmp_path), token=TOKEN) as locked:
        status, _, headers = locked.open()
        assert (status, headers["location"].split("?")[0]) == (302, "/login")
        assert "token" in locked.get("/login")[1]
        for path in ("/metrics", "/api/kernels/00000000-0000-0000-0000-000000000000", "/voila/queue"):
            assert locked.get(path)[0] in (302, 403), path
        assert locked.get("/voila/session/00000000-0000-0000-0000-000000000000")[0] == 403
        assert locked.get("/voila/api/shutdown/00000000-0000-0000-0000-000000000000", method="POST")[0] == 403
        assert locked.open(Cookie="username-localhost=2|1:0|10:1|4:evil")[0] == 302
        assert locked.get("/voila/render/plain.ipynb?token=wrong-wrong")[0] == 302
        assert locked.get("/healthz")[0] == 200
        assert not locked.health()["sessions"]
        status, _, headers = locked.get(f"/voila/render/plain.ipynb?T=3&token={TOKEN}")
        assert (status, headers["location"]) == (302, "/voila/render/plain.ipynb?T=3")  # no token in copied links
        cookie = next(part for part in headers["set-cookie"].split("; ") if part.startswith("username-"))
        assert MARK in locked.open(Cookie=cookie)[1]
        assert locked.get("/metrics", Authorization=f"token {TOKEN}")[0] == 200


def test_a_wrong_token_waits_and_the_right_one_and_everybody_else_never(tmp_path):
    with local_server(folder(tmp_path), token=TOKEN) as locked, ThreadPoolExecutor(8) as pool:
        began = time.monotonic()
        guesses = [pool.submit(locked.get, f"/voila/render/plain.ipynb?token=wrong-{i}") for i in range(4)]
        guesses += [pool.submit(locked.get, "/metrics", Authorization="token wrong")]
        time.sleep(0.3)
        at = time.monotonic()
        assert locked.get("/healthz")[0] == 200
        assert locked.get("/metrics", Authorization=f"token {TOKEN}")[0] == 200
        assert locked.get("/login")[0] == 200
        assert time.monotonic() - at < 1  # while the guesses wait
        assert [guess.result()[0] for guess in guesses] == [302] * 5
        assert 3 <= time.monotonic() - began < 8


def test_nobody_who_has_the_token_can_set_a_password(tmp_path):
    with local_server(folder(tmp_path), token=TOKEN) as locked:
        body = f"password={TOKEN}&new_password=mine-alone".encode()
        request = urllib.request.Request(f"{locked.url}login?next=/healthz", body)
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        assert locked.get("/metrics", Authorization=f"token {TOKEN}")[0] == 200
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{locked.url}login", b"password=mine-alone")
        assert not (ROOT / "jupyter_server_config.json").exists()


def test_browsers_keep_a_file_for_a_year_where_the_address_names_its_content(here):
    folder = "/voila/labextensions/kdviz/static"
    path = ROOT / "share/jupyter/labextensions/kdviz/static/kdviz.js"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    page = here.open()
    end_all(here, page[1])
    named = re.findall(r'(?:src|href)="(/voila/[^"]+\?v=\w+)"', page[1])
    assert len(named) >= 6
    for address in [*named, f"{folder}/kdviz.js?v={digest}"]:
        for packing in ("gzip", "identity"):
            status, _, headers = here.get(address, Accept_Encoding=packing)
            assert (status, headers["cache-control"]) == (200, "public, max-age=31536000, immutable"), address
            assert "expires" not in headers and not headers["set-cookie"]
    wrong = ("", "?v=", f"?v={digest[:8]}", f"?v={'0' * 16}", f"?v={digest[1:]}", f"?v={digest}0", f"?w={digest}")
    for version in wrong:
        status, _, headers = here.get(f"{folder}/kdviz.js{version}")
        assert (status, headers["cache-control"]) == (200, "no-cache"), version
    status, _, headers = here.get("/voila/templates/kdviz/static/frame.js")
    assert headers["cache-control"] == "no-cache" and headers["etag"]
    assert here.get("/voila/templates/kdviz/static/frame.js", If_None_Match=headers["etag"])[0] == 304
