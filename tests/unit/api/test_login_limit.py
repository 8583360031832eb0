from services.api.login_limit import ACCOUNT_BURST, ADDRESS_BURST, Allowance, LoginLimit


def test_a_burst_passes_and_the_next_must_wait() -> None:
    """The wait is told exactly, and is over when it was said to be."""
    allowance = Allowance(burst=3, interval_seconds=10)
    for _ in range(3):
        assert allowance.wait_seconds("key", 0.0) == 0
        allowance.take("key", 0.0)
    assert allowance.wait_seconds("key", 0.0) == 10
    assert allowance.wait_seconds("key", 4.0) == 6
    assert allowance.wait_seconds("key", 10.0) == 0


def test_what_is_given_back_can_be_taken_again() -> None:
    """Successes do not use an allowance up."""
    allowance = Allowance(burst=1, interval_seconds=10)
    for _ in range(5):
        assert allowance.wait_seconds("key", 0.0) == 0
        allowance.take("key", 0.0)
        allowance.give_back("key")


def test_keys_beyond_the_limit_are_forgotten() -> None:
    """However many keys are tried, memory stays bounded."""
    allowance = Allowance(burst=1, interval_seconds=10, max_keys=100)
    for number in range(1000):
        allowance.take(str(number), 0.0)
    assert len(allowance) == 100


def test_an_account_is_limited_wherever_the_attempts_come_from() -> None:
    """Guessing one account's password from many addresses is slowed down."""
    limit = LoginLimit()
    waits = [limit.admit(f"10.0.0.{number}", "ana@demo.test", 0.0) for number in range(ACCOUNT_BURST + 1)]
    assert waits[:-1] == [0] * ACCOUNT_BURST
    assert waits[-1] > 0


def test_an_address_is_limited_whichever_accounts_it_tries() -> None:
    """Trying one password on many accounts is slowed down."""
    limit = LoginLimit()
    waits = [limit.admit("10.0.0.1", f"user{number}@demo.test", 0.0) for number in range(ADDRESS_BURST + 1)]
    assert waits[:-1] == [0] * ADDRESS_BURST
    assert waits[-1] > 0


def test_a_refused_attempt_is_not_counted() -> None:
    """Waiting as long as one was told to is enough, however often one asked meanwhile."""
    limit = LoginLimit()
    for _ in range(ACCOUNT_BURST):
        limit.admit("10.0.0.1", "ana@demo.test", 0.0)
    wait = limit.admit("10.0.0.1", "ana@demo.test", 0.0)
    assert limit.admit("10.0.0.1", "ana@demo.test", 0.0) == wait
    assert limit.admit("10.0.0.1", "ana@demo.test", wait) == 0
