"""A gateway with a fault that has to be found: one clinic's right is remembered as everybody's. No part of the product."""

from services.realtime_gateway import authority
from tests.scenarios.mutants.started import start

question = authority._Question


def for_all(_clinic_id: int, _user_id: int, conversation_id: str) -> authority._Question:
    """`authority._Question`, that asks for nobody in particular."""
    return question(0, 0, conversation_id)


if __name__ == "__main__":
    authority._Question = for_all  # type: ignore[assignment, misc]
    start()
