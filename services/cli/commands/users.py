"""`prosa users …`."""

import sys
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from services.cli.administration.clinics import clinic_named
from services.cli.administration.database import administered
from services.cli.administration.users import (
    all_users,
    check_email,
    check_password,
    create_user,
    set_active,
    set_password,
    set_role,
    sign_out,
)
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.failures import usage
from services.cli.options import LOCAL, Shared
from services.cli.screen.asking import attended, hidden_answer
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.settings import named_variable
from shared.auth.passwords import new_password

PASSWORD_VARIABLE = "PROSA_NEW_PASSWORD"  # noqa: S105 - the variable's name

Email = Annotated[str, Parameter(name="EMAIL")]
Role = Literal["agent", "supervisor", "operator", "admin"]
Generate = Annotated[bool, Parameter(help="Make a password and show it once.")]

users = App(name="users")


@users.command(name="list", help_epilogue=examples("prosa users list", "prosa users list --clinic demo --json"))
def list_(
    *, clinic: Annotated[str | None, Parameter(help="Of one clinic, by slug or id.")] = None, options: Shared = LOCAL
) -> None:
    """List users, of all clinics or one."""
    out = output(options)
    with administered() as connection:
        of = clinic_named(connection, clinic)["id"] if clinic else None
        found = [user_object(row) for row in all_users(connection) if of in (None, row["clinic_id"])]
    if out.as_json:
        out.document({"users": found})
    elif found:
        _show(out, found)
    else:
        out.line("No users yet: prosa users create EMAIL --clinic SLUG --name NAME --role agent")


@users.command(
    help_epilogue=examples(
        "# It asks for the password:",
        "prosa users create rita@bem.test --clinic bem-estar --name Rita --role agent",
        "# It makes one and shows it once:",
        "prosa users create rui@bem.test --clinic bem-estar --name Rui --role agent \\\n    --generate",
    )
)
def create(
    email: Email,
    /,
    *,
    clinic: Annotated[str, Parameter(help="Their clinic, by slug or id.")],
    name: Annotated[str, Parameter(help="As colleagues see it.")],
    role: Annotated[Role, Parameter(help="What they may do.")],
    generate: Generate = False,
    options: Shared = LOCAL,
) -> None:
    """Create a user. The password is asked for, or read from stdin or PROSA_NEW_PASSWORD; it is never an argument."""
    out = output(options)
    check_email(email)
    password = _password(generate=generate)
    with administered() as connection:
        user = user_object(create_user(connection, email, name, role, clinic, password))
    _tell(out, user, f"{email} can sign in as {role}.", password if generate else None)


@users.command(help_epilogue=examples("prosa users deactivate rita@bemestar.test"))
def deactivate(email: Email, /, *, options: Shared = LOCAL) -> None:
    """Let somebody sign in no more. Their sessions end at once, on every device."""
    _set_active(email, options, active=False)


@users.command(help_epilogue=examples("prosa users activate rita@bemestar.test"))
def activate(email: Email, /, *, options: Shared = LOCAL) -> None:
    """Let somebody sign in again."""
    _set_active(email, options, active=True)


@users.command(help_epilogue=examples("prosa users password rita@bemestar.test --generate"))
def password(email: Email, /, *, generate: Generate = False, options: Shared = LOCAL) -> None:
    """Give somebody another password, and end their sessions. It is asked for, or read from stdin or PROSA_NEW_PASSWORD."""
    out = output(options)
    chosen = _password(generate=generate)
    with administered() as connection:
        user = user_object(set_password(connection, email, chosen))
    _tell(out, user, f"{email} has another password.", chosen if generate else None)


@users.command(help_epilogue=examples("prosa users role rita@bemestar.test --role supervisor"))
def role(
    email: Email, /, *, role: Annotated[Role, Parameter(help="What they may do.")], options: Shared = LOCAL
) -> None:
    """Let somebody do other things. It holds from their next request on; they stay signed in."""
    out = output(options)
    with administered() as connection:
        user = user_object(set_role(connection, email, role))
    _tell(out, user, f"{email} is {role} now.", None)


@users.command(name="sign-out", help_epilogue=examples("prosa users sign-out rita@bemestar.test"))
def sign_out_(email: Email, /, *, options: Shared = LOCAL) -> None:
    """End somebody's sessions, on every device. They may sign in again."""
    out = output(options)
    with administered() as connection:
        user = user_object(sign_out(connection, email))
    _tell(out, user, f"{email} is signed out everywhere.", None)


def user_object(row: dict[str, Any]) -> dict[str, Any]:
    """A user for programs."""
    kept = {name: row[name] for name in ("email", "name", "role", "active")}
    ids = {"id": str(row["id"]), "clinic_id": str(row["clinic_id"])}
    return {**ids, **kept, "created_at": row["created_at"].isoformat()}


def _set_active(email: str, options: Shared, *, active: bool) -> None:
    out = output(options)
    with administered() as connection:
        user = user_object(set_active(connection, email, active=active))
    _tell(out, user, f"{email} can sign in again." if active else f"{email} cannot sign in any more.", None)


def _tell(out: Output, user: dict[str, Any], line: str, generated: str | None) -> None:
    if out.as_json:
        out.document({"user": user, **({"password": generated} if generated else {})})
        return
    out.line(line)
    if generated:
        out.facts([("password", f"{generated}   (shown once)")])


def _password(*, generate: bool) -> str:
    chosen = new_password() if generate else named_variable(PASSWORD_VARIABLE) or _typed_or_piped()
    check_password(chosen)
    return chosen


def _typed_or_piped() -> str:
    if not attended():
        return sys.stdin.readline().rstrip("\r\n")
    chosen = hidden_answer("New password: ")
    if hidden_answer("Once more: ") != chosen:
        raise usage("The two are not the same.", "Nothing was changed.")
    return chosen


def _show(out: Output, found: list[dict[str, Any]]) -> None:
    columns = (
        Column("ID"),
        Column("EMAIL"),
        Column("NAME", flexible=True),
        Column("ROLE"),
        Column("CLINIC", drop=1),
        Column("ACTIVE", drop=2),
    )
    rows = [
        [user["id"], user["email"], user["name"], user["role"], user["clinic_id"], "yes" if user["active"] else "no"]
        for user in found
    ]
    out.table(columns, rows)
