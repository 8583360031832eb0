"""`prosa login` and `prosa logout`."""

import sys
from typing import Annotated

from cyclopts import App, Parameter

from services.cli.commands.examples import examples
from services.cli.desk import address, kept_tokens, output
from services.cli.failures import usage
from services.cli.options import REMOTE, Remote
from services.cli.rest.client import Api
from services.cli.rest.identity import is_loopback, sign_in
from services.cli.screen.asking import answer, attended, hidden_answer
from services.cli.settings import read_settings

login = App(name="login", help_epilogue=examples("prosa login", "prosa login --email rita@bemestar.test"))
logout = App(name="logout", help_epilogue=examples("prosa logout"))


@login.default
def login_(
    *,
    email: Annotated[str | None, Parameter(help="Whose account; else PROSA_EMAIL, or asked for.")] = None,
    options: Remote = REMOTE,
) -> None:
    """Ask for what is not given, sign in, keep the token."""
    settings, out = read_settings(), output(options)
    where = address(options, settings)
    who = email or settings.prosa_email or (answer("E-mail: ") if attended() else "")
    if not who:
        raise usage("Nobody can be asked for an e-mail address.", "Give --email or PROSA_EMAIL.")
    if where.startswith("http://") and not is_loopback(where):
        out.note(f"Warning: {where} is not encrypted; the password can be read on its way.")
    with Api(where) as api:
        result = sign_in(api, who, _password())
    kept_tokens().keep(where, result)
    known = {"api_url": where, "user": result["user"], "clinic": result["clinic"], "expires_at": result["expires_at"]}
    if out.as_json:
        out.document(known)
    else:
        user, clinic = result["user"], result["clinic"]
        out.line(
            f"Signed in to {where} as {user['name']} ({user['role']}) of {clinic['name']}, until {result['expires_at']}."
        )


@logout.default
def logout_(*, options: Remote = REMOTE) -> None:
    """Forget the token."""
    out = output(options)
    where = address(options, read_settings())
    known = kept_tokens().forget(where)
    if out.as_json:
        out.document({"api_url": where, "forgotten": known})
    else:
        out.line(f"Signed out of {where}." if known else f"You were not signed in to {where}.")


def _password() -> str:
    password = hidden_answer("Password: ") if attended() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise usage("There is no password.", "Type it, or pass it on stdin.")
    return password
