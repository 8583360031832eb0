"""What an operator does with dead letters, with real processes."""

import asyncio
import json
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from shared.broker.topology import Topology
from tests.factories import OTHER_CLINIC, n8n_message
from tests.integration.cli.conftest import signed_in
from tests.integration.cli.dead import add_dead_letter, states, unreadable_message
from tests.integration.cli.running import PROSA, Prosa
from tests.ports import free_port
from tests.product import Product, running_product
from tests.waiting import until

Owner = psycopg.Connection[DictRow]

pytestmark = pytest.mark.timeout(240)  # each makes many calls, and every call is a process

FINGERPRINT = "5f1c0a9be2d34471"


@pytest.fixture
async def working(product: Product, rabbitmq_url: str, topology: Topology, tmp_path: Path) -> AsyncIterator[Product]:
    """A real API, and a worker of the test's own."""
    environment = {**product.environment, "RABBITMQ_URL": rabbitmq_url, "WEBHOOK_QUEUE_NAME": topology.name}
    async with running_product(tmp_path, environment, "queue_worker") as worker:
        yield worker


@pytest.fixture
async def at_work(prosa: Prosa, working: Product) -> Prosa:
    """`./prosa` as the demo's operator, with an API and a worker."""
    prosa.environment |= await signed_in(working, "oper@demo.test")
    return prosa


async def test_stats_show_size_growth_age_and_groups(operator: Prosa, owner: Owner) -> None:
    """For people, for programs, and again and again as NDJSON."""
    add_dead_letter(owner, age="3 hours")
    add_dead_letter(owner)
    add_dead_letter(owner, event="action.created", fingerprint="00ffee", error="no such person")
    shown = (await operator("dlq", "stats")).ok().out
    document = (await operator("dlq", "stats", "--group-by", "event_type", "--json")).ok().document

    assert "dead letters  3 (3 dead)" in shown
    assert "oldest        3 h" in shown
    assert f"{FINGERPRINT}      2" in shown
    assert "no such person" in shown
    assert {group["key"]: group["count"] for group in document["groups"]} == {"message.created": 2, "action.created": 1}
    assert (document["last_hour"], document["last_day"]) == (2, 3)
    watching = await operator.in_terminal("dlq", "stats", "--watch", "--every", "0.1")
    await watching.shows("dead letters  3")
    add_dead_letter(owner)
    await watching.shows("dead letters  4")
    watching.interrupt()
    assert await watching.ended() == 0


async def test_nothing_dead_is_said_so(operator: Prosa) -> None:
    """An empty result says what to do next, and is an empty list for programs."""
    assert "nothing to do" in (await operator("dlq", "stats")).ok().out
    assert "Nothing is dead" in (await operator("dlq", "list")).ok().out
    assert "take a filter away" in (await operator("dlq", "list", "--since", "1h")).ok().out
    assert (await operator("dlq", "list", "--json")).ok().document["entries"] == []


async def test_the_list_is_filtered_and_paged(operator: Prosa, owner: Owner) -> None:
    """Each filter alone chooses what it says; another clinic's dead letters are nobody's."""
    old = add_dead_letter(owner, age="3 hours", expires="2 days")
    call = add_dead_letter(
        owner, {"event": "call", "data": {"n": 7}}, event="call", reason="bug", error="KeyError: from"
    )
    named = add_dead_letter(owner, provider_id="3EB0AA")
    add_dead_letter(owner, clinic_id=OTHER_CLINIC)

    async def found(*words: str) -> list[str]:
        document = (await operator("dlq", "list", "--json", *words)).ok().document
        return [entry["id"] for entry in document["entries"]]

    assert await found() == [named, call, old]
    assert await found("--until", "2h") == [old]
    assert await found("--since", "2h") == [named, call]
    assert await found("--reason", "bug") == [call]
    assert await found("--event", "call") == [call]
    assert await found("--error", "keyerror") == [call]
    assert await found("--contains", '{"data": {"n": 7}}') == [call]
    assert await found("--provider-id", "3EB0AA") == [named]
    assert await found("--fingerprint", FINGERPRINT, "--source", "n8n", "--min-failures", "3") == [named, call, old]
    assert await found("--state", "replayed", "--state", "discarded") == []
    first = (await operator("dlq", "list", "--limit", "2", "--json")).ok().document
    assert await found("--cursor", first["next_cursor"]) == [old]
    assert (await operator("dlq", "list", "--since", "yesterday")).code == 2


