"""Why something asked for was not done, as whoever asked is told."""


class Refusal(Exception):
    """`code` is for programs, `message` for people. `temporary`: the same may succeed later, after `retry_ms`."""

    def __init__(self, code: str, message: str, *, retry_ms: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_ms = retry_ms

    @property
    def temporary(self) -> bool:
        """Whether trying again makes sense."""
        return self.retry_ms is not None
