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
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
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


def _responses(endpoint: Endpoint) -> Document:
    success: Document = {"description": HTTPStatus(endpoint.status).phrase}
    if endpoint.answer:
        success["content"] = _content("application/json", endpoint.answer)
    if endpoint.gives_file:
        success["content"] = {"*/*": {}}
    problems = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": _content("application/problem+json", Problem),
        }
        for status in endpoint.all_problems()
    }
    partial = {"206": {"description": HTTPStatus(206).phrase, "content": {"*/*": {}}}} if endpoint.gives_file else {}
    unchanged = {"304": {"description": HTTPStatus(304).phrase}} if endpoint.gives_file else {}
    return {str(endpoint.status): success, **partial, **unchanged, **problems}


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