async def test_one_is_shown_masked_until_it_is_revealed(operator: Prosa, owner: Owner) -> None:
    """Revealing needs a reason, and is in the audit log with the name of who did it."""
    entry = add_dead_letter(owner, expires="2 days 1 hour")
    shown = (await operator("dlq", "show", entry)).ok().out
    revealed = (await operator("dlq", "show", entry, "--reveal", "--reason", "ticket 12")).ok().out

    assert "expires in 2 d: replay or export it before" in shown
    assert "timeout" in shown
    assert "bom dia" not in shown
    assert "5511955550001" not in shown
    assert "bom dia" in revealed
    assert (await operator("dlq", "reveal", entry, "--reason", "x", "--json")).ok().document["payload"][
        "content"
    ] == "bom dia"
    assert (await operator("dlq", "reveal", entry)).code == 2
    audited = (await operator("audit", "list", "--action", "dead_letter.revealed", "--json")).ok().document["entries"]
    assert [(one["subject_id"], one["data"]["reason"]) for one in audited] == [(entry, "x"), (entry, "ticket 12")]
    assert "Otávio Reis" in (await operator("audit", "list")).ok().out
    assert (await operator("dlq", "show", "999999")).code == 5


async def test_a_replay_has_one_effect_and_a_second_is_a_conflict(at_work: Prosa, owner: Owner) -> None:
    """The second operator hears who was first; the message is stored once."""
    entry = add_dead_letter(owner)
    replayed = (await at_work("dlq", "replay", entry, "--follow", "--every", "0.05", "--json")).ok()
    again = await at_work("dlq", "replay", entry, "--json")

    assert replayed.document["entry"]["state"] == "replayed"
    assert (again.code, again.problem["code"], again.problem["by"]) == (3, "already_replayed", "Otávio Reis")
    assert owner.execute("SELECT content FROM messages").fetchall() == [{"content": "bom dia"}]


async def test_the_bytes_as_they_came_are_replayed(at_work: Prosa, owner: Owner) -> None:
    """For what a newer version reads otherwise: its stored event is passed by."""
    came = json.dumps(n8n_message("boa noite", external_id="w7")).encode()
    entry = add_dead_letter(owner, unreadable_message(), raw=came)
    (await at_work("dlq", "replay", entry, "--mode", "raw", "--follow", "--every", "0.05")).ok()

    assert owner.execute("SELECT content FROM messages").fetchall() == [{"content": "boa noite"}]


async def test_a_replay_that_fails_again_is_exit_code_7(at_work: Prosa, owner: Owner) -> None:
    """It is dead again, and says why."""
    ended = await at_work("dlq", "replay", add_dead_letter(owner, unreadable_message()), "--follow", "--every", "0.05")

    assert ended.code == 7
    assert "failed again" in ended.out


async def test_selected_ones_come_from_a_pipe(at_work: Prosa, owner: Owner) -> None:
    """Ids on stdin; nobody can be asked, so it needs --yes."""
    good, bad = add_dead_letter(owner), add_dead_letter(owner, unreadable_message())
    untouched = add_dead_letter(owner)
    refused = await at_work("dlq", "replay", "-", stdin=f"{good}\n{bad}\n")
    ended = await at_work("dlq", "replay", "-", "--yes", "--follow", "--every", "0.05", "--json", stdin=f"{good} {bad}")

    assert (refused.code, "--yes" in refused.err) == (2, True)
    last = ended.documents[-1]
    assert (ended.code, last["state"], last["succeeded"], last["failed"]) == (7, "done", 1, 1)
    assert states(owner) == {good: "replayed", bad: "dead", untouched: "dead"}


async def test_a_filter_is_tried_first_and_confirmed_by_its_number(operator: Prosa, owner: Owner) -> None:
    """A dry run changes nothing; on a terminal the number is typed; any other answer does nothing."""
    for _ in range(3):
        add_dead_letter(owner)
    add_dead_letter(owner, reason="bug")
    choice = ("dlq", "replay", "--since", "2h", "--reason", "exhausted")
    plan = (await operator(*choice, "--dry-run")).ok().out
    unasked = await operator(*choice)
    wrong = await operator.in_terminal(*choice)
    await wrong.shows("Type 3 to replay them: ")
    wrong.type("yes")
    assert await wrong.ended() == 1

    assert "matching   3" in plan
    assert "3 demo-n8n" in plan
    assert "postgres ok" in plan
    assert unasked.code == 2
    assert set(states(owner).values()) == {"dead"}
    assert owner.execute("SELECT * FROM replays").fetchall() == []
    right = await operator.in_terminal(*choice, "--rate", "7/s", "--max-failures", "5")
    await right.shows("Type 3 to replay them: ")
    right.type("3")
    assert await right.ended() == 0
    made = owner.execute("SELECT total, rate, max_failures, created_by FROM replays").fetchall()
    assert made == [{"total": 3, "rate": 7, "max_failures": 5, "created_by": "Otávio Reis"}]


