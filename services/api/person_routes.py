"""The route table of privacy: what admins do with all that there is of one person, and what a clinic deletes by itself."""

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
from services.api.models.retention import ChangedRetention, Retention, RetentionBody
from services.api.views import persons, retention

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
    Endpoint(
        method="GET",
        path="/api/retention",
        handler=retention.retention,
        tag="privacy",
        answer=Retention,
        problems=(403,),
    ),
    Endpoint(
        method="PATCH",
        path="/api/retention",
        handler=retention.retention_change,
        tag="privacy",
        body=RetentionBody,
        answer=ChangedRetention,
        problems=(403,),
    ),
)
