import json
import re
from typing import Any

from aiohttp import web

from services.api.app import create_app
from services.api.openapi import COMMITTED, encoded, openapi_document
from services.api.routes import ENDPOINTS
from services.api.settings import Settings

UNDOCUMENTED = {"/healthz", "/readyz", "/metrics"}
DASHBOARD = {"/", "/config.json", "/{page}"}  # which is no part of the API


def test_the_committed_document_is_what_the_code_says() -> None:
    """Where this fails: `python -m services.api.openapi` writes it anew."""
    assert COMMITTED.read_bytes() == encoded(openapi_document(ENDPOINTS))


def test_every_route_of_the_application_is_documented() -> None:
    """Nothing is served that the document does not know."""
    app = create_app(Settings(database_url="postgresql://", redis_url="redis://"))
    served = {resource.canonical for resource in app.router.resources()}
    assert served - UNDOCUMENTED - DASHBOARD == set(openapi_document(ENDPOINTS)["paths"])


def test_every_reference_leads_somewhere() -> None:
    """A client generator can follow each $ref."""
    text = encoded(openapi_document(ENDPOINTS)).decode()
    schemas = json.loads(text)["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/(\w+)"', text)) <= set(schemas)


def test_patterns_mean_the_same_to_every_reader() -> None:
    """Properties of characters stand in braces: without them a reader of ECMAScript's patterns takes them for letters."""
    assert not re.findall(r"\\\\[pP][^{]", encoded(openapi_document(ENDPOINTS)).decode())


def test_whoever_may_name_a_version_finds_the_header() -> None:
    """`If-Match` stands wherever a 412 may come, and is required where a 428 may."""
    for endpoint in ENDPOINTS:
        operation = openapi_document([endpoint])["paths"][endpoint.path][endpoint.method.lower()]
        required = {one["name"]: one.get("required") for one in operation["parameters"]}
        assert ("If-Match" in required) == (412 in endpoint.problems)
        assert required.get("If-Match", False) == (428 in endpoint.problems)


def test_path_parameters_are_documented() -> None:
    """Each placeholder has its parameter."""
    for path, operations in openapi_document(ENDPOINTS)["paths"].items():
        for operation in operations.values():
            documented = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert documented == set(re.findall(r"{(\w+)}", path))


def test_operations_have_unique_ids_and_a_summary() -> None:
    """Generated clients name their functions after the ids."""
    operations: list[dict[str, Any]] = [
        operation for path in openapi_document(ENDPOINTS)["paths"].values() for operation in path.values()
    ]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] for operation in operations)


def test_only_what_must_be_public_is() -> None:
    """Whoever opens another door meets this test."""
    public = {endpoint.path for endpoint in ENDPOINTS if endpoint.public}
    assert public == {"/api/auth/login", "/api/health", "/api/openapi.json"}
    assert isinstance(ENDPOINTS[0].route(), web.RouteDef)
