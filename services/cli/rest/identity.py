"""As whom the API is called: a token, a sign-in, a kept login; in development the demo's operator."""

import ipaddress
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from services.cli.failures import ExitCode, Failure
from services.cli.rest.client import Api
from services.cli.rest.kept_tokens import KeptTokens
from services.cli.settings import Settings

DEMO_EMAIL, DEMO_PASSWORD = "oper@demo.test", "prosa-demo"


def sign_in(api: Api, email: str, password: str) -> dict[str, Any]:
    """The answer to a login. Raises a Failure."""
    try:
        login: dict[str, Any] = api.post("/api/auth/login", {"email": email, "password": password})
    except Failure as failure:
        if failure.code == ExitCode.NOT_ALLOWED:
            failure.next_step = "Check the address and the password."
        raise
    return login


def token_for(api: Api, settings: Settings, kept: KeptTokens, now: datetime, tell: Callable[[str], None]) -> str:
    """The token to call the API with, by the first way that is configured. Raises a Failure where there is none."""
    given = settings.prosa_token.get_secret_value()
    if given:
        return given
    password = settings.prosa_password.get_secret_value()
    if settings.prosa_email and password:
        return str(sign_in(api, settings.prosa_email, password)["token"])
    if (token := kept.find(api.address, now)) is not None:
        return token
    if settings.prosa_env == "development" and is_loopback(api.address):
        return _demo_token(api, tell)
    raise Failure(
        ExitCode.NOT_ALLOWED,
        f"You are not signed in to {api.address}.",
        "Use `prosa login`, or set PROSA_TOKEN, or PROSA_EMAIL and PROSA_PASSWORD.",
        name="not_signed_in",
    )


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own. A name counts only where it is localhost: others may lead anywhere."""
    host = urlsplit(address).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _demo_token(api: Api, tell: Callable[[str], None]) -> str:
    try:
        token = str(sign_in(api, DEMO_EMAIL, DEMO_PASSWORD)["token"])
    except Failure as failure:
        if failure.code != ExitCode.NOT_ALLOWED:
            raise
        raise Failure(
            ExitCode.NOT_ALLOWED, f"You are not signed in to {api.address}.", "Use `prosa login`.", name="not_signed_in"
        ) from None
    tell(f"(development: signed in as {DEMO_EMAIL}; `prosa login` for somebody else)")
    return token
