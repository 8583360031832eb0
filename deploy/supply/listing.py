"""What is told about the packages: a page for people, a bill of materials for machines."""

import json
from collections.abc import Iterable, Sequence
from uuid import NAMESPACE_URL, uuid5

from deploy.supply.packages import Package

_HEAD = """# Licences

What Prosa ships beside its own code, with the licences under which it may. Written by `make licences` from
`requirements/runtime.txt` and `services/dashboard/package-lock.json`; a test compares. Which licences may be shipped is
decided in `deploy/supply/spdx.py`. What only developers have, and the servers, are not part of it.
"""
_TITLES = {"pypi": "Services (Python)", "npm": "Dashboard (JavaScript)"}


def page(packages: Sequence[Package]) -> str:
    """docs/licences.md."""
    parts = [_HEAD]
    for ecosystem, title in _TITLES.items():
        rows = [f"| {one.name} | {one.version} | {one.licence} |" for one in packages if one.ecosystem == ecosystem]
        parts.append("\n".join([f"## {title}", "", "| package | version | licence |", "|---|---|---|", *rows, ""]))
    return "\n".join(parts)


def bill(packages: Iterable[Package], version: str) -> str:
    """A bill of materials in CycloneDX 1.6. The same packages give the same bytes: it has no time of its own."""
    components = [_component(one) for one in packages]
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, json.dumps(components))}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "prosa", "version": version, "bom-ref": "prosa"}},
        "components": components,
    }
    return json.dumps(told, indent=2) + "\n"


def _component(one: Package) -> dict[str, object]:
    hashes = {"hashes": [{"alg": "SHA-512", "content": one.sha512}]} if one.sha512 else {}
    group, _, name = one.name.rpartition("/")
    return {
        "type": "library",
        "bom-ref": one.purl,
        **({"group": group} if group else {}),
        "name": name,
        "version": one.version,
        "purl": one.purl,
        "licenses": [{"expression": one.licence}],
        **hashes,
    }
