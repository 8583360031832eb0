"""Users in the database."""

from services.cli.administration.clinics import check_name, clinic_named
from services.cli.administration.database import Connection, Row, enter_clinic, every, note_in_audit, tell
from services.cli.failures import ExitCode, Failure, usage
from shared.auth.addresses import is_email
from shared.auth.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_password, may_be_password
from shared.events.sessions import RevocationReason, session_changed, session_revoked

ROLES = ("agent", "supervisor", "operator", "admin")


def all_users(connection: Connection) -> list[Row]:
    """Every clinic's people; services are made with their tokens."""
    return every(
        connection,
        "prosa_login",
        "SELECT id, clinic_id, email, name, role, active, created_at FROM users WHERE kind = 'person' ORDER BY clinic_id, id",
    )


def user_named(connection: Connection, email: str) -> Row:
    """The user with this address; the transaction is narrowed to their clinic. Raises a Failure."""
    found = _find(connection, email)
    if found is None:
        raise Failure(ExitCode.NOT_FOUND, f"There is no user {email!r}.", "`prosa users list` shows who there is.")
    enter_clinic(connection, found["clinic_id"])
    return found


def create_user(connection: Connection, email: str, name: str, role: str, clinic: str, password: str) -> Row:
    """A new user. Raises a Failure: usage for bad values, conflict where the address is taken in any clinic."""
    check_email(email)
    check_name(name)
    check_password(password)
    taken = _find(connection, email)
    if taken is not None:
        raise _taken(taken)
    clinic_id = clinic_named(connection, clinic)["id"]
    inserted = connection.execute(
        "INSERT INTO users (clinic_id, email, name, role, password_hash) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING id, clinic_id, email, name, role, active, created_at",
        [clinic_id, email, name, role, hash_password(password)],
    ).fetchone()
    if inserted is None:
        raise Failure(ExitCode.CONFLICT, f"{email!r} was created by somebody else just now.", name="exists")
    note_in_audit(connection, clinic_id, "user.created", ("user", inserted["id"]), role=role)
    return inserted


def set_active(connection: Connection, email: str, *, active: bool) -> Row:
    """Let somebody sign in, or not any more: then their sessions end. Raises a conflict where that is so already."""
    user = user_named(connection, email)
    if user["active"] == active:
        state = "active" if active else "deactivated"
        raise Failure(ExitCode.CONFLICT, f"{user['email']} is {state} already.", name="already")
    connection.execute(
        "UPDATE users SET active = %s WHERE id = %s AND clinic_id = %s", [active, user["id"], user["clinic_id"]]
    )
    action = "user.activated" if active else "user.deactivated"
    note_in_audit(connection, user["clinic_id"], action, ("user", user["id"]))
    if not active:
        _end_sessions(connection, user, "deactivated")
    return {**user, "active": active}


def set_role(connection: Connection, email: str, role: str) -> Row:
    """Let somebody do other things, from their next request on. Raises a conflict where that is their role already."""
    user = user_named(connection, email)
    if user["role"] == role:
        raise Failure(ExitCode.CONFLICT, f"{user['email']} is {role} already.", name="already")
    [changed] = connection.execute(
        "UPDATE users SET role = %s WHERE id = %s AND clinic_id = %s RETURNING clock_timestamp() AS now",
        [role, user["id"], user["clinic_id"]],
    ).fetchall()
    note_in_audit(connection, user["clinic_id"], "user.role_changed", ("user", user["id"]), role=role, was=user["role"])
    tell(connection, user["clinic_id"], session_changed(user["id"], role, changed["now"]))
    return {**user, "role": role}


def sign_out(connection: Connection, email: str) -> Row:
    """End somebody's sessions everywhere. They may sign in again."""
    user = user_named(connection, email)
    note_in_audit(connection, user["clinic_id"], "user.signed_out", ("user", user["id"]))
    _end_sessions(connection, user, "signed_out_everywhere")
    return user


def set_password(connection: Connection, email: str, password: str) -> Row:
    """Another password for somebody, which ends the sessions that the old one began."""
    check_password(password)
    user = user_named(connection, email)
    connection.execute(
        "UPDATE users SET password_hash = %s WHERE id = %s AND clinic_id = %s",
        [hash_password(password), user["id"], user["clinic_id"]],
    )
    note_in_audit(connection, user["clinic_id"], "user.password_changed", ("user", user["id"]))
    _end_sessions(connection, user, "password_changed")
    return user


def check_email(email: str) -> None:
    """Raise unless it looks like an address."""
    if not is_email(email):
        raise usage(f"{email!r} is no e-mail address.", "It looks like rita@bemestar.test.")


def check_password(password: str) -> None:
    """Raise unless it is long enough and the API takes it. Never shows it."""
    if not may_be_password(password):
        raise usage(
            f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} printable characters.",
            "--generate makes one.",
        )


def _end_sessions(connection: Connection, user: Row, reason: RevocationReason) -> None:
    """Let no session count that began before the next second: tokens tell time in seconds. Gateways end its sockets."""
    [ended] = connection.execute(
        "UPDATE users SET sessions_valid_from = date_trunc('second', clock_timestamp()) + interval '1 second'"
        " WHERE id = %s AND clinic_id = %s RETURNING sessions_valid_from, clock_timestamp() AS now",
        [user["id"], user["clinic_id"]],
    ).fetchall()
    tell(
        connection,
        user["clinic_id"],
        session_revoked(user["id"], reason, ended["sessions_valid_from"], ended["now"]),
    )


def _find(connection: Connection, email: str) -> Row | None:
    wanted = email.lower()
    return next((user for user in all_users(connection) if user["email"].lower() == wanted), None)


def _taken(user: Row) -> Failure:
    state = "active" if user["active"] else "deactivated"
    shown = {"id": str(user["id"]), "clinic_id": str(user["clinic_id"]), "email": user["email"], "role": user["role"]}
    return Failure(
        ExitCode.CONFLICT,
        f"The address {user['email']!r} is taken already: id {user['id']}, {user['name']}, {user['role']} of clinic "
        f"{user['clinic_id']}, {state}.",
        name="exists",
        known={"existing": {**shown, "active": user["active"]}},
    )
