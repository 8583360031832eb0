"""`prosa audit verify|head`: whether the log is as it was written. Adds itself to `prosa audit`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from services.cli.administration.audit_chain import Break, Chain
from services.cli.administration.audit_heads import examined, head, missing_anchor, settle_on_now
from services.cli.administration.clinics import all_clinics, clinic_named
from services.cli.administration.database import Connection, Row, administered
from services.cli.commands.audit import audit
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.failures import ExitCode, usage
from services.cli.options import LOCAL, Shared
from services.cli.screen.tables import Column

Clinic = Annotated[str | None, Parameter(name="--clinic", help="Its slug or id; else every clinic.")]


@audit.command(
    help_epilogue=examples("prosa audit verify", "prosa audit verify --clinic demo --against heads.json --json")
)
def verify(
    *,
    clinic: Clinic = None,
    against: Annotated[
        Path | None, Parameter(name="--against", help="What `prosa audit head --json` said earlier, kept elsewhere.")
    ] = None,
    options: Shared = LOCAL,
) -> int:
    """Examine the audit log in the database: the first entry that is not as it was written is named, with exit code 1."""
    out, anchors = output(options), _anchors(against)
    with administered() as connection:
        found = [
            (row, chain, chain.broken or _lost(connection, row, anchors)) for row, chain in _chains(connection, clinic)
        ]
    if out.as_json:
        out.document({"clinics": [_verdict(*one) for one in found]})
    else:
        columns = (
            Column("CLINIC"),
            Column("ENTRIES"),
            Column("ERASED"),
            Column("EXPIRED"),
            Column("VERDICT", flexible=True),
        )
        out.table(columns, [_line(*one) for one in found])
    return ExitCode.FAILED if any(broken for _, _, broken in found) else ExitCode.DONE


@audit.command(name="head", help_epilogue=examples("prosa audit head --json > heads.json"))
def head_(*, clinic: Clinic = None, options: Shared = LOCAL) -> None:
    """Show where each clinic's chain ends. Kept elsewhere, it proves later that nothing was cut off."""
    out = output(options)
    with administered() as connection:
        settle_on_now(connection)
        heads = [(row, *head(connection, row["id"])) for row in _wanted(connection, clinic)]
    if out.as_json:
        named = [
            {"id": str(row["id"]), "slug": row["slug"], "sequence": last, "hash": digest} for row, last, digest in heads
        ]
        out.document({"at": out.now().isoformat(), "heads": named})
    else:
        columns = (Column("CLINIC"), Column("SEQUENCE"), Column("HASH", flexible=True))
        out.table(columns, [[row["slug"], last, digest or "-"] for row, last, digest in heads])


def _chains(connection: Connection, clinic: str | None) -> Iterator[tuple[Row, Chain]]:
    settle_on_now(connection)
    for row in _wanted(connection, clinic):
        yield row, examined(connection, row["id"])


def _wanted(connection: Connection, clinic: str | None) -> list[Row]:
    return all_clinics(connection) if clinic is None else [clinic_named(connection, clinic)]


def _lost(connection: Connection, clinic: Row, anchors: dict[str, tuple[int, str]]) -> Break | None:
    anchor = anchors.get(str(clinic["id"]))
    return anchor and missing_anchor(connection, clinic["id"], *anchor)


def _anchors(path: Path | None) -> dict[str, tuple[int, str]]:
    if path is None:
        return {}
    try:
        heads = json.loads(path.read_text(encoding="utf-8"))["heads"]
        return {head["id"]: (int(head["sequence"]), str(head["hash"])) for head in heads}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise usage(f"{path} is not what `prosa audit head --json` writes: {error}.") from None


def _verdict(clinic: Row, chain: Chain, broken: Break | None) -> dict[str, Any]:
    return {
        "id": str(clinic["id"]),
        "slug": clinic["slug"],
        "entries": chain.sequence,
        "erased": chain.redacted,
        "expired": chain.expired,
        "head": {"sequence": chain.sequence, "hash": chain.hash.hex() if chain.sequence else ""},
        "broken": broken and {"sequence": broken.sequence, "entry_id": str(broken.entry_id), "what": broken.what},
    }


def _line(clinic: Row, chain: Chain, broken: Break | None) -> list[object]:
    verdict = "as it was written"
    if broken is not None:
        place = "an entry without a link" if broken.sequence is None else f"link {broken.sequence}"
        verdict = f"BROKEN at {place}, entry {broken.entry_id}: {broken.what}"
    return [clinic["slug"], chain.sequence, chain.redacted, chain.expired, verdict]
