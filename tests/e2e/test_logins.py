"""Each service with its own login to Postgres, and none with the owner's."""

from pathlib import Path

import aiohttp
import psycopg
from psycopg.rows import DictRow

from tests.e2e.ledger import webhook
from tests.e2e.test_tenancy import ask, token_of
from tests.logins import ROLES, SERVICES, own_logins
from tests.product import running_product
from tests.waiting import until

NOBODY_S = "postgresql://nobody@127.0.0.1:1/none"
SESSIONS = """
SELECT DISTINCT usename::text AS login, application_name AS role FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'prosa\\_%'
"""


async def test_product_works_with_a_login_for_each_service(
    environment: dict[str, str], owner: psycopg.Connection[DictRow], database_url: str, tmp_path: Path
) -> None:
    """A webhook is stored, shown and answered; the sessions that do it are the logins', each in its own role."""
    with own_logins(database_url) as logins:
        apart = {SERVICES[login]: {"DATABASE_URL": logins.url(login, database_url)} for login in ROLES}
        told = environment | {"DATABASE_URL": NOBODY_S}
        async with (
            running_product(tmp_path, told, *SERVICES.values(), apart=apart) as product,
            aiohttp.ClientSession() as http,
        ):
            url = f"{product.receiver}/webhooks/evolution/demo-evolution-token"
            async with http.post(url, json=webhook(1, 1)) as response:
                assert response.status == 200
            ana = await token_of(http, product, "ana@demo.test")

            async def shown() -> list[dict[str, str]]:
                _, answer = await ask(http, product, ana, "/api/conversations-simple")
                return list(answer["conversations"])

            [conversation] = await until(shown, what="the conversation")
            path = f"/api/conversations-simple/{conversation['id']}/messages"
            status, answer = await ask(http, product, ana, path, {"content": "Bom dia!"})
            assert status == 201, answer
            wanted = {(logins.named[login], role) for login, role in ROLES.items()}
            await until(lambda: sessions(owner) == wanted, what="each service's sessions, and nobody else's")


def sessions(owner: psycopg.Connection[DictRow]) -> set[tuple[str, str]]:
    return {(row["login"], row["role"]) for row in owner.execute(SESSIONS).fetchall()}
