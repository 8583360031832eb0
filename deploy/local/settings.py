"""The only reader of the environment: process variables over those of `.env`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where the repository is, and the variables that were set for it (an empty value counts as unset)."""

    root: Path
    variables: Mapping[str, str]

    @property
    def local(self) -> Path:
        """The directory of everything private to this clone: data, logs, process records."""
        return self.root / ".local"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"


def repository_root() -> Path:
    """The repository this file belongs to."""
    return Path(__file__).resolve().parents[2]


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Merge `.env` of the repository with the environment, which wins."""
    file = root / ".env"
    from_file = parse_dotenv(file.read_text("utf-8")) if file.is_file() else {}
    merged = {**from_file, **{name: value for name, value in environ.items() if value}}
    return Settings(root, {name: value for name, value in merged.items() if value})


def parse_dotenv(text: str) -> dict[str, str]:
    """Read `NAME=value` lines; `export `, quotes, blank lines and comments are understood, nothing else is."""
    assignments = (_assignment(line.strip()) for line in text.splitlines())
    return dict(assignment for assignment in assignments if assignment is not None)


def _assignment(line: str) -> tuple[str, str] | None:
    name, equals, value = line.removeprefix("export ").partition("=")
    if line.startswith("#") or not equals or not name.strip().isidentifier():
        return None
    return name.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    for quote in "'\"":
        if value != quote and value.startswith(quote) and value.endswith(quote):
            return value[1:-1]
    return value.split(" #", 1)[0].rstrip()
