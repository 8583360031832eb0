"""All that is sealed with the installation's keys, sealed anew with the first, so that the others can be forgotten."""

from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from services.cli.administration.clinics import all_clinics
from services.cli.administration.database import Connection, enter_clinic, note_in_audit
from services.cli.administration.source_secrets import sealing_keys
from shared.auth.seal import UnsealError, open_sealed, seal
from shared.auth.standard_webhooks import OUTGOING

# Each is sealed for its owner and purpose.
TABLES = {
    "source_secrets": SQL("SELECT id, source_id AS owner_id, purpose, sealed FROM source_secrets"),
    "webhook_destination_secrets": SQL(
        "SELECT id, destination_id AS owner_id, {} AS purpose, sealed FROM webhook_destination_secrets"
    ).format(OUTGOING),
}


def reencrypt_secrets(connection: Connection) -> tuple[int, list[str]]:
    """Seal every secret of every clinic with the first key; how many, and those that no key opens, as `table:id`."""
    keys, sealed_anew, unopened = sealing_keys(), 0, list[str]()
    for clinic in all_clinics(connection):
        enter_clinic(connection, clinic["id"])
        done = 0
        for table, secrets in TABLES.items():
            statement = SQL("{} WHERE clinic_id = %s ORDER BY id FOR UPDATE").format(secrets)
            for row in connection.execute(statement, [clinic["id"]]).fetchall():
                if _reseal(connection, keys, table, row):
                    done += 1
                else:
                    unopened.append(f"{table}:{row['id']}")
        if done:
            note_in_audit(
                connection, clinic["id"], "source.secrets_sealed_anew", ("clinic", clinic["id"]), secrets=done
            )
        sealed_anew += done
    return sealed_anew, unopened


def _reseal(connection: Connection, keys: tuple[str, ...], table: str, row: DictRow) -> bool:
    try:
        secret = open_sealed(keys, row["owner_id"], row["purpose"], row["sealed"])
    except UnsealError:
        return False
    connection.execute(
        SQL("UPDATE {} SET sealed = %s WHERE id = %s").format(Identifier(table)),
        [seal(keys, row["owner_id"], row["purpose"], secret), row["id"]],
    )
    return True
