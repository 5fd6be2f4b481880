"""A visitor of the toy page, whose runs go in a thread or without one."""

import time

from kdviz.app.run import Cooperative
from kdviz.app.runner import Runner
from kdviz.app.threaded import Threaded
from tests.support import toy_page
from tests.support.visitor import Visitor

KINDS = [Threaded, Cooperative]


class Trainee(Visitor):
    """A visitor of the toy page, whose runs are of one kind."""

    def __init__(self, kind=Threaded, train=toy_page.train) -> None:
        page = toy_page.page(train)
        self.runner = Runner(page.train, kind)
        super().__init__(page, "", self.runner)

    @property
    def status(self) -> dict:
        """What the page says of the run."""
        return self.texts["run"]

    def until(self, condition, seconds: float = 5.0) -> bool:
        """Let the run work until something is so."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.runner.work(1e-9)  # one value, where that is up to us
            time.sleep(0.001)
        return condition()

    def ended(self) -> bool:
        """Let the run end."""
        return self.until(lambda: self.runner.run.over)