async def test_nothing_that_matches_is_nothing_to_replay(operator: Prosa) -> None:
    """And no failure."""
    assert "nothing to replay" in (await operator("dlq", "replay", "--all", "--yes")).ok().out


async def test_a_plan_warns_of_what_is_paused(operator: Prosa, owner: Owner) -> None:
    """Also where nobody is asked."""
    add_dead_letter(owner)
    (await operator("queue", "pause", "--kind", "events", "--reason", "bad release")).ok()

    assert "paused" in (await operator("dlq", "replay", "--all", "--dry-run")).ok().out
    assert "Warning: paused" in (await operator("dlq", "replay", "--all", "--yes", "--start-at", "+1h")).ok().err


async def test_a_bulk_replay_is_paused_resumed_and_cancelled(at_work: Prosa, owner: Owner) -> None:
    """And shown; what is over cannot be turned any more."""
    entries = [add_dead_letter(owner) for _ in range(3)]
    begun = (await at_work("dlq", "replay", "--all", "--yes", "--start-at", "+1h", "--json")).ok().document["replay"]
    job = begun["id"]

    assert (await at_work("dlq", "job", "pause", job, "--json")).ok().document["replay"]["state"] == "paused"
    assert (await at_work("dlq", "job", "pause", job)).code == 3
    assert (await at_work("dlq", "job", "resume", job, "--json")).ok().document["replay"]["state"] == "running"
    assert "running" in (await at_work("dlq", "job", "list")).ok().out
    assert (await at_work("dlq", "job", "cancel", job, "--json")).ok().document["replay"]["state"] == "cancelled"
    assert (await at_work("dlq", "job", "resume", job)).code == 3
    assert "cancelled" in (await at_work("dlq", "job", job)).ok().out
    assert (await at_work("dlq", "job", "show", "999999")).code == 5
    assert (await at_work("dlq", "job", "follow", job)).code == 1
    assert states(owner) == dict.fromkeys(entries, "dead")


# Some of twelve are worked, and not all: at two a second each part stands for a second.
BEGUN = re.compile(r"\b([1-9]|1[01])/12 ")


async def test_leaving_a_followed_replay_leaves_it_running(at_work: Prosa, owner: Owner) -> None:
    """Ctrl-C says how to come back, and who comes back sees its end."""
    entries = [add_dead_letter(owner) for _ in range(12)]
    terminal = await at_work.in_terminal(
        "dlq", "replay", "--all", "--yes", "--rate", "2/s", "--follow", "--every", "0.05"
    )
    await until(lambda: BEGUN.search(terminal.screen), what="a part of the twelve")
    terminal.interrupt()
    code = await terminal.ended()
    job = str(owner.execute("SELECT id FROM replays").fetchall()[0]["id"])
    followed = await at_work("dlq", "job", job, "--follow", "--every", "0.05")

    assert code == 130
    assert f"prosa dlq job {job} --follow" in terminal.screen
    assert followed.ok().out.splitlines()[-1].startswith("done  12/12 100%  12 ok  0 failed")
    assert states(owner) == dict.fromkeys(entries, "replayed")


async def test_following_outlives_a_restart_of_the_api(
    at_work: Prosa, working: Product, owner: Owner, tmp_path: Path
) -> None:
    """As the replay itself does; that the API is away is said once."""
    for _ in range(12):
        add_dead_letter(owner)
    async with running_product(tmp_path, {**working.environment, "API_PORT": str(free_port())}, "api") as restarted:
        terminal = await at_work.in_terminal(
            *("dlq", "replay", "--all", "--yes", "--rate", "2/s", "--follow", "--every", "0.05"),
            PROSA_API_URL=restarted.api,
        )
        await until(lambda: BEGUN.search(terminal.screen), what="a part of the twelve")
        await restarted.kill("api")
        await terminal.shows("Trying again.")
        await restarted.start("api")

        assert await terminal.ended() == 0
    assert "done  12/12 100%" in terminal.screen
    assert terminal.screen.count("Trying again.") == 1


