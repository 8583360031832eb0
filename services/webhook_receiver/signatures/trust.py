"""Whether a webhook is its source's: signed with any of the secrets that are valid now."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache, partial

from multidict import CIMultiDictProxy

from services.webhook_receiver.signatures import evolution_jwt
from services.webhook_receiver.store import SealedSecret, Source
from shared.auth import standard_webhooks
from shared.auth.seal import UnsealError, open_sealed
from shared.auth.standard_webhooks import MalformedSecretError, Refusal

_NEAREST_FIRST: tuple[Refusal, ...] = ("stale_timestamp", "wrong_signature", "missing_signature")


class SecretsUnreadableError(Exception):
    """Whether a signature is right cannot be told: a secret of the source cannot be used."""


class Trust:
    """Verifies signatures. `keys` are PROSA_SECRETS_KEY's."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._open = lru_cache(maxsize=4096)(partial(open_sealed, tuple(keys)))

    def refusal(self, source: Source, headers: CIMultiDictProxy[str], body: bytes, now: datetime) -> Refusal | None:
        """What is wrong with a webhook, or None: it is signed with one of its source's secrets, or the source has none.

        Raises SecretsUnreadableError where none of the readable secrets verifies it and there are others.
        """
        current = [secret for secret in source.secrets if secret.expires_at is None or secret.expires_at > now]
        refusals: set[Refusal] = set()
        unreadable: str | None = None
        for secret in current:
            try:
                refusal = self._refusal(source, secret, headers, body, now)
            except (UnsealError, MalformedSecretError) as error:
                unreadable = str(error)
                continue
            if refusal is None:
                return None
            refusals.add(refusal)
        if unreadable is not None:
            raise SecretsUnreadableError(unreadable)
        return next((refusal for refusal in _NEAREST_FIRST if refusal in refusals), None)

    def _refusal(
        self, source: Source, secret: SealedSecret, headers: CIMultiDictProxy[str], body: bytes, now: datetime
    ) -> Refusal | None:
        opened = self._open(source.id, secret.purpose, secret.sealed)
        if secret.purpose == "evolution-jwt":
            return evolution_jwt.refusal(opened, headers, now.timestamp())
        return standard_webhooks.refusal(opened, headers, body, now.timestamp())
