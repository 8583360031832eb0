"""Which of its compressed forms a client takes."""

from collections.abc import Collection


def best_coding(accepted: str, offered: Collection[str]) -> str | None:
    """The first of `offered` that an Accept-Encoding takes; None for the file as it is."""
    weights = dict(_weights(accepted))
    other = weights.get("*", 0.0)
    return next((coding for coding in offered if weights.get(coding, other) > 0), None)


def _weights(accepted: str) -> list[tuple[str, float]]:
    return [
        (name.strip().lower(), _weight(rest)) for name, _, rest in (item.partition(";") for item in accepted.split(","))
    ]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
