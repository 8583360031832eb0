"""Signing in, going on, signing out."""

import math
import time
from datetime import timedelta

from aiohttp import web

from services.api.answers import json_answer
from services.api.client_address import client_address
from services.api.identity import TokenTerms, go_on, sign_in, sign_out, who_is
from services.api.login_limit import LoginLimit
from services.api.metrics import LOGINS
from services.api.models.people import LoginBody
from services.api.parsing import parse_body
from services.api.problems import too_many, unauthorized
from services.api.resources import CLAIMS, RESOURCES
from services.api.settings import Settings


async def login(request: web.Request) -> web.Response:
    """Exchange an e-mail address and password for a token."""
    resources = request.app[RESOURCES]
    body = await parse_body(request, LoginBody)
    forwarded_for = request.headers.getall("X-Forwarded-For", [])
    address = client_address(request.remote or "", forwarded_for, resources.settings.trusted_proxies)
    account = body.email.lower()
    _admit(resources.login_limit, address, account)
    try:
        signed_in = await sign_in(
            resources.pool,
            resources.passwords,
            _terms(resources.settings),
            body,
        )
    except BaseException:
        # Not decided, so not held against anybody.
        resources.login_limit.forgive(address, account)
        raise
    if signed_in is None:
        LOGINS.labels("failure").inc()
        raise unauthorized("The e-mail address or the password is wrong.")
    resources.login_limit.forgive(address, account)
    LOGINS.labels("success").inc()
    return json_answer(signed_in)


async def me(request: web.Request) -> web.Response:
    """The user and the clinic the token is for.

    A 401 says that the session is over; the realtime gateway asks it before it lets a client in.
    """
    return json_answer(await who_is(request.app[RESOURCES].pool, request[CLAIMS]))


async def refresh(request: web.Request) -> web.Response:
    """Exchange a valid token for a newer one of the same session.

    Its user is told as they are now. A session may not go on for longer than `PROSA_SESSION_LIFE_SECONDS`.
    """
    resources = request.app[RESOURCES]
    return json_answer(await go_on(resources.pool, request[CLAIMS], _terms(resources.settings)))


async def logout(request: web.Request) -> web.Response:
    """End every session of the token's user, on all devices; their live sockets are closed."""
    resources = request.app[RESOURCES]
    await sign_out(resources.pool, request[CLAIMS])
    resources.waker.wake()
    return web.Response(status=204)


def _admit(limit: LoginLimit, address: str, account: str) -> None:
    wait = limit.admit(address, account, time.monotonic())
    if wait > 0:
        LOGINS.labels("limited").inc()
        raise too_many("Too many attempts to sign in; wait a moment.", math.ceil(wait))


def _terms(settings: Settings) -> TokenTerms:
    return TokenTerms(
        settings.prosa_jwt_secret.get_secret_value(),
        timedelta(seconds=settings.prosa_token_life_seconds),
        timedelta(seconds=settings.prosa_session_life_seconds),
    )