async def test_a_payload_is_edited_from_a_file_and_replayed(at_work: Prosa, owner: Owner) -> None:
    """The reason and the difference are kept; the original too."""
    entry = add_dead_letter(owner, unreadable_message())
    fixed = json.dumps({**unreadable_message(), "phone": "5511955550001"})
    words = ("dlq", "edit", entry, "--payload-file", "-")
    assert (await at_work(*words, stdin=fixed)).code == 2
    edited = (await at_work(*words, "--reason", "phone was missing", "--replay", "--json", stdin=fixed)).ok().document

    assert edited["entry"]["state"] == "replaying"
    assert "+" in edited["diff"]
    await until(lambda: states(owner)[entry] == "replayed", what="the edited one replayed")
    row = owner.execute("SELECT payload, edited_payload FROM failed_messages").fetchone()
    assert row is not None
    assert ("phone" in row["payload"], "phone" in row["edited_payload"]) == (False, True)


async def test_a_payload_is_edited_in_an_editor(operator: Prosa, owner: Owner, tmp_path: Path) -> None:
    """It gets the payload as it came in a file for the user alone, which is gone afterwards; then the change is shown."""
    entry = add_dead_letter(owner)
    terminal = await operator.in_terminal("dlq", "edit", entry, EDITOR=_editor(tmp_path, "s/bom dia/boa tarde/"))
    await terminal.shows("Store this? [y/N] ")
    terminal.type("y")
    await terminal.shows("Reason to edit: ")
    terminal.type("wrong greeting")
    assert await terminal.ended() == 0

    assert '-  "content": "bom dia",' in terminal.screen
    assert '+  "content": "boa tarde",' in terminal.screen
    row = owner.execute("SELECT edited_payload, version FROM failed_messages").fetchone()
    assert row is not None
    assert (row["edited_payload"]["content"], row["version"]) == ("boa tarde", 2)
    seen = (tmp_path / "seen").read_text().split()
    assert stat.S_IMODE(int(seen[0], 16)) == 0o600
    assert not Path(seen[1]).parent.exists()
    assert "PROSA_TOKEN" not in (tmp_path / "environment").read_text()


async def test_an_editor_that_fails_changes_nothing(operator: Prosa, owner: Owner, tmp_path: Path) -> None:
    """Nor does an unchanged file, nor text that is no JSON; no file is left."""
    entry = add_dead_letter(owner)
    failing = await operator.in_terminal("dlq", "edit", entry, EDITOR="false")
    unchanged = await operator.in_terminal("dlq", "edit", entry, EDITOR="true")
    torn = await operator.in_terminal("dlq", "edit", entry, EDITOR=_editor(tmp_path, "s/{/(/"))
    await torn.shows("Edit again? [Y/n] ")
    torn.type("n")

    assert (await failing.ended(), await unchanged.ended(), await torn.ended()) == (1, 0, 2)
    assert "Nothing was changed" in unchanged.screen
    row = owner.execute("SELECT edited_payload, version FROM failed_messages").fetchone()
    assert row == {"edited_payload": None, "version": 1}
    assert list(operator.home.glob("**/prosa-edit-*")) == []


async def test_nothing_is_left_where_an_edit_is_broken_off(operator: Prosa, owner: Owner, tmp_path: Path) -> None:
    """By SIGTERM while the editor is open: the file with the patient's words is gone."""
    waiting = _editor(tmp_path, "s/x/y/", "read -r line")
    terminal = await operator.in_terminal("dlq", "edit", add_dead_letter(owner), EDITOR=waiting)
    file = await until(lambda: _opened(tmp_path), what="the editor")
    assert file is not None
    terminal.process.terminate()

    assert await terminal.ended() == 143
    assert not file.parent.exists()


async def test_an_edit_of_what_changed_meanwhile_is_refused(operator: Prosa, owner: Owner, tmp_path: Path) -> None:
    """While one has it in the editor, another stores theirs: exit code 3, and theirs stays."""
    entry = add_dead_letter(owner)
    others = f"echo '{{\"mine\": true}}' | {PROSA} dlq edit {entry} --payload-file - --reason first >&2"
    environment = credentials_line(operator)
    terminal = await operator.in_terminal(
        "dlq", "edit", entry, EDITOR=_editor(tmp_path, "s/bom/mau/", f"{environment} {others}")
    )
    await terminal.shows("Store this? [y/N] ")
    terminal.type("y")
    await terminal.shows("Reason to edit: ")
    terminal.type("second")

    assert await terminal.ended() == 3
    row = owner.execute("SELECT edited_payload FROM failed_messages").fetchone()
    assert row == {"edited_payload": {"mine": True}}


