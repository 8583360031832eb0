"""`prosa clinics …`."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from services.cli.administration.clinics import all_clinics, create_clinic
from services.cli.administration.database import administered
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.options import LOCAL, Shared
from services.cli.screen.tables import Column

clinics = App(name="clinics")


@clinics.command(name="list", help_epilogue=examples("prosa clinics list"))
def list_(*, options: Shared = LOCAL) -> None:
    """List the clinics."""
    out = output(options)
    with administered() as connection:
        found = [clinic_object(row) for row in all_clinics(connection)]
    if out.as_json:
        out.document({"clinics": found})
    elif found:
        columns = (Column("ID"), Column("SLUG"), Column("NAME", flexible=True), Column("TIMEZONE", drop=1))
        out.table(columns, [[row["id"], row["slug"], row["name"], row["timezone"]] for row in found])
    else:
        out.line("No clinics yet: prosa clinics create SLUG --name NAME")


@clinics.command(help_epilogue=examples("prosa clinics create bem-estar --name 'Bem-Estar' --timezone America/Recife"))
def create(
    slug: Annotated[str, Parameter(name="SLUG", help="Its short name: lower-case letters, digits, hyphens.")],
    /,
    *,
    name: Annotated[str, Parameter(help="As agents see it.")],
    timezone: Annotated[
        str, Parameter(help="IANA name; times without an offset are meant in it.", show_default=True)
    ] = ("America/Sao_Paulo"),
    options: Shared = LOCAL,
) -> None:
    """Create a clinic."""
    out = output(options)
    with administered() as connection:
        clinic = clinic_object(create_clinic(connection, slug, name, timezone))
    if out.as_json:
        out.document({"clinic": clinic})
    else:
        out.line(f"Clinic {clinic['slug']} has id {clinic['id']}.")
        out.note(f"Next: prosa users create EMAIL --clinic {slug} --name NAME --role agent")


def clinic_object(row: dict[str, Any]) -> dict[str, Any]:
    """A clinic for programs."""
    kept = {name: row[name] for name in ("slug", "name", "timezone")}
    return {"id": str(row["id"]), **kept, "created_at": row["created_at"].isoformat()}
