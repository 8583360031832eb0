"""deploy/n8n/: what integrators import holds together, and asks the API for what it has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.api.openapi import openapi_document
from services.api.routes import ENDPOINTS
from services.api.scopes import SCOPE_OF
from tests.contract.tables import DOCS, ROOT

FOLDER = ROOT / "deploy" / "n8n"
WORKFLOWS = sorted(FOLDER.glob("*.json"))
TRIGGERS = {"n8n-nodes-base.webhook", "n8n-nodes-base.executeWorkflowTrigger"}

_API = re.compile(r"/api/\S*")
_FIELD = re.compile(r"[{,]\s*(\w+):")


def read(path: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return workflow


def nodes(workflow: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in workflow["nodes"]}


def targets(workflow: dict[str, Any], name: str) -> Iterator[str]:
    for output in workflow["connections"].get(name, {}).get("main", ()):
        yield from (link["node"] for link in output)


def api_calls(workflow: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each call of the API, its parameters left out of the path, with its node."""
    for node in workflow["nodes"]:
        url = re.sub(r"\{\{.*?\}\}", "{}", str(node["parameters"].get("url", "")))
        if found := _API.search(url):
            yield f"{node['parameters'].get('method', 'GET')} {found[0]}", node


def documented() -> dict[str, dict[str, Any]]:
    """Every operation of the API by method and path, its parameters without names."""
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}": operation
        for path, operations in openapi_document(ENDPOINTS)["paths"].items()
        for method, operation in operations.items()
    }


def test_there_is_a_workflow_for_each_direction() -> None:
    """A message reaches n8n; n8n writes an action and a reply."""
    assert [path.stem for path in WORKFLOWS] == ["book-appointment", "patient-message"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_node_is_reached_and_every_connection_leads_somewhere(path: Path) -> None:
    """From one trigger; names and ids are unique, and nothing is active before somebody looked at it."""
    workflow = read(path)
    known = nodes(workflow)
    assert len(known) == len({node["id"] for node in workflow["nodes"]}) == len(workflow["nodes"])
    assert workflow["active"] is False
    [start] = [name for name, node in known.items() if node["type"] in TRIGGERS]
    reached, waiting = {start}, [start]
    while waiting:
        for target in targets(workflow, waiting.pop()):
            assert target in known, f"{target} is no node"
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(workflow["connections"]) <= reached
    drawn = {name for name, node in known.items() if node["type"] == "n8n-nodes-base.stickyNote"}
    assert reached == set(known) - drawn


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_expressions_name_nodes_that_are_there(path: Path) -> None:
    """`$('Settings')` is looked up by its name, and a node that was renamed is found by nobody."""
    workflow = read(path)
    named = set(re.findall(r"\$\('([^']+)'\)", path.read_text("utf-8")))
    assert named <= set(nodes(workflow))


def test_what_they_ask_of_the_api_is_there() -> None:
    """Each path with its method, and each field of a body as its schema has it."""
    operations = documented()
    schemas = openapi_document(ENDPOINTS)["components"]["schemas"]
    called = {call: node for path in WORKFLOWS for call, node in api_calls(read(path))}
    assert set(called) <= set(operations)
    assert {"POST /api/conversations-simple/{}/actions", "POST /api/conversations-simple/{}/messages"} <= set(called)
    for call in called:
        schema = operations[call]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        fields = set(_FIELD.findall(_top_level(called[call]["parameters"]["jsonBody"])))
        assert fields <= set(schemas[schema]["properties"]), call


def test_the_token_that_the_page_has_made_opens_what_they_ask() -> None:
    """Each call has the credential of a service token, and its scope is one that docs/n8n.md creates it with."""
    page = (DOCS / "n8n.md").read_text("utf-8")
    created = set(re.findall(r"--scope (\S+)", page))
    scopes = {f"{method} {re.sub(r'{[^}]*}', '{}', path)}": scope for (method, path), scope in SCOPE_OF.items()}
    calls = [found for path in WORKFLOWS for found in api_calls(read(path))]
    assert {scopes[call] for call, _ in calls} == created
    for _, node in calls:
        assert node["parameters"]["genericAuthType"] == "httpBearerAuth"
        assert node["credentials"] == {"httpBearerAuth": {"id": "", "name": "Prosa"}}


def _top_level(body: str) -> str:
    """A body's own fields: what stands in objects and texts inside it is left out."""
    inner = re.sub(r"`(?:[^`])*`", "''", body.removeprefix("={{ JSON.stringify(").removesuffix(") }}"))
    return re.sub(r"(?<=: )\{[^{}]*\}", "''", inner)


def test_bodies_that_are_read_have_their_fields() -> None:
    """The test above looks at what it should."""
    body = "={{ JSON.stringify({ a: 'x', b: { c: 1, d: $json.e }, f: `${$('G').h}, i: 1` }) }}"
    assert _FIELD.findall(_top_level(body)) == ["a", "b", "f"]
