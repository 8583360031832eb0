"""How often one may try to sign in: per network address and per account, counted in this process.

Each attempt is taken when it begins, so that many at once count too, and given back when it succeeds: people who know
their passwords are not limited. The address is the client's where the proxy before us is trusted; else it is the
connection's, which behind a proxy is everybody's.
"""

from collections import OrderedDict

ADDRESS_BURST, ADDRESS_INTERVAL_SECONDS = 60, 1.0
ACCOUNT_BURST, ACCOUNT_INTERVAL_SECONDS = 10, 6.0
MAX_KEYS = 10_000


class Allowance:
    """A burst of attempts for each key, one more every interval. Of too many keys the longest unused is forgotten."""

    def __init__(self, burst: int, interval_seconds: float, max_keys: int = MAX_KEYS) -> None:
        self._interval = interval_seconds
        self._tolerance = burst * interval_seconds
        self._max_keys = max_keys
        # For each key, when its whole burst will be there again.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        """How long the key must wait for its next attempt; 0 where it need not."""
        return max(0.0, self._full_at.get(key, now) + self._interval - self._tolerance - now)

    def take(self, key: str, now: float) -> None:
        """Count an attempt."""
        self._full_at[key] = max(self._full_at.get(key, now), now) + self._interval
        self._full_at.move_to_end(key)
        if len(self._full_at) > self._max_keys:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """Forget an attempt that was taken."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def __len__(self) -> int:
        return len(self._full_at)


class LoginLimit:
    """The two allowances an attempt needs."""

    def __init__(self) -> None:
        self._addresses = Allowance(ADDRESS_BURST, ADDRESS_INTERVAL_SECONDS)
        self._accounts = Allowance(ACCOUNT_BURST, ACCOUNT_INTERVAL_SECONDS)

    def admit(self, address: str, account: str, now: float) -> float:
        """Take an attempt and return 0, or return the seconds to wait."""
        wait = max(self._addresses.wait_seconds(address, now), self._accounts.wait_seconds(account, now))
        if wait == 0:
            self._addresses.take(address, now)
            self._accounts.take(account, now)
        return wait

    def forgive(self, address: str, account: str) -> None:
        """Give an attempt back, because it succeeded or was not decided."""
        self._addresses.give_back(address)
        self._accounts.give_back(account)
