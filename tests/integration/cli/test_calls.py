"""Calls as a whole: who one is, how they end, what they print where."""

import asyncio
import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from shared import VERSION
from tests.integration.cli.running import PROSA, Prosa
from tests.product import ROOT, Product


async def test_it_signs_in_by_itself_where_make_run_serves(prosa: Prosa, product: Product) -> None:
    """In development, on this machine, with nothing configured: as the demo's operator, and it says so."""
    ended = (await prosa("queue", "stats", "--json", PROSA_API_URL=product.api)).ok()

    assert ended.document["depth"]["pending"] == 0
    assert "oper@demo.test" in ended.err


async def test_it_never_guesses_in_production(prosa: Prosa, product: Product) -> None:
    """Nobody signed in: exit code 4, and what to do."""
    ended = await prosa("queue", "stats", PROSA_API_URL=product.api, PROSA_ENV="production")

    assert ended.code == 4
    assert "prosa login" in ended.err


async def test_a_login_is_kept_for_its_user_alone(prosa: Prosa, product: Product) -> None:
    """The token lies in a file of mode 0600, is used by later calls, is not printed, and is gone after logout."""
    there = {"PROSA_API_URL": product.api, "PROSA_ENV": "production"}
    login = (await prosa("login", "--email", "sofia@demo.test", "--json", stdin="prosa-demo\n", **there)).ok()
    kept = prosa.home / "state" / "prosa" / "tokens.json"
    token = json.loads(kept.read_text())[product.api]["token"]

    assert login.document["user"]["email"] == "sofia@demo.test"
    assert token not in login.out + login.err
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(kept.parent.stat().st_mode)) == (0o600, 0o700)
    assert [entry.name for entry in kept.parent.iterdir()] == ["tokens.json"]
    assert (await prosa("queue", "stats", **there)).code == 0
    assert (await prosa("logout", **there)).code == 0
    assert token not in kept.read_text()
    assert (await prosa("queue", "stats", **there)).code == 4


async def test_a_token_is_used_as_it_is(prosa: Prosa, product: Product) -> None:
    """A bad one is refused by the API: exit code 4, with the API's own words and the next step."""
    ended = await prosa("queue", "stats", "--json", PROSA_API_URL=product.api, PROSA_TOKEN="not-a-token")

    assert ended.code == 4
    assert (ended.problem["status"], ended.problem["exit_code"]) == (401, 4)
    assert "prosa login" in ended.problem["next"]


async def test_a_password_is_asked_for_in_a_terminal_and_not_shown(prosa: Prosa, product: Product) -> None:
    """What is typed does not appear."""
    terminal = await prosa.in_terminal("login", "--email", "ana@demo.test", PROSA_API_URL=product.api)
    await terminal.shows("Password: ")
    terminal.type("prosa-demo")

    assert await terminal.ended() == 0
    assert "Signed in to" in terminal.screen
    assert "prosa-demo" not in terminal.screen


async def test_an_api_that_is_away_is_exit_code_6(prosa: Prosa) -> None:
    """In one line for people, as a problem object for programs."""
    for_people = await prosa("queue", "stats")
    for_programs = await prosa("queue", "stats", "--json")

    assert (for_people.code, for_people.err.count("\n")) == (6, 1)
    assert for_people.err.startswith("prosa: The API at http://127.0.0.1:1 is not reachable")
    assert for_programs.problem["code"] == "api_unreachable"
    assert (for_programs.code, for_programs.out) == (6, "")


@pytest.mark.parametrize(
    "words",
    [
        ("dlq", "lst"),
        ("dlq", "list", "--nope"),
        ("dlq", "list", "--reason", "bored"),
        ("dlq", "list", "--min-failures", "many"),
        ("dlq", "list", "--contains", "{"),
        ("dlq", "replay"),
        ("dlq", "replay", "--nope"),
        ("dlq", "replay", "7", "--since", "2h"),
        ("dlq", "replay", "--since", "2h", "--rate", "fast"),
        ("dlq", "replay", "--since", "2h", "--start-at", "soon"),
        ("dlq", "replay", "-"),
        ("dlq", "discard", "7"),
        ("dlq", "discard", "--since", "1d", "--reason", "refused", "--dry-run"),
        ("dlq", "edit", "7"),
        ("queue", "pause"),
        ("queue", "stats", "--api-url", "nowhere"),
        ("sources", "secret", "expire", "demo-wa", "1", "--at", "2026-11-20T10:00"),
    ],
)
async def test_wrong_usage_is_exit_code_2_and_asks_nobody(prosa: Prosa, words: tuple[str, ...]) -> None:
    """It is found before the API is asked, and says in one line where to look."""
    ended = await prosa(*words, PROSA_TOKEN="x")

    assert ended.code == 2, ended.err
    assert ended.err.startswith("prosa: ")
    assert ended.err.count("\n") == 1