async def test_discarded_ones_can_be_brought_back(operator: Prosa, owner: Owner) -> None:
    """One, several, or by a filter; each with a reason."""
    one, two, three = (add_dead_letter(owner) for _ in range(3))
    (await operator("dlq", "discard", one, "--reason", "a test")).ok()
    assert (await operator("dlq", "discard", one, "--reason", "a test")).code == 3
    assert (await operator("dlq", "discard", "--all", "--reason", "tests")).code == 2
    assert (await operator("dlq", "discard", "--all", "--reason", "tests", "--dry-run", "--json")).ok().document[
        "count"
    ] == 2
    assert (await operator("dlq", "discard", "--all", "--reason", "tests", "--yes", "--json")).ok().document[
        "count"
    ] == 2
    assert set(states(owner).values()) == {"discarded"}
    restored = (await operator("dlq", "restore", one, two, "--json")).ok().document["results"]
    partly = await operator("dlq", "restore", one, three)

    assert [result["restored"] for result in restored] == [True, True]
    assert partly.code == 7
    assert states(owner) == dict.fromkeys((one, two, three), "dead")


async def test_issues_are_acknowledged_muted_resolved_and_reopened(operator: Prosa, owner: Owner) -> None:
    """With a link, and with an end of discarding by itself."""
    add_dead_letter(owner)
    act = ("dlq", "issue")
    acknowledged = (
        (await operator(*act, "ack", FINGERPRINT, "--link", "https://t.test/12", "--json")).ok().document["issue"]
    )
    muted = (await operator(*act, "mute", FINGERPRINT, "--discard-for", "7d", "--json")).ok().document["issue"]

    assert (acknowledged["state"], acknowledged["link"]) == ("acknowledged", "https://t.test/12")
    assert (muted["state"], muted["link"], muted["discard_until"] is None) == ("muted", "https://t.test/12", False)
    assert "muted" in (await operator("dlq", "issues", "--state", "muted")).ok().out
    assert "No issue" in (await operator("dlq", "issues", "--state", "open")).ok().out
    assert (await operator(*act, "resolve", FINGERPRINT, "--json")).ok().document["issue"]["state"] == "resolved"
    assert (await operator(*act, "reopen", FINGERPRINT, "--json")).ok().document["issue"]["state"] == "open"
    assert (await operator(*act, "ack", "nothing")).code == 5


async def test_an_export_is_masked_and_for_its_user_alone(operator: Prosa, owner: Owner) -> None:
    """NDJSON on stdout, CSV into a file."""
    entry = add_dead_letter(owner)
    lines = (await operator("dlq", "export", "--since", "2h")).ok()
    (await operator("dlq", "export", "--format", "csv", "--output", "dead.csv")).ok()
    file = operator.home / "dead.csv"

    assert [line["id"] for line in lines.documents] == [entry]
    assert "bom dia" not in lines.out
    assert file.read_text().splitlines()[1].startswith(entry)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_what_is_retried_can_be_killed_or_run_now(operator: Prosa, owner: Owner) -> None:
    """Of the queue, before it is dead."""
    owner.execute(
        "INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, status, scheduled_at,"
        " retry_count) SELECT x, x, 1, 1, 'call', '{}', 'retrying', now() + interval '1 hour', 1"
        " FROM unnest(ARRAY['0192a8a4-43b2-71c3-9e7a-8514ab6c9951', '0192a8a4-43b2-71c3-9e7a-8514ab6c9952']::uuid[]) AS x"
    )
    listed = (await operator("queue", "list", "--status", "retrying", "--json")).ok().document["messages"]
    first, second = sorted(message["id"] for message in listed)

    assert "call" in (await operator("queue", "list", "--event", "call")).ok().out
    assert (await operator("queue", "stats", "--json")).ok().document["depth"]["retrying"] == 2
    (await operator("queue", "kill", first, "--reason", "hopeless")).ok()
    assert (await operator("queue", "kill", first, "--reason", "hopeless")).code == 3
    (await operator("queue", "run", second)).ok()
    due = owner.execute("SELECT id FROM message_queue WHERE coalesce(scheduled_at, now()) <= now()").fetchall()
    assert second in {str(row["id"]) for row in due}
    assert (await operator("queue", "run", "0192a8a4-43b2-71c3-9e7a-8514ab6c9959")).code == 5


