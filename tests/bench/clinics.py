"""Clinics of the benchmarks' own, with agents who may sign in."""

from datetime import UTC, datetime, timedelta

import psycopg

from deploy.demo.seed import CLINICS
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token

FIRST_CLINIC = 100


def create_clinics(url: str, clinics: int) -> None:
    """Clinics from `FIRST_CLINIC` on, each with an instance of Evolution."""
    with psycopg.connect(url) as connection:
        for index in range(clinics):
            clinic = FIRST_CLINIC + index
            connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic)])
            connection.execute(
                "INSERT INTO clinics (id, slug, name) VALUES (%s, %s, %s)", [clinic, f"bench-{index}", f"Bench {index}"]
            )
            connection.execute(
                "INSERT INTO sources (clinic_id, kind, name, token_hash) VALUES (%s, 'evolution', 'demo-wa', sha256(%s))",
                [clinic, f"bench-{index}".encode()],
            )


def create_agents(url: str, clinics: int, agents: int) -> None:
    """So many agents of each: sessions of users who are not there are ended."""
    with psycopg.connect(url) as connection:
        for clinic in range(FIRST_CLINIC, FIRST_CLINIC + clinics):
            connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic)])
            for agent in range(agents):
                connection.execute(
                    "INSERT INTO users (id, clinic_id, email, name, role, password_hash)"
                    " VALUES (%s, %s, %s, %s, 'agent', 'x')",
                    [user_id(clinic, agent), clinic, f"agente{agent}@{clinic}.test", f"Agente {agent}"],
                )


def user_id(clinic: int, agent: int) -> int:
    """The number of an agent's user."""
    return clinic * 1000 + agent


def agent_token(clinic: int, user: int) -> str:
    """A session of an hour for an agent."""
    return issue_token(
        DEVELOPMENT_SECRET,
        user_id=user,
        clinic_id=clinic,
        role="agent",
        name=CLINICS[0].users[0].name,
        now=datetime.now(UTC),
        life=timedelta(hours=1),
    )
