"""The server's log cannot be filled by asking for the same trouble again and again."""

import logging

from kdviz.serve.quiet import KINDS, Seldom


def test_the_same_trouble_is_said_once_a_minute_with_how_often_it_came():
    now, heard = [0.0], []
    log = logging.Logger("test")
    log.addFilter(Seldom(clock=lambda: now[0]))
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())
    log.addHandler(handler)

    def trouble(name: str) -> None:
        log.warning("no connection from %s", name)

    for i in range(1000):
        trouble(str(i))
        log.info("not a trouble")
    assert heard.count("not a trouble") == 1000
    assert [text for text in heard if "connection" in text] == ["no connection from 0"]
    now[0] = 61
    trouble("x")
    assert heard[-1] == "no connection from x (and 999 more like it)"
    log.warning("another trouble")
    assert heard[-1] == "another trouble"


def test_what_is_remembered_has_an_end():
    seldom = Seldom()
    for i in range(3 * KINDS):
        seldom.filter(logging.LogRecord("n", logging.ERROR, "path", i, "text", (), None))
    assert len(seldom.last) == KINDS
