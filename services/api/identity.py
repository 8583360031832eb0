"""Who somebody is: signing in, and the person behind a token."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.api.models.people import LoginBody, clinic_object, user_object
from services.api.passwords import Passwords
from services.api.stores.people import find_login, find_person
from shared.auth.tokens import issue_token
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction
from shared.events.clinic_time import to_clinic_time


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """How tokens are issued."""

    secret: str
    life: timedelta


async def sign_in(
    pool: Pool, passwords: Passwords, terms: TokenTerms, credentials: LoginBody, now: datetime
) -> dict[str, Any] | None:
    """A token with the user and clinic it is for, or None: an unknown address and a wrong password look the same."""
    async with pool.connection() as connection:
        account = await find_login(connection, credentials.email)
    matches = await passwords.matches(account["password_hash"] if account else None, credentials.password)
    if account is None or not matches:
        return None
    person = await find_identity(pool, account["clinic_id"], account["user_id"])
    return person and _with_token(person, terms, now)


async def find_identity(pool: Pool, clinic_id: int, user_id: int) -> dict[str, Any] | None:
    """An active user and their clinic, as clients see them."""
    async with tenant_transaction(pool, clinic_id) as connection:
        person = await find_person(connection, clinic_id, user_id)
    return person and {"user": user_object(person), "clinic": clinic_object(person)}


def _with_token(person: dict[str, Any], terms: TokenTerms, now: datetime) -> dict[str, Any]:
    user, clinic = person["user"], person["clinic"]
    token = issue_token(
        terms.secret,
        user_id=int(user["id"]),
        clinic_id=int(clinic["id"]),
        role=user["role"],
        name=user["name"],
        now=now,
        life=terms.life,
    )
    # The claim is in whole seconds, and what is said of it must be what it says.
    expires_at = (now + terms.life).replace(microsecond=0)
    return {"token": token, "expires_at": to_clinic_time(expires_at, clinic["timezone"]), **person}
