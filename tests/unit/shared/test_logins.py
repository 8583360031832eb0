"""What is refused before Postgres is asked to make a login, and before anything that it has is changed."""

from pathlib import Path

import pytest

from shared.db.login_passwords import LoginsError, check_passwords, read_passwords
from shared.db.logins import LOGINS, Existing, main, objection

VARIABLES = [login.variable for login in LOGINS]
WORKER = next(login for login in LOGINS if login.name == "worker")
ROLE = Existing("prosa_worker", may_more=False, member_of=[], owns=False)
GOOD, OTHER = "0123456789abcdef", "fedcba9876543210"


def test_passwords_come_from_variables_and_files(tmp_path: Path) -> None:
    """A file's last line end is no part of it; what is not given is not there."""
    (tmp_path / "worker").write_text(f"{GOOD}\n")
    environ = {"WORKER_DATABASE_PASSWORD_FILE": str(tmp_path / "worker"), "API_DATABASE_PASSWORD": OTHER}

    assert read_passwords(environ, VARIABLES) == {"WORKER_DATABASE_PASSWORD": GOOD, "API_DATABASE_PASSWORD": OTHER}
    assert read_passwords({"API_DATABASE_PASSWORD": ""}, VARIABLES) == {}


def test_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A login that is silently left out would be found by the service that cannot sign in."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for path in (tmp_path / "lacking", tmp_path / "bytes"):
        with pytest.raises(LoginsError, match="WORKER_DATABASE_PASSWORD_FILE cannot be read"):
            read_passwords({"WORKER_DATABASE_PASSWORD_FILE": str(path)}, VARIABLES)


def test_password_that_is_given_twice_is_an_error(tmp_path: Path) -> None:
    """Nobody is to guess which of the two was meant."""
    with pytest.raises(LoginsError, match="both"):
        read_passwords({"API_DATABASE_PASSWORD": GOOD, "API_DATABASE_PASSWORD_FILE": str(tmp_path)}, VARIABLES)


@pytest.mark.parametrize("password", ["", "short", GOOD[:-1], f"{GOOD}\n", f"{GOOD}\0tail"])
def test_password_that_can_be_guessed_or_is_cut_off_is_refused(password: str) -> None:
    """libpq reads to the first zero byte."""
    with pytest.raises(LoginsError, match="A needs 16 printable characters") as refused:
        check_passwords({"A": password}, "")
    assert not password or password not in str(refused.value)


def test_two_doors_have_two_keys() -> None:
    """Else what one service knows opens another's login, or the owner's."""
    check_passwords({"A": GOOD, "B": OTHER}, "owner")
    for passwords, of_the_owner in (({"A": GOOD, "B": GOOD}, "owner"), ({"A": GOOD}, GOOD)):
        with pytest.raises(LoginsError, match="one of its own") as refused:
            check_passwords(passwords, of_the_owner)
        assert GOOD not in str(refused.value)


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        (Existing("worker_b", may_more=True, member_of=["prosa_worker"], owns=False), "more than sign in"),
        (Existing("worker_b", may_more=False, member_of=[], owns=False), "member of nothing"),
        (Existing("worker_b", may_more=False, member_of=["prosa_api", "prosa_worker"], owns=False), "prosa_api"),
        (Existing("worker_b", may_more=False, member_of=["prosa_worker"], owns=True), "owns something"),
    ],
)
def test_role_that_is_not_the_services_login_is_not_taken_over(there: Existing, reason: str) -> None:
    """Its password is somebody else's."""
    assert reason in (objection(WORKER, "_b", {"prosa_worker": ROLE, "worker_b": there}) or "")


def test_login_is_made_where_there_is_none_and_changed_where_it_is_ours() -> None:
    """Either way its role must be there first, which migrations make."""
    ours = Existing("worker", may_more=False, member_of=["prosa_worker"], owns=False)
    assert objection(WORKER, "", {"prosa_worker": ROLE}) is None
    assert objection(WORKER, "", {"prosa_worker": ROLE, "worker": ours}) is None
    assert "shared.db.migrate" in (objection(WORKER, "", {}) or "")


def test_nothing_is_done_where_no_password_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever makes logins otherwise needs no other command for releases; no server is asked, and it is told."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(f"{variable}_FILE", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main([]) == 0
    assert capsys.readouterr().out.count("left as it is") == len(LOGINS)


@pytest.mark.parametrize("url", ["", f"postgres:{OTHER}", f"postgresql://a:{OTHER}@127.0.0.1:1/none"])
def test_address_that_leads_nowhere_is_told_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """libpq quotes what it cannot read."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("API_DATABASE_PASSWORD", GOOD)

    assert main([]) == 1
    said = capsys.readouterr()
    assert "no login was made or changed" in said.err
    assert OTHER not in said.out + said.err


def test_suffix_is_part_of_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever else would have to be quoted wherever the name is written."""
    with pytest.raises(SystemExit):
        main(["--suffix", '"; --'])
    assert "small letters" in capsys.readouterr().err
