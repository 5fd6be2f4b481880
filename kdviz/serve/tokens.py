"""Who is let in: whoever has the token, at once; whoever guesses waits longer from guess to guess."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User
from tornado.web import RequestHandler
from voila.voila_identity_provider import VoilaIdentityProvider, VoilaLoginHandler

FIRST, LONGEST = 0.2, 5.0  # s that the first wrong token of an address waits for its answer, and any other at most
FORGIVEN = 300.0  # s after which an address begins anew
ADDRESSES = 1000  # that are remembered; the longest silent are forgotten


class Guesses:
    """How long the answer to a wrong token waits, by the address that sent it.

    >>> guesses = Guesses(clock=lambda: 0.0)
    >>> [guesses.wait("192.0.2.1") for _ in range(6)], guesses.wait("192.0.2.2")
    ([0.2, 0.4, 0.8, 1.6, 3.2, 5.0], 0.2)
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.known: OrderedDict[str, tuple[int, float]] = OrderedDict()  # address -> (wrong tokens, when the last came)

    def wait(self, sender: str) -> float:
        """Note a wrong token and return the seconds until it is answered."""
        count, last = self.known.pop(sender, (0, 0.0))
        count = count + 1 if self.clock() - last < FORGIVEN else 1
        self.known[sender] = count, self.clock()
        while len(self.known) > ADDRESSES:
            self.known.popitem(last=False)
        return min(LONGEST, FIRST * 2.0 ** min(count - 1, 30))


class Doorkeeper(VoilaIdentityProvider):
    """Takes the token from the link, the form or a header; nothing that a visitor sends changes it."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.guesses = Guesses()

    async def get_user(self, handler: RequestHandler) -> User | None:
        """Return the visitor; None, after a while, for a wrong token."""
        user = await self._get_user(handler)
        if user is None and self.auth_enabled and self.get_token(handler):
            await self.slow(handler)
        return user

    async def slow(self, handler: RequestHandler) -> None:
        """Let the sender of a wrong token wait, and nobody else."""
        await asyncio.sleep(self.guesses.wait(handler.request.remote_ip or ""))

    def process_login_form(self, handler: RequestHandler) -> User | None:
        """Return a visitor for the right token in the form."""
        typed = handler.get_argument("password", default="")
        if not self.auth_enabled or hmac.compare_digest(typed.encode(), self.token.encode()):
            return self.generate_anonymous_user(handler)
        return None


class LoginHandler(VoilaLoginHandler):
    """The form that asks for the token."""

    def _redirect_safe(self, url: str, default: str | None = None) -> None:
        try:
            super()._redirect_safe(url, default)
        except ValueError:  # not even an address
            self.redirect(default or self.base_url)

    @allow_unauthenticated
    async def post(self) -> None:
        """Let the right token in, and answer a wrong one after a while."""
        if self.identity_provider.process_login_form(self) is None:
            await self.identity_provider.slow(self)
        super().post()
