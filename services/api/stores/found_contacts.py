"""Which contacts a search finds: named where they are few, else recognised as they are met.

Who looks for a rare name wants one of a hundred thousand: an index has it. Who looks for a common one wants the latest of
very many, and meets enough of them soon on the way along any order, while all of them would have to be fetched to be sorted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.sql import SQL, Composable

from services.api.contact_search import ContactSearch
from shared.db.pool import Connection

FEW = 2000
MATCHING = SQL("matching_contacts(%(words)s::text[], %(phones)s::text[], %(most)s::integer)")

# (As a case, of which the planner knows nothing: as what is rarely true it would have it sort all that there is.)
_RECOGNISED = SQL(
    """CASE WHEN folded(ct.name) LIKE ALL (ARRAY(SELECT folded(p) FROM unnest(%(name_patterns)s::text[]) AS n (p)))
         OR ct.phone LIKE ANY (%(phone_patterns)s::text[])
         OR cardinality(%(phone_patterns)s::text[]) > 0 AND EXISTS (
           SELECT FROM contact_identities i WHERE i.clinic_id = ct.clinic_id AND i.contact_id = ct.id
             AND i.kind = 'phone' AND i.value LIKE ANY (%(phone_patterns)s::text[]))
       THEN true ELSE false END"""
)


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """What a search finds in a clinic: ids of up to one more than `FEW`."""

    search: ContactSearch
    ids: Sequence[int]

    def condition(self, named: Composable) -> Composable:
        """The condition on `contacts ct`. `named` is the one by which their ids, `%(found)s`, are looked up."""
        return named if len(self.ids) <= FEW else _RECOGNISED

    def values(self) -> dict[str, Any]:
        """The condition's values, but for the clinic's."""
        return {
            "found": self.ids,
            "name_patterns": [_containing(word) for word in self.search.words],
            "phone_patterns": [_containing(phone) for phone in self.search.phones],
        }


def matching_values(search: ContactSearch) -> dict[str, Any]:
    """The values of `MATCHING`."""
    return {"words": search.words, "phones": search.phones, "most": FEW + 1}


async def find_contacts(connection: Connection, search: ContactSearch) -> FoundContacts:
    """What a search finds in the transaction's clinic."""
    cursor = await connection.execute(SQL("SELECT {} AS ids").format(MATCHING), matching_values(search))
    row = await cursor.fetchone()
    return FoundContacts(search, row["ids"] if row else [])


def _containing(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
