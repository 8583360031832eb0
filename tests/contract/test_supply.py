"""What is shipped is known, may be shipped, and holds no secret."""

import json
import re
import subprocess
from collections.abc import Iterator
from email.message import Message

import pytest

from deploy.supply.listing import bill, page
from deploy.supply.packages import shipped
from deploy.supply.spdx import is_allowed, licence_of
from tests.contract.tables import DOCS, ROOT

# Built from parts, so that this file does not find itself.
SECRETS = {
    "a private key": re.compile("-----BEGIN " + r"(?:[A-Z]+ )*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of a code host": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}|glpat-[\w-]{20,})"),
    "a token of a chat": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{20,}"),
    "a key of a payment service": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20,}"),
    "a key of a search or map service": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a registry's token": re.compile(r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})"),
    "a signed token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"),
    "a password in a URL": re.compile(r"\b[a-z]+://[\w.-]+:(?P<word>[^\s/@:\"'`<>{}$\\]+)@"),
}
SUSPICIOUS = (
    r"PRIVATE KEY|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|k_live_|AIza|npm_|pypi-|eyJ|://[^/ ]*:[^/ ]*@"
)
# Passwords that stand for one, in examples and tests.
STAND_INS = frozenset(
    {
        "password",
        "secret",
        "guest",
        "hidden",
        "hidden-password",
        "hunter2",
        "p",
        "b",
        "word",
        "pw",
        "p%40ss",
        "…",
        "***",
    }
)
PINNED = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
# Whose signature is a word, for a test of what is read.
SIGNED_BY_NOBODY = "c2lnbmF0dXJl"


def findings(text: str) -> Iterator[str]:
    """What looks like a secret, each by its kind alone: a report must not repeat it."""
    for kind, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            if found.groupdict().get("word") not in STAND_INS and SIGNED_BY_NOBODY not in found[0]:
                yield f"{kind} in line {text.count(chr(10), 0, found.start()) + 1}"


def test_no_tracked_file_holds_a_secret() -> None:
    """Whatever is in the history once is known for ever; this looks before it is."""
    # git looks for the words that each kind has, in a tenth of the time; what it names is looked at closely.
    listed = subprocess.run(
        ["git", "grep", "--name-only", "--text", "-z", "-E", SUSPICIOUS], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode > 1:
        pytest.skip("this is no clone")
    found = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            found += [f"{name}: {what}" for what in findings(path.read_text("utf-8", errors="replace"))]

    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = 'AK" + "IAIOSFODNN7EXAMPLE'",
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "123456789012-abcdefghijkl",
        "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkw.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "postgresql://prosa:" + "Zk3vQ9xLw1@db.internal/prosa",
    ],
)
def test_secrets_are_found(text: str) -> None:
    """Each kind, once: else the search above would prove nothing."""
    assert len(list(findings(f"before\n{text}\nafter"))) == 1
    assert re.search(SUSPICIOUS, text)


def test_page_of_licences_is_that_of_the_locks() -> None:
    """Where this fails, packages have changed: `make licences`, and look at what is new."""
    assert (DOCS / "licences.md").read_text("utf-8") == page(shipped(ROOT))


def test_what_records_spans_is_tested_in_its_versions() -> None:
    """What only some installations add is locked by itself; the tests run with the same."""
    extra, tested = (
        dict(PINNED.findall((ROOT / f"requirements/{name}.txt").read_text("utf-8"))) for name in ("tracing", "dev")
    )
    assert "opentelemetry-sdk" in extra
    assert extra == {name: tested.get(name) for name in extra}


def test_everything_shipped_may_be() -> None:
    """Each package says its licence, and it is one of those that were decided on."""
    assert [f"{one.name}: {one.licence!r}" for one in shipped(ROOT) if not is_allowed(one.licence)] == []


@pytest.mark.parametrize("expression", ["", "GPL-3.0-only", "MIT AND SSPL-1.0", "(MIT OR AGPL-3.0-only) AND ISC"])
def test_other_licences_are_not_allowed(expression: str) -> None:
    """Nor is none, nor one that hides in an expression."""
    assert not is_allowed(expression)


def test_licence_is_read_from_whichever_field_has_it() -> None:
    """The expression goes before the old fields, the short text before the classifiers."""
    told = Message()
    told["Classifier"] = "License :: OSI Approved :: MIT License"
    assert licence_of(told) == "MIT"
    told["License"] = "Apache 2.0"
    assert licence_of(told) == "Apache-2.0"
    told["License-Expression"] = "BSD-3-Clause"
    assert licence_of(told) == "BSD-3-Clause"


def test_bill_of_materials_has_every_locked_package_once() -> None:
    """By a name that machines look advisories up by; what is one file has its digest."""
    packages = shipped(ROOT)
    told = json.loads(bill(packages, "1.2.3"))

    names = [component["purl"] for component in told["components"]]
    assert len(names) == len(set(names)) == len(packages)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert any(re.fullmatch(r"pkg:npm/%40tanstack/react-query@[\d.]+", name) for name in names)
    assert any(re.fullmatch(r"pkg:pypi/aiohttp@[\d.]+", name) for name in names)
    assert all(len(one["hashes"][0]["content"]) == 128 for one in told["components"] if "pkg:npm" in one["purl"])
    assert bill(packages, "1.2.3") == bill(packages, "1.2.3")


def test_changelog_keeps_its_form() -> None:
    """Versions with a date, kinds of change in lists, each kind once a version; what is new stands under Unreleased."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    assert versions[0].startswith("Unreleased\n")
    for version in versions:
        title, *kinds = re.split(r"^### ", version, flags=re.MULTILINE)
        assert re.fullmatch(r"Unreleased|\d+\.\d+\.\d+ (?:- \d{4}-\d\d-\d\d|\(not released\))", title.splitlines()[0])
        named = [kind.splitlines()[0] for kind in kinds]
        assert len(named) == len(set(named))
        assert set(named) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Not there yet"}
        for kind in kinds:
            if kind.startswith("Not there yet"):
                continue
            lines = kind.splitlines()[1:]
            assert all(line == "" or line.startswith(("- ", "  ")) for line in lines), kind[:20]
