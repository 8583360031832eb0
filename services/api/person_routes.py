"""The route table of what admins do with everything that there is of one person."""

from services.api.endpoint import Endpoint
from services.api.models.persons import (
    ErasureAnswer,
    ErasureBody,
    ErasureList,
    ErasureQuery,
    HeldContact,
    PersonReasonBody,
    PersonReasonQuery,
)
from services.api.views import persons

_CONTACT = "/api/contacts/{contact_id}"

PERSON_ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{_CONTACT}/export",
        handler=persons.export_person,
        tag="privacy",
        query=PersonReasonQuery,
        problems=(403, 404),
        streams=("application/x-ndjson",),
    ),
    Endpoint(
        method="POST",
        path=f"{_CONTACT}/erasure",
        handler=persons.erase_person,
        tag="privacy",
        body=ErasureBody,
        answer=ErasureAnswer,
        problems=(403, 404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{_CONTACT}/hold",
        handler=persons.hold_person,
        tag="privacy",
        body=PersonReasonBody,
        answer=HeldContact,
        problems=(403, 404),
    ),
    Endpoint(
        method="DELETE",
        path=f"{_CONTACT}/hold",
        handler=persons.release_person,
        tag="privacy",
        query=PersonReasonQuery,
        answer=HeldContact,
        problems=(403, 404),
    ),
    Endpoint(
        method="GET",
        path="/api/erasures",
        handler=persons.erasures,
        tag="privacy",
        query=ErasureQuery,
        answer=ErasureList,
        problems=(403,),
    ),
)
