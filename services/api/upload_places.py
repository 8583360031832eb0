"""Places for uploads of one process: so many at once, and not all of them one user's."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from services.api.problems import too_many, unavailable

MOST_AT_ONCE = 16
MOST_OF_A_USER = 8
RETRY_SECONDS = 5


class UploadPlaces:
    """Who uploads now."""

    def __init__(self) -> None:
        self._taken: Counter[int] = Counter()

    @contextmanager
    def taken(self, user_id: int) -> Iterator[None]:
        """A place during the block. Raises ProblemError (429: all of the user's are taken, 503: all are)."""
        if self._taken[user_id] >= MOST_OF_A_USER:
            raise too_many(f"You are uploading {MOST_OF_A_USER} files already; wait for one of them.", RETRY_SECONDS)
        if self._taken.total() >= MOST_AT_ONCE:
            raise unavailable("Too many files are being uploaded now; try again.")
        self._taken[user_id] += 1
        try:
            yield
        finally:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]
