"""The log: no secret in it, and nothing that visitors send can fill it."""

from __future__ import annotations

import logging
import socket
from urllib.parse import quote, urlsplit

import pytest

from kdviz.serve.logs import KINDS, Discreet, Sparing
from tests.support.serving import MARK, end_all, folder, local_server

TOKEN = "a+/=&#% secret"
KERNEL = "00000000-0000-0000-0000-000000000000"
HOST = "Host: localhost"
FORM = "Content-Type: multipart/form-data; boundary=x"
LINE = "Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
LINE += "|Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org"
CHANNEL = f"GET /api/kernels/{KERNEL}/channels HTTP/1.1|{HOST}|{LINE}"
TYPED = (
    f"Content-Type: application/x-www-form-urlencoded|Content-Length: {9 + len(quote(TOKEN))}||password={quote(TOKEN)}"
)
MALFORMED = {  # lines of a request, the empty one at the end of its head included
    "a multipart body that is none": f"POST /login HTTP/1.1|{HOST}|{FORM}|Content-Length: 4||junk",
    "another, to a page that is not there": f"POST /nothing HTTP/1.1|{HOST}|{FORM}|Content-Length: 4||junk",
    "another, to a kernel": f"POST /voila/api/shutdown/{KERNEL} HTTP/1.1|{HOST}|{FORM}|Content-Length: 4||junk",
    "one without a boundary": f"POST /login HTTP/1.1|{HOST}|Content-Type: multipart/form-data|Content-Length: 4||junk",
    "a packed body": f"POST /login HTTP/1.1|{HOST}|Content-Encoding: gzip|Content-Length: 4||junk",
    "a length in letters": f"POST /login HTTP/1.1|{HOST}|Content-Length: abc||",
    "a negative length": f"POST /login HTTP/1.1|{HOST}|Content-Length: -5||",
    "an endless length": f"POST /login HTTP/1.1|{HOST}|Content-Length: 99999999999||",
    "two lengths": f"POST /login HTTP/1.1|{HOST}|Content-Length: 3|Content-Length: 4||abcd",
    "a piece without a size": f"POST /login HTTP/1.1|{HOST}|Transfer-Encoding: chunked||zz|abc|",
    "a piece that is too long": f"POST /login HTTP/1.1|{HOST}|Transfer-Encoding: chunked||fffffffffff|",
    "another transfer": f"POST /login HTTP/1.1|{HOST}|Transfer-Encoding: nonsense||",
    "a body in bytes that are no text": f"POST /login HTTP/1.1|{HOST}|Content-Type: application/x-www-form-urlencoded"
    "|Content-Length: 12||password=%ff",
    "a path that is no text": f"GET /voila/render/%ff%fe.ipynb HTTP/1.1|{HOST}||",
    "a file with a zero byte": f"GET /voila/templates/kdviz/static/a%00b HTTP/1.1|{HOST}||",
    "a file with a long name": f"GET /voila/static/{'x' * 5000} HTTP/1.1|{HOST}||",
    "cookies that are none": f'GET / HTTP/1.1|{HOST}|Cookie: \xff=\x80; kdviz-ticket="\\777; username-localhost=2||',
    "an unknown method": f"BREW / HTTP/1.1|{HOST}||",
    "no method": "nonsense||",
    "a broken host": "GET /nothing HTTP/1.1|Host: [::1||",
    "a broken origin": f"POST /voila/api/shutdown/{KERNEL} HTTP/1.1|{HOST}|Origin: http://[|Content-Length: 0||",
    "a broken origin of a line": f"{CHANNEL}|Origin: http://[||",
    "a broken page to go on to": f"POST /login?next=http://[ HTTP/1.1|{HOST}|{TYPED}",
    "a broken page in the way": f"GET //[evil/ HTTP/1.1|{HOST}||",
}