async def test_work_is_paused_and_resumed(operator: Prosa) -> None:
    """Of one source or the clinic, with a reason; twice is a conflict, and what is not paused is not found."""
    source = (await operator("sources", "list", "--json")).ok().document["sources"][0]["id"]
    pause = ("queue", "pause", "--kind", "sends", "--source", source, "--reason", "new phone")

    (await operator(*pause)).ok()
    assert (await operator(*pause)).code == 3
    assert "new phone" in (await operator("queue", "pauses")).ok().out
    (await operator("queue", "resume", "--kind", "sends", "--source", source)).ok()
    assert (await operator("queue", "resume", "--kind", "sends", "--source", source)).code == 5
    assert "Nothing is paused" in (await operator("queue", "pauses")).ok().out


async def test_a_source_that_rests_is_shown_with_the_pauses_and_the_sources(
    operator: Prosa, administrator: Prosa, owner: Owner
) -> None:
    """Nobody paused it and nothing leaves; what it last sent is shown too, from the API and from the database."""
    owner.execute(
        "INSERT INTO source_sending (source_id, clinic_id, failures, paused_at, paused_until, reason)"
        " SELECT id, 1, 3, now(), now() + interval '1 hour', 'line_down' FROM sources WHERE name = 'demo-wa'"
    )
    owner.execute(
        "INSERT INTO source_activity SELECT 1, id, 'call', now() - interval '3 days', 1 FROM sources WHERE name = 'demo-wa'"
    )

    for shown in (
        (await operator("queue", "pauses")).ok().out,
        (await operator("sources", "list")).ok().out,
        (await administrator("sources", "list", "--clinic", "demo")).ok().out,
    ):
        assert "Sends of demo-wa rest: line_down, failures 3; tried again in 59 min." in shown
    assert "3 d ago" in shown
    resting = (await operator("queue", "pauses", "--json")).ok().document["resting"]
    assert [source["name"] for source in resting] == ["demo-wa"]


async def test_rights_are_the_servers(prosa: Prosa, product: Product, owner: Owner) -> None:
    """Exit code 4 with the right that is missing: agents see nothing, supervisors look, another clinic finds nothing."""
    entry = add_dead_letter(owner)
    agent, supervisor = await signed_in(product, "ana@demo.test"), await signed_in(product, "sofia@demo.test")
    refused = await prosa("dlq", "list", "--json", **agent)

    assert (refused.code, refused.problem["code"], refused.problem["right"]) == (4, "right_missing", "view")
    assert (await prosa("dlq", "list", **supervisor)).code == 0
    for words in (
        ("dlq", "replay", entry),
        ("dlq", "reveal", entry, "--reason", "x"),
        ("dlq", "replay", "--all", "--yes"),
        ("dlq", "discard", entry, "--reason", "x"),
        ("queue", "pause", "--kind", "sends", "--reason", "x"),
    ):
        assert (await prosa(*words, **supervisor)).code == 4
    owner.execute("UPDATE users SET role = 'operator' WHERE email = 'carla@outra.test'")
    assert (await prosa("dlq", "show", entry, **await signed_in(product, "carla@outra.test"))).code == 5
    assert states(owner) == {entry: "dead"}


def _editor(folder: Path, change: str, before: str = "") -> str:
    """An editor that notes what it was given, and changes it with sed."""
    script = folder / "editor"
    script.write_text(
        f"#!/bin/sh\nset -e\nstat -c '%f %n' \"$1\" > {folder}/seen\nenv > {folder}/environment\n{before}\n"
        f"sed -i '{change}' \"$1\"\n"
    )
    script.chmod(0o755)
    return os.fspath(script)


def _opened(folder: Path) -> Path | None:
    """The file that the editor has open now."""
    seen = folder / "seen"
    file = Path(seen.read_text().split()[1]) if seen.exists() and seen.read_text() else None
    return file if file is not None and file.exists() else None


def credentials_line(prosa: Prosa) -> str:
    """What an editor is not given, for a call of its own."""
    names = ("PROSA_TOKEN", "DATABASE_URL")
    return "; ".join(f"export {name}='{prosa.environment[name]}'" for name in names) + ";"


async def test_calls_at_once_do_not_disturb_each_other(operator: Prosa, owner: Owner) -> None:
    """Of two operators who replay the same one, one does and the other hears it."""
    entry = add_dead_letter(owner)
    ended = await asyncio.gather(*(operator("dlq", "replay", entry) for _ in range(3)))

    assert sorted(one.code for one in ended) == [0, 3, 3]
