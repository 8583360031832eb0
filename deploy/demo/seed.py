"""The demo clinics, their people and their sources: `python -m deploy.demo.seed`. A second call changes nothing."""

import hashlib
import os
import sys
from dataclasses import dataclass
from typing import Any

import psycopg
from argon2 import PasswordHasher

PASSWORD = "prosa-demo"  # noqa: S105 - the demo's, printed by `make run`; production is refused below


@dataclass(frozen=True, slots=True)
class User:
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Source:
    kind: str
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Clinic:
    id: int
    slug: str
    name: str
    users: tuple[User, ...]
    sources: tuple[Source, ...]


CLINICS = (
    Clinic(
        id=1,
        slug="demo",
        name="Clínica Demo",
        users=(
            User("ana@demo.test", "Ana Souza", "agent"),
            User("bruno@demo.test", "Bruno Lima", "agent"),
            User("sofia@demo.test", "Sofia Prado", "supervisor"),
            User("oper@demo.test", "Otávio Reis", "operator"),
            User("adm@demo.test", "Alice Duarte", "admin"),
        ),
        sources=(
            Source("evolution", "demo-wa", "demo-evolution-token"),
            Source("n8n", "demo-n8n", "demo-n8n-token"),
        ),
    ),
    Clinic(
        id=2,
        slug="outra",
        name="Outra Clínica",
        users=(User("carla@outra.test", "Carla Nunes", "agent"),),
        sources=(Source("evolution", "outra-wa", "outra-evolution-token"),),
    ),
)


def seed(database_url: str) -> None:
    """Create what is missing of the demo data."""
    with psycopg.connect(database_url) as connection:
        for clinic in CLINICS:
            connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic.id)])
            _seed_clinic(connection, clinic)
        connection.execute("SELECT setval('clinics_id_seq', greatest((SELECT max(id) FROM clinics), 2))")


def _seed_clinic(connection: psycopg.Connection[Any], clinic: Clinic) -> None:
    connection.execute(
        "INSERT INTO clinics (id, slug, name) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [clinic.id, clinic.slug, clinic.name],
    )
    known = {email for (email,) in connection.execute("SELECT email FROM users")}
    for user in clinic.users:
        if user.email not in known:
            connection.execute(
                "INSERT INTO users (clinic_id, email, name, role, password_hash) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [clinic.id, user.email, user.name, user.role, PasswordHasher().hash(PASSWORD)],
            )
    for source in clinic.sources:
        connection.execute(
            "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [clinic.id, source.kind, source.name, hashlib.sha256(source.token.encode()).digest()],
        )


def main() -> None:
    if os.environ.get("PROSA_ENV") == "production":
        sys.exit("the demo data has published passwords and is never put into production")
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        sys.exit("DATABASE_URL is not set: use `make up`, which knows the local stack's")
    seed(database_url)


if __name__ == "__main__":
    main()
