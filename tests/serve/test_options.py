"""What the command line of `kdviz serve` means."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from kdviz.serve import address, options
from kdviz.serve.options import Settings
from kdviz.serve.sessions import LONGEST_SOCKET, SOCKET, socket_folder


def parsed(*words: str) -> Settings:
    """Return the settings of a command line."""
    parser = argparse.ArgumentParser()
    options.add_to(parser)
    return options.settings(parser.parse_args(["--port", "0", *words]))


def test_at_a_desk_only_this_machine_gets_in_and_nobody_is_asked():
    found = parsed()
    assert (found.host, found.token, found.fork, found.lab) == ("127.0.0.1", "", sys.platform == "linux", False)
    assert 2 <= found.max_sessions <= 60
    assert found.max_starting >= 2
    assert found.port > 0


def test_a_class_gets_in_by_a_token_that_is_new_every_time():
    first, second = parsed("--lab"), parsed("--lab")
    assert first.host == "0.0.0.0"
    assert len(first.token) >= 20
    assert first.token != second.token


@pytest.mark.parametrize(
    ("words", "token"),
    [
        (["--lab", "--no-token"], ""),
        (["--lab", "--token", "my-own-token"], "my-own-token"),
        (["--token", "my-own-token"], "my-own-token"),
        (["--no-token"], ""),
    ],
)
def test_a_token_can_be_given_or_left_out(words, token):
    assert parsed(*words).token == token


def test_the_option_without_a_text_makes_a_token():
    assert len(parsed("--token").token) >= 20


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--token", "--no-token"], "exclude each other"),
        (["--token", "short"], "can be guessed"),
        (["--token", "open-sesame "], "a form cannot send"),
        (["--token", "open\tsesame"], "a form cannot send"),
        *(([f"--max-sessions={wrong}"], "--max-sessions must be between 1 and 1000") for wrong in (0, -1, 10**9)),
        *(([f"--max-starting={wrong}"], "--max-starting must be between 1 and 1000") for wrong in (0, -1, 10**9)),
        *(
            ([f"--memory-per-session={wrong}"], "must be between 256 and .* no limit")
            for wrong in (-1, 60, 255, 10**12)
        ),
        *(([f"--port={wrong}"], "--port must be between 0 and 65535") for wrong in (-1, 65536, 99999)),
        (["--host", "192.0.2.99"], "cannot listen on --host 192.0.2.99 .*; leave it out for 127.0.0.1"),
        (["--host", "no.such.host.invalid"], "--host no.such.host.invalid is no address of this machine"),
        (["--host", "a..b"], "--host a..b is no address of this machine"),
        (["--host", "http://127.0.0.1"], "takes no scheme, port or path, --port does"),
        (["--host", "127.0.0.1:80"], "takes no scheme, port or path, --port does"),
        (["--name", ""], "--name '' is no name of a host; give it as in the address bar"),
        (["--name", "*.example"], "is no name of a host"),
        (["--name", "straße.example"], "is no name of a host"),
        (["--name", "a b"], "is no name of a host"),
        (["--name", "a.example:x"], "is no name of a host"),
        (["--name", "192.0.2.7"], "is an address, not a name; .* --host 192.0.2.7"),
        (["--name", "[2001:db8::1]:80"], "is an address, not a name; .* --host 2001:db8::1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line_with_the_cure(words, found):
    with pytest.raises(SystemExit, match=found) as refusal:
        parsed(*words)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("option", ["--max-sessions", "--max-starting", "--memory-per-session", "--port"])
@pytest.mark.parametrize("word", ["nan", "inf", "1.5", "1e3", "", "ten"])
def test_what_is_no_whole_number_is_refused(option, word, capsys):
    with pytest.raises(SystemExit):
        parsed(f"{option}={word}")
    assert f"argument {option}: invalid int value: '{word}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "written",
    ["lecture.example", "Lecture.EXAMPLE", "lecture.example.", "lecture.example:8866", "https://Lecture.example/x"],
)
def test_a_name_is_known_in_whatever_form_it_is_given_or_asked_for(written):
    (name,) = parsed("--name", written).names
    assert name == "lecture.example"
    assert "LECTURE.example." in address.Names([name])
    assert parsed("--name", "bücher.example").names == ("xn--bcher-kva.example",)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "::1", "[::1]", "127.0.0.1"])
def test_a_host_may_be_written_as_in_an_address(host):
    found = parsed("--host", host)
    assert address.is_loopback(found.host)
    assert found.port > 0


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one loopback address")
def test_a_port_that_is_taken_on_one_address_of_a_host_is_taken(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 0)) for place in ("127.0.0.1", "127.0.0.2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with socket.socket() as holder:
        holder.bind(("127.0.0.2", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(address.Unusable, match=f"port {port} is in use; .* take --port") as refusal:
            address.listenable("localhost", port)
    offered = int(str(refusal.value).rsplit(" ", 1)[1])
    assert address.listenable("localhost", offered) == ("localhost", offered)


@pytest.mark.parametrize("token", ["a+/=&#% b", "näme-with-ü", "?next=/x#y", "100%41-or-so"])
def test_a_token_arrives_as_it_was_given_whatever_is_in_it(token):
    link = address.of("127.0.0.1", 80, "/", token)
    assert parse_qs(urlsplit(link).query) == {"token": [token]}
    assert link.isascii() and " " not in link


def test_other_options_are_taken_as_they_are():
    found = parsed("--lab", "--no-fork", "--host", "127.0.0.1", "--memory-per-session", "0", "--name", "a.example")
    assert (found.fork, found.host, found.memory_per_session, found.names) == (False, "127.0.0.1", 0, ("a.example",))


def test_the_picture_of_an_address_is_a_square_of_blocks():
    lines = address.picture("http://192.0.2.7:8866/?token=abcdefghijklmnopqrstuv").splitlines()
    assert 15 <= len(lines) <= 30
    assert len({len(line) for line in lines}) == 1


def test_the_address_that_is_printed_can_be_opened_from_elsewhere():
    assert address.of("0.0.0.0", 80, "/").startswith("http://")
    assert "0.0.0.0" not in address.of("0.0.0.0", 80, "/")


@pytest.mark.skipif(os.name != "posix", reason="needs unix sockets")
def test_kernels_listen_in_a_folder_with_short_names_or_else_on_ports(monkeypatch, tmp_path):
    assert len(f"{socket_folder()}/voila_01234567/{SOCKET}") <= LONGEST_SOCKET
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(deep))
    assert socket_folder() == "/tmp"
    monkeypatch.setattr("os.access", lambda *_: False)
    assert socket_folder() is None


def test_the_help_comes_without_loading_voila():
    code = "import sys; sys.argv = ['kdviz', 'serve', '--help']; from kdviz.__main__ import main\ntry: main()\n"
    code += "except SystemExit: sys.exit('voila' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for option in ("--lab", "--max-sessions", "--memory-per-session", "--no-token", "--no-fork", "--name"):
        assert option in done.stdout
        assert option in (Path(__file__).parents[2] / "docs/deploying.md").read_text(encoding="utf-8")
