"""The OpenAPI document, made of the route table and models: `python -m services.api.openapi` writes openapi.json."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.api.endpoint import Endpoint
from services.api.models.problems import Problem
from services.api.routes import ENDPOINTS
from services.api.scopes import SCOPE_OF

COMMITTED = Path(__file__).with_name("openapi.json")
REFERENCE = "#/components/schemas/{model}"

Document = dict[str, Any]

_ANY: Document = {"*/*": {}}
_RETRY_AFTER: Document = {"description": "Seconds to wait before.", "required": True, "schema": {"type": "integer"}}
_AGAIN_LATER: Document = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
_TRY_AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_OF_FILES_IN = (("X-File-Name", "The file's name, percent-encoded, where the body is the file itself."),)
_OF_FILES_OUT = (
    ("Range", "The part of the file that is wanted."),
    ("If-Range", "The ETag of the file that the part is to be of."),
    ("If-None-Match", "The ETag of the file that is there already."),
)

_FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
_SECURITY_SCHEMES: Document = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "service_token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "prosa_st_…",
        "description": "Of an integration; it opens what its scopes say.",
    },
}
_FILE_BODY: Document = {
    "multipart/form-data": {"schema": {"type": "object", "properties": {"file": _FILE}, "required": ["file"]}},
    "*/*": {},
}


def openapi_document(endpoints: Iterable[Endpoint]) -> Document:
    """An OpenAPI 3.1 document of these endpoints."""
    known = list(endpoints)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Prosa", "version": "1", "description": "Conversations of a WhatsApp service desk."},
        "security": [{"bearer": []}],
        "paths": _paths(known),
        "components": {
            "securitySchemes": _SECURITY_SCHEMES,
            "headers": {"RetryAfter": _RETRY_AFTER},
            "schemas": _schemas(known),
        },
    }


def encoded(document: Document) -> bytes:
    """The document as it is served and committed."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _paths(endpoints: list[Endpoint]) -> Document:
    paths: Document = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return paths


def _operation(endpoint: Endpoint) -> Document:
    summary, _, description = (inspect.getdoc(endpoint.handler) or "").partition("\n")
    operation: Document = {
        "operationId": endpoint.handler.__name__,
        "summary": summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint), *_headers(endpoint)],
        "responses": _responses(endpoint),
    }
    if description.strip():
        operation["description"] = " ".join(description.split())
    if endpoint.body:
        operation["requestBody"] = {"required": True, "content": _content("application/json", endpoint.body)}
    if endpoint.takes_file:
        operation["requestBody"] = {"required": True, "content": _FILE_BODY}
    if (security := _security(endpoint)) is not None:
        operation["security"] = security
    return operation


def _security(endpoint: Endpoint) -> list[Document] | None:
    """What is asked for instead of a person's token, or beside it."""
    if endpoint.public:
        return []
    scope = SCOPE_OF.get((endpoint.method, endpoint.path))
    if scope is None:
        return None
    return [{"bearer": []}, {"service_token": [] if scope == "any" else [scope]}]


def _path_parameters(endpoint: Endpoint) -> Iterator[Document]:
    for name in re.findall(r"{(\w+)}", endpoint.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(endpoint: Endpoint) -> Iterator[Document]:
    if endpoint.query is None:
        return
    schema = endpoint.query.model_json_schema(ref_template=REFERENCE)
    for name, field in schema["properties"].items():
        yield {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": field}


def _headers(endpoint: Endpoint) -> Iterator[Document]:
    names = _OF_FILES_OUT if endpoint.gives_file else _OF_FILES_IN if endpoint.takes_file else ()
    for name, description in names:
        yield {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
    if endpoint.takes_version:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": endpoint.requires_version,
            "description": "The version that was looked at, in quotes.",
            "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
        }


def _responses(endpoint: Endpoint) -> Document:
    answers = {str(endpoint.status): _response(endpoint.status, _answer_content(endpoint))}
    if endpoint.gives_file:
        answers |= {"206": _response(206, _ANY), "304": _response(304)}
    return answers | {str(status): _problem(endpoint, status) for status in endpoint.all_problems()}


def _answer_content(endpoint: Endpoint) -> Document:
    if endpoint.gives_file:
        return _ANY
    streamed = {media_type: {"schema": {"type": "string"}} for media_type in endpoint.streams}
    return streamed or (_content("application/json", endpoint.answer) if endpoint.answer else {})


def _problem(endpoint: Endpoint, status: int) -> Document:
    content = _content("application/problem+json", Problem)
    if endpoint.answers_when_unwell and endpoint.answer and status == HTTPStatus.SERVICE_UNAVAILABLE:
        content |= _content("application/json", endpoint.answer)
    return _response(status, content) | ({"headers": _AGAIN_LATER} if _is_later(endpoint, status) else {})


def _is_later(endpoint: Endpoint, status: int) -> bool:
    return status in _TRY_AGAIN and not endpoint.answers_when_unwell


def _response(status: int, content: Document | None = None) -> Document:
    return {"description": HTTPStatus(status).phrase} | ({"content": content} if content else {})


def _content(media_type: str, model: type[BaseModel]) -> Document:
    return {media_type: {"schema": {"$ref": REFERENCE.format(model=model.__name__)}}}


def _schemas(endpoints: list[Endpoint]) -> Document:
    bodies = [(endpoint.body, "validation") for endpoint in endpoints if endpoint.body]
    answers = [(endpoint.answer, "serialization") for endpoint in endpoints if endpoint.answer]
    models: Any = list(dict.fromkeys([*bodies, *answers, (Problem, "serialization")]))
    _, schema = models_json_schema(models, ref_template=REFERENCE)
    return dict(sorted(schema["$defs"].items()))


def main() -> None:
    COMMITTED.write_bytes(encoded(openapi_document(ENDPOINTS)))


if __name__ == "__main__":
    main()