def send(url: str, text: str) -> bytes:
    """Send lines as they are; returns the first line of the answer."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname, at.port), timeout=10) as line:
        line.sendall(text.replace("|", "\r\n").encode("latin-1"))
        return line.recv(4096).partition(b"\r\n")[0]


@pytest.fixture(scope="module", params=["with a token", "without"])
def here(request, tmp_path_factory):
    """Run a server whose log can be read."""
    place = tmp_path_factory.mktemp("pages")
    token = TOKEN if request.param == "with a token" else ""
    with (place / "log").open("w+") as log, local_server(folder(place), log=log, token=token) as running:
        running.log = lambda: (place / "log").read_text(encoding="utf-8")
        yield running


@pytest.mark.parametrize("request_of", MALFORMED.values(), ids=MALFORMED)
def test_a_request_that_cannot_be_read_is_refused_in_one_short_line_at_most(here, request_of):
    before = len(here.log())
    for _ in range(3):
        status = send(here.url, request_of)
        assert status == b"" or 300 <= int(status.split()[1]) < 500, status
    text = here.log()[before:]
    assert "Traceback" not in text and " 500 " not in text
    assert text.count("\n") <= 2  # a host that is refused says why too
    assert all(len(line) < 200 for line in text.splitlines())
    assert here.get("/healthz")[0] == 200


def test_many_different_wrong_addresses_fill_no_log(here):
    before = here.log().count("\n")
    for number in range(60):
        here.get(f"/nothing-{'abcdefghij'[number % 10]}{'x' * number}")
    assert here.log().count("\n") - before <= KINDS


@pytest.mark.parametrize("verbose", [False, True])
def test_no_token_gets_into_the_log_right_or_wrong(tmp_path, verbose):
    right, wrong = quote(TOKEN, safe=""), "wrong-wrong"
    log = (tmp_path / "log").open("w+")
    with log, local_server(folder(tmp_path), log=log, token=TOKEN, verbose=verbose) as locked:
        answers = [
            locked.get(f"/login?next=%2Fvoila%3Ftoken%3D{token}&token={token}", Referer=f"http://x/?token={token}")
            for token in (right, wrong)
        ]
        answers += [locked.get(f"/nothing?token={token}") for token in (right, wrong)]
        answers += [
            locked.get(f"{path}?token={right}")
            for path in ("/", "/voila/render/nothing.ipynb", "/voila/static/x", "/metrics", "/voila/queue/x")
        ]
        answers += [locked.get("/metrics", Authorization=f"token {token}") for token in (TOKEN, wrong)]
        send(locked.url, f"POST /login?token={wrong} HTTP/1.1|{HOST}|{FORM}|Content-Length: 4||junk")
        assert send(locked.url, f"POST /login?next=/x%3Ftoken={right} HTTP/1.1|{HOST}|{TYPED}").split()[1] == b"302"
        status, _, headers = locked.get(f"/?token={right}")
        assert (status, headers["location"]) == (302, f"/voila/render/index.ipynb?token={right.replace('%20', '+')}")
        headers = locked.get(f"/voila/render/plain.ipynb?token={right}")[2]
        cookie = next(part for part in headers["set-cookie"].split("; ") if part.startswith("username-"))
        page = locked.open(Cookie=cookie)[1]
        assert MARK in page
        end_all(locked, page)
        log.seek(0)
        text = log.read()
    assert "secret" not in text and wrong not in text
    assert "/nothing" in text
    assert max(status for status, _, _ in answers) < 500


def test_a_line_comes_once_a_minute_whatever_its_numbers_and_few_of_one_place():
    now = [0.0]
    sparing, seen = Sparing(clock=lambda: now[0]), []

    def say(text: str, line: int = 1, level: int = logging.WARNING) -> None:
        record = logging.LogRecord("kdviz", level, "app.py", line, text, (), None)
        if sparing.filter(record):
            seen.append(text)

    say("404 from 192.0.2.1"), say("404 from 192.0.2.77"), say("500 broke", level=logging.ERROR)
    assert seen == ["404 from 192.0.2.1", "500 broke"]
    for letter in "abcdefghijklm":
        say(letter)
    assert len(seen) == 1 + KINDS
    say("elsewhere", line=2)
    assert seen[-1] == "elsewhere"
    now[0] = 61
    say("404 from 192.0.2.5")
    assert seen[-1] == "404 from 192.0.2.5"
    for _ in range(3):
        say("told with --verbose", level=logging.INFO)
    assert seen[-3:] == ["told with --verbose"] * 3


def test_a_traceback_shows_no_query_either():
    try:
        raise ValueError("http://x/?token=secret and so on")
    except ValueError as error:
        record = logging.LogRecord(
            "x", 40, "x", 1, "broke at %s", ("/a?token=secret",), (ValueError, error, error.__traceback__)
        )
    text = Discreet().format(record)
    assert "Traceback" in text and "and so on" in text and "secret" not in text.replace('secret and so on")', "")
