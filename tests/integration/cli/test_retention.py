"""Retention rules, in the database."""

import psycopg
from psycopg.rows import DictRow

from tests.integration.cli.running import Prosa

Owner = psycopg.Connection[DictRow]


async def test_a_rule_is_set_replaced_listed_and_ended(administrator: Prosa, owner: Owner) -> None:
    """Each change is in the audit log with the machine's user; without a rule everything is kept."""
    assert "everything is kept" in (await administrator("retention", "list")).ok().out
    for days in ("365", "30"):
        made = await administrator("retention", "set", "demo", "messages", days, "--json")
        assert made.ok().document["rule"]["days"] == int(days)
    [rule] = (await administrator("retention", "list", "--json")).ok().document["rules"]
    assert (rule["clinic"], rule["class"], rule["days"]) == ("demo", "messages", 30)
    (await administrator("retention", "end", "demo", "messages")).ok()
    assert (await administrator("retention", "end", "demo", "messages")).code == 5
    actions = [row["action"] for row in owner.execute("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["retention.set", "retention.set", "retention.ended"]


async def test_what_is_no_rule_is_refused(administrator: Prosa, owner: Owner) -> None:
    """A class that is not known, no time at all, a clinic that is not there."""
    for words, code in (
        (("demo", "everything", "3"), 2),
        (("demo", "messages", "0"), 2),
        (("nowhere", "messages", "3"), 5),
    ):
        assert (await administrator("retention", "set", *words)).code == code
    assert owner.execute("SELECT 1 FROM retention_rules").fetchall() == []
