"""The passwords of logins, as the environment or its secret files have them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

SHORTEST_PASSWORD = 16


class LoginsError(Exception):
    """Logins cannot be made, and none was; says why, and what to do."""


def read_passwords(environ: Mapping[str, str], variables: Sequence[str]) -> dict[str, str]:
    """The passwords that are given, by their variables: each in itself, or in the file that `<variable>_FILE` names."""
    return dict(_given(environ, variables))


def _given(environ: Mapping[str, str], variables: Sequence[str]) -> Iterator[tuple[str, str]]:
    for variable in variables:
        told, file = environ.get(variable), environ.get(f"{variable}_FILE")
        if told and file:
            raise LoginsError(f"both {variable} and {variable}_FILE are set: which is meant?")
        if file:
            yield variable, _read(variable, Path(file))
        elif told:
            yield variable, told


def _read(variable: str, file: Path) -> str:
    try:
        return file.read_text("utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise LoginsError(f"{variable}_FILE cannot be read: {type(error).__name__}") from None


def check_passwords(passwords: Mapping[str, str], of_the_owner: str) -> None:
    """Refuse what can be guessed, and what would open two doors at once. Pure."""
    taken = {of_the_owner: "DATABASE_URL"}
    for variable, password in passwords.items():
        if len(password) < SHORTEST_PASSWORD or not password.isprintable():
            raise LoginsError(
                f"{variable} needs {SHORTEST_PASSWORD} printable characters or more: openssl rand -hex 32"
            )
        if password in taken:
            raise LoginsError(f"{variable} has the password of {taken[password]}: give each one of its own")
        taken[password] = variable
