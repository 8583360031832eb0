"""Who somebody is: signing in, going on, signing out, and the person behind a token."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from services.api.models.people import LoginBody, clinic_object, user_object
from services.api.passwords import Passwords
from services.api.problems import ProblemError, session_over
from services.api.sessions import session_transaction, speaker_transaction
from services.api.stores.audit import note_audit
from services.api.stores.people import end_sessions, find_login, find_person
from services.api.stores.users import note_sign_in
from services.api.telling import append_outbox
from shared.auth.tokens import Claims, issue_token
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.events.clinic_time import to_clinic_time
from shared.events.sessions import session_revoked


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """How tokens are issued: how long one lives, and how long a session may go on with newer ones."""

    secret: str
    life: timedelta
    session_life: timedelta


async def sign_in(pool: Pool, passwords: Passwords, terms: TokenTerms, credentials: LoginBody) -> dict[str, Any] | None:
    """A token with the user and clinic it is for, or None: an unknown address and a wrong password look the same.

    The session begins when the password's hash was read. One that is changed while it is being checked lets nobody in.
    """
    async with pool.connection() as connection:
        account = await find_login(connection, credentials.email)
    matches = await passwords.matches(account["password_hash"] if account else None, credentials.password)
    if account is None or not matches:
        return None
    async with tenant_transaction(pool, account["clinic_id"]) as connection:
        person = await find_person(connection, account["clinic_id"], account["user_id"])
        still = await find_login(connection, credentials.email)
        if person is None or still is None or still["password_hash"] != account["password_hash"]:
            return None
        await note_sign_in(connection, account["clinic_id"], account["user_id"])
    began = session_start(account["asked_at"], person["sessions_valid_from"])
    return _with_token(person, terms, began, int(began.timestamp()))


def session_start(asked_at: datetime, valid_from: datetime | None) -> datetime:
    """When a session begins, in whole seconds: not before those that were ended are over."""
    began = asked_at.replace(microsecond=0)
    return began if valid_from is None else max(began, valid_from)


async def go_on(pool: Pool, claims: Claims, terms: TokenTerms) -> dict[str, Any]:
    """A newer token for the same session, of the user as they are now. Raises ProblemError (401) where it is too old.

    It keeps the session's beginning: one that is ended at this moment takes its newest token with it.
    """
    async with session_transaction(pool, claims) as connection:
        person = await find_person(connection, claims.clinic_id, claims.user_id)
    if person is None:
        raise session_over()
    now = max(person["now"].replace(microsecond=0), datetime.fromtimestamp(claims.issued_at, UTC))
    if now >= _session_end(claims.auth_time, terms):
        raise _too_old(terms)
    return _with_token(person, terms, now, claims.auth_time)


async def sign_out(pool: Pool, claims: Claims) -> None:
    """End every session of the user: on every device, and at every gateway."""
    async with speaker_transaction(pool, claims) as speaker:
        clinic_id, user_id = speaker.clinic_id, speaker.user_id
        ended = await end_sessions(speaker.connection, clinic_id, user_id)
        await note_audit(speaker.connection, clinic_id, user_id, "user.signed_out", ("user", user_id), {})
        told = session_revoked(user_id, "signed_out", ended["sessions_valid_from"], ended["now"])
        await append_outbox(speaker.connection, clinic_id, [told])


async def who_is(pool: Pool, claims: Claims) -> dict[str, Any]:
    """The token's user and clinic, as clients see them. Raises ProblemError (401) where the session is over."""
    async with session_transaction(pool, claims) as connection:
        person = await find_person(connection, claims.clinic_id, claims.user_id)
    if person is None:
        raise session_over()
    return _identity(person)


def _identity(person: dict[str, Any]) -> dict[str, Any]:
    return {"user": user_object(person), "clinic": clinic_object(person)}


def _with_token(person: dict[str, Any], terms: TokenTerms, now: datetime, auth_time: int) -> dict[str, Any]:
    expires_at = min(now + terms.life, _session_end(auth_time, terms))
    token = issue_token(
        terms.secret,
        user_id=person["id"],
        clinic_id=person["clinic_id"],
        role=person["role"],
        name=person["name"],
        now=now,
        life=expires_at - now,
        auth_time=auth_time,
    )
    return {"token": token, "expires_at": to_clinic_time(expires_at, person["timezone"]), **_identity(person)}


def _session_end(auth_time: int, terms: TokenTerms) -> datetime:
    return datetime.fromtimestamp(auth_time, UTC) + terms.session_life


def _too_old(terms: TokenTerms) -> ProblemError:
    problem = session_over()
    days = terms.session_life / timedelta(days=1)
    problem.detail = f"A session may go on for {days:g} days; sign in again."
    return problem
