"""Tokens of `prosa login`, kept for their user alone: `$XDG_STATE_HOME/prosa/tokens.json`, readable by nobody else."""

import json
import os
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from services.cli.screen.times import moment

FILE = "tokens.json"


class KeptTokens:
    """One token for each address of an API. A file that cannot be read counts as empty."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def find(self, address: str, now: datetime) -> str | None:
        """The token kept for an address, unless it has expired."""
        kept = self._read().get(address)
        if not isinstance(kept, dict):
            return None
        ends = moment(str(kept.get("expires_at")))
        return str(kept["token"]) if ends is not None and ends > now and kept.get("token") else None

    def keep(self, address: str, login: Mapping[str, Any]) -> None:
        """Keep a login's token in place of the one before."""
        entry = {"token": login["token"], "expires_at": login["expires_at"], "email": login["user"]["email"]}
        self._write({**self._read(), address: entry})

    def forget(self, address: str) -> bool:
        """Whether there was a token; there is none now."""
        kept = self._read()
        found = kept.pop(address, None) is not None
        if found:
            self._write(kept)
        return found

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, kept: Mapping[str, Any]) -> None:
        """All or nothing, and never for a moment readable by others."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=self._file.parent, prefix=".tokens-")  # 0600 from the beginning
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(kept, file)
            Path(draft).replace(self._file)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
