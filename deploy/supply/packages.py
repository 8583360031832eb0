"""What is shipped: the packages of the locks, without those that only developers have."""

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from importlib import metadata
from pathlib import Path
from typing import Literal

from deploy.supply.spdx import licence_of

_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", re.MULTILINE)
# Shipped for Pythons or systems other than the one that looks.
_ELSEWHERE = {"async-timeout": "Apache-2.0"}


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """One package in one version. `sha512` is empty where there are several files, each with its hash in the lock."""

    ecosystem: Literal["pypi", "npm"]
    name: str
    version: str
    licence: str
    sha512: str = ""

    @property
    def purl(self) -> str:
        """Its name for machines, in every system of packages."""
        return f"pkg:{self.ecosystem}/{self.name.replace('@', '%40')}@{self.version}"


def shipped(root: Path) -> list[Package]:
    """Of the services and of the dashboard, in order."""
    requirements = (root / "requirements/runtime.txt").read_text("utf-8")
    lock = (root / "services/dashboard/package-lock.json").read_text("utf-8")
    return sorted({*python_packages(requirements), *dashboard_packages(lock)})


def python_packages(requirements: str) -> list[Package]:
    """Those of a requirements file; their licences are what the installed ones say."""
    return [
        Package("pypi", name, version, _ELSEWHERE.get(name) or licence_of(_told(name)))
        for name, version in _PINNED.findall(requirements)
    ]


def dashboard_packages(lock: str) -> list[Package]:
    """Those of a package-lock.json that become part of the page."""
    entries = json.loads(lock)["packages"]
    return [
        Package("npm", path.rpartition("node_modules/")[2], entry["version"], entry.get("license", ""), _hex(entry))
        for path, entry in entries.items()
        if path and not entry.get("dev") and not entry.get("devOptional")
    ]


def _told(name: str) -> Message:
    text = metadata.distribution(name).read_text("METADATA")
    return Parser().parsestr(text or "")


def _hex(entry: dict[str, str]) -> str:
    kind, _, digest = entry["integrity"].partition("-")
    return b64decode(digest).hex() if kind == "sha512" else ""