async def test_a_bad_variable_is_named_and_not_shown(prosa: Prosa) -> None:
    """Its value may be a secret."""
    ended = await prosa("queue", "stats", PROSA_API_URL="s3cr3t")

    assert ended.code == 2
    assert "PROSA_API_URL" in ended.err
    assert "s3cr3t" not in ended.err


async def test_debug_shows_where_it_failed(prosa: Prosa) -> None:
    """And only then."""
    assert "Traceback" in (await prosa("queue", "stats", "--debug")).err
    assert "Traceback" not in (await prosa("queue", "stats")).err


async def test_a_reader_that_goes_away_is_no_error(administrator: Prosa) -> None:
    """As in `prosa users list | head`: nothing on stderr."""
    ended = await administrator("users", "list")
    assert ended.code == 0
    process = await _shell(f"{PROSA} users list --json | true; echo ${{PIPESTATUS[0]}}", administrator)

    assert process in ("0\n", "141\n")


async def test_it_works_from_anywhere_and_through_a_link(prosa: Prosa, tmp_path: Path) -> None:
    """A folder named `services` beside the caller is not taken for ours."""
    (prosa.home / "services").mkdir()
    (prosa.home / "services" / "__init__.py").write_text("raise SystemExit('not ours')")
    (tmp_path / "linked").symlink_to(PROSA)

    assert (await prosa("--version")).ok().out.strip() == VERSION
    assert (await _shell(f"{tmp_path}/linked --version", prosa)).strip() == VERSION


async def test_colours_are_for_terminals_that_want_them(administrator: Prosa) -> None:
    """Not for pipes, and not with NO_COLOR."""
    plain = await administrator("clinics", "list")
    coloured = await administrator.in_terminal("clinics", "list")
    colourless = await administrator.in_terminal("clinics", "list", NO_COLOR="1")
    assert (await coloured.ended(), await colourless.ended()) == (0, 0)

    assert "\x1b[" not in plain.out
    assert "\x1b[1m" in coloured.raw
    assert "\x1b[" not in colourless.raw


async def test_the_versions_agree(prosa: Prosa) -> None:
    """The command's is the project's."""
    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text()


async def test_a_kept_token_that_cannot_be_read_counts_as_none(prosa: Prosa, product: Product) -> None:
    """A torn file does not stop anybody from signing in again."""
    folder = prosa.home / "state" / "prosa"
    folder.mkdir(parents=True)
    (folder / "tokens.json").write_text('{"http')
    there = {"PROSA_API_URL": product.api, "PROSA_ENV": "production"}

    assert (await prosa("queue", "stats", **there)).code == 4
    assert (await prosa("login", "--email", "ana@demo.test", stdin="prosa-demo\n", **there)).code == 0
    assert (await prosa("queue", "stats", **there)).code == 0


async def _shell(line: str, prosa: Prosa) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", line, env=prosa.variables({}), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return out.decode()


async def test_a_fresh_clone_gets_its_environment_first(tmp_path: Path) -> None:
    """With one line on stderr; what is asked for then runs."""
    clone = tmp_path / "clone"
    clone.mkdir()
    shutil.copy(PROSA, clone / "prosa")
    maker = tmp_path / "python"
    made = f"mkdir -p .venv/bin && ln -s {sys.executable} .venv/bin/python"
    maker.write_text(f"#!/bin/sh\n[ \"$*\" = '-m deploy.local environment' ] && {made}\n")
    maker.chmod(0o755)
    (clone / "services").symlink_to(ROOT / "services")
    (clone / "shared").symlink_to(ROOT / "shared")
    packages = os.pathsep.join(path for path in sys.path if "site-packages" in path)
    process = await asyncio.create_subprocess_exec(
        clone / "prosa",
        "--version",
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHON": str(maker), "PYTHONPATH": packages},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()

    assert (process.returncode, out.decode().strip()) == (0, VERSION), err
    assert err.decode() == f"prosa: making the environment in {clone}/.venv, once\n"
