"""The route table of admins: who may send and ask in the clinic's name."""

from services.api.endpoint import Endpoint
from services.api.models.conversations import PageQuery
from services.api.models.sources import (
    ChangedSource,
    CreatedSource,
    SourceAnswer,
    SourceBody,
    SourceChangeBody,
    SourceList,
)
from services.api.views import sources

SOURCES = "/api/sources"
SOURCE = f"{SOURCES}/{{source_id}}"

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
        method="PATCH",
        path=SOURCE,
        handler=sources.source_change,
        tag="sources",
        body=SourceChangeBody,
        answer=ChangedSource,
        problems=(403, 404, 409, 412),
    ),
)
