"""What an admin decides about the clinic's users. What is decided is one transaction; hashes are made before it."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import DictRow
from pydantic import SecretStr

from services.api.desk import Desk, desk_of
from services.api.models.people import user_entry
from services.api.models.users import UserBody, UserChangeBody, kept_user
from services.api.passwords import Passwords
from services.api.problems import (
    email_taken,
    last_admin,
    no_such_user,
    right_lost,
    stale_user,
)
from services.api.references import parse_id
from services.api.rights import may
from services.api.sessions import speaker_transaction
from services.api.stores import users as store
from services.api.stores.people import end_sessions, list_users
from services.api.telling import append_outbox
from services.api.telling_desk import tell_everybody
from shared.auth.passwords import new_password
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.sessions import RevocationReason, session_changed, session_revoked

Row = Mapping[str, Any]


async def read_users(pool: Pool, claims: Claims) -> dict[str, Any]:
    """Everybody of the clinic, and of each as much as the caller's role is to see. Raises ProblemError (401)."""
    async with speaker_transaction(pool, claims) as speaker:
        if may(speaker.role, "administer"):
            kept = await store.list_kept_users(speaker.connection, claims.clinic_id)
            return {"users": [kept_user(row) for row in kept]}
        rows = await list_users(speaker.connection, claims.clinic_id)
        return {"users": [user_entry(row) for row in rows]}


async def read_user(pool: Pool, claims: Claims, user: str) -> dict[str, Any]:
    """A user as admins see them. Raises ProblemError (401, 403, 404)."""
    async with desk_of(pool, claims, "administer") as at:
        return kept_user(await _existing(at, user))


async def create_user(
    pool: Pool, claims: Claims, passwords: Passwords, body: UserBody
) -> tuple[dict[str, Any], str | None]:
    """A new user, and their password where one was made. Raises ProblemError (401, 403, 409, 503)."""
    async with desk_of(pool, claims, "administer"):
        pass  # a hash costs: it is made for those who may have one made
    made, password_hash = await _hashed(passwords, body.password)
    async with desk_of(pool, claims, "administer") as at:
        user_id = await store.insert_user(at.connection, at.clinic_id, body.email, body.name, body.role, password_hash)
        if user_id is None:
            raise email_taken()
        await at.audit("user.created", "user", user_id, {"role": body.role})
        row = await _existing(at, str(user_id))
        await tell_everybody(at, "user", row, "new")
        return kept_user(row), made


async def change_user(
    pool: Pool, claims: Claims, user: str, body: UserChangeBody, version: int | None
) -> dict[str, Any]:
    """A user as they are then, and whether that is another. Raises ProblemError (401, 403, 404, 409, 412)."""
    async with desk_of(pool, claims, "administer") as at:
        user_id = await _known_id(at, user)
        locked = await store.lock_with_admins(at.connection, at.clinic_id, user_id)
        _require_still_admin(at, locked)
        row = locked[user_id]
        if version not in (None, row["version"]):
            raise stale_user(kept_user(await _existing(at, user)))
        news = body.news(row)
        if leaves_no_admin(locked, user_id, {**row, **news}):
            raise last_admin()
        if news:
            after = {name: {**row, **news}[name] for name in ("name", "role", "active")}
            await store.store_user(at.connection, at.clinic_id, user_id, **after)
            await _tell(at, row, news)
        changed = await _existing(at, user)
        if news:
            await tell_everybody(at, "user", changed, "updated")
        return {"user": kept_user(changed), "changed": bool(news)}


def leaves_no_admin(locked: Mapping[int, Row], user_id: int, after: Row) -> bool:
    """Whether nobody of the clinic could administer it any more once the user is so. Pure."""
    remaining = {**locked, user_id: after}
    return not any(row["role"] == "admin" and row["active"] for row in remaining.values())


async def give_password(
    pool: Pool, claims: Claims, passwords: Passwords, user: str, chosen: SecretStr | None
) -> tuple[dict[str, Any], str | None]:
    """Another password for a user, which ends the sessions that the old one began, and itself where it was made.

    Raises ProblemError (401, 403, 404, 503).
    """
    async with desk_of(pool, claims, "administer") as at:
        await _known_id(at, user)
    made, password_hash = await _hashed(passwords, chosen)
    async with desk_of(pool, claims, "administer") as at:
        row = await _existing(at, user)
        await store.store_password(at.connection, at.clinic_id, row["id"], password_hash)
        await at.audit("user.password_changed", "user", row["id"], {})
        await _end_sessions(at, row["id"], "password_changed")
        return kept_user(row), made


async def sign_out_user(pool: Pool, claims: Claims, user: str) -> None:
    """End a user's sessions on every device. Raises ProblemError (401, 403, 404)."""
    async with desk_of(pool, claims, "administer") as at:
        user_id = await _known_id(at, user)
        await at.audit("user.signed_out", "user", user_id, {})
        await _end_sessions(at, user_id, "signed_out_everywhere")


async def _tell(at: Desk, row: Row, news: Row) -> None:
    """One entry of the audit log for each thing that is another, and the user's sockets are told what they must know."""
    user_id = row["id"]
    if "name" in news:
        await at.audit("user.renamed", "user", user_id, {"name": news["name"], "was": row["name"]})
    if "role" in news:
        await at.audit("user.role_changed", "user", user_id, {"role": news["role"], "was": row["role"]})
        await append_outbox(at.connection, at.clinic_id, [session_changed(user_id, news["role"], at.now)])
    if "active" in news:
        await at.audit("user.activated" if news["active"] else "user.deactivated", "user", user_id, {})
    if news.get("active") is False:
        await _end_sessions(at, user_id, "deactivated")


async def _end_sessions(at: Desk, user_id: int, reason: RevocationReason) -> None:
    ended = await end_sessions(at.connection, at.clinic_id, user_id)
    told = session_revoked(user_id, reason, ended["sessions_valid_from"], ended["now"])
    await append_outbox(at.connection, at.clinic_id, [told])


async def _hashed(passwords: Passwords, chosen: SecretStr | None) -> tuple[str | None, str]:
    """The password that was made, or None where one was chosen, and its hash."""
    if chosen is not None:
        return None, await passwords.hash(chosen.get_secret_value())
    made = new_password()
    return made, await passwords.hash(made)


def _require_still_admin(at: Desk, locked: Mapping[int, Row]) -> None:
    """Raise where somebody else took the caller's right away while this transaction waited: nobody acts on what was."""
    me = locked.get(at.user_id)
    if me is None or not me["active"] or not may(me["role"], "administer"):
        raise right_lost("administer")


async def _known_id(at: Desk, user: str) -> int:
    return int((await _existing(at, user))["id"])


async def _existing(at: Desk, user: str) -> DictRow:
    user_id = parse_id(user)
    row = user_id and await store.find_user(at.connection, at.clinic_id, user_id)
    if not row:
        raise no_such_user()
    return row
