"""The route table of admins: who may send and ask in the clinic's name."""

from services.api.endpoint import Endpoint
from services.api.models.conversations import PageQuery
from services.api.models.sources import (
    ChangedSource,
    Connection,
    CreatedSource,
    QrAnswer,
    RotateBody,
    SourceActivity,
    SourceAnswer,
    SourceBody,
    SourceChangeBody,
    SourceList,
    WebhookSet,
)
from services.api.views import sources

SOURCES = "/api/sources"
SOURCE = f"{SOURCES}/{{source_id}}"
# What any question to Evolution may come to.
OF_EVOLUTION = (403, 404, 409, 502, 504)

ADMINISTRATION_ENDPOINTS = (
    Endpoint(
        method="GET", path=SOURCES, handler=sources.source_list, tag="sources", query=PageQuery, answer=SourceList
    ),
    Endpoint(
        method="POST",
        path=SOURCES,
        handler=sources.source_creation,
        tag="sources",
        body=SourceBody,
        answer=CreatedSource,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(
        method="GET",
        path=SOURCE,
        handler=sources.source_detail,
        tag="sources",
        answer=SourceAnswer,
        problems=(403, 404),
    ),
    Endpoint(
        method="GET",
        path=f"{SOURCE}/activity",
        handler=sources.source_activity,
        tag="sources",
        answer=SourceActivity,
        problems=(403, 404),
    ),
    Endpoint(
        method="PATCH",
        path=SOURCE,
        handler=sources.source_change,
        tag="sources",
        body=SourceChangeBody,
        answer=ChangedSource,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="POST",
        path=f"{SOURCE}/token",
        handler=sources.token_rotation,
        tag="sources",
        body=RotateBody,
        answer=CreatedSource,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="POST",
        path=f"{SOURCE}/webhook",
        handler=sources.source_webhook,
        tag="sources",
        answer=WebhookSet,
        problems=OF_EVOLUTION,
    ),
    Endpoint(
        method="GET",
        path=f"{SOURCE}/connection",
        handler=sources.source_connection,
        tag="sources",
        answer=Connection,
        problems=OF_EVOLUTION,
    ),
    Endpoint(
        method="GET",
        path=f"{SOURCE}/qr",
        handler=sources.source_qr,
        tag="sources",
        answer=QrAnswer,
        problems=OF_EVOLUTION,
    ),
)
