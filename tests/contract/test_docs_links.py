"""What the documentation points to exists: pages, headings, files; and so do the pages that the code points to."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.tables import DOCS, ROOT

PAGES = sorted(
    [*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"))]
)
CODE = ("services", "shared", "deploy", "tests")

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FILE = re.compile(r"`((?:services|shared|deploy|tests|docs|requirements)/[\w./-]*[\w/])`")
_PAGE_IN_CODE = re.compile(r"\bdocs/[\w/-]*\w(?:\.md)?")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#{1,6} (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {_NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[tuple[str, str]]:
    """The relative links of a page: path and anchor, either of which may be empty."""
    for target in _LINK.findall(_FENCE.sub("", page.read_text("utf-8"))):
        if "://" not in target:
            path, _, anchor = target.partition("#")
            yield path, anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Each relative link names a file that is there and, with an anchor, a heading of it."""
    for path, anchor in links(page):
        target = page.parent / path if path else page
        assert target.exists(), f"{path} does not exist"
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    """Each `path/of/a/file` of this repository that a page mentions is there."""
    missing = [name for name in _FILE.findall(page.read_text("utf-8")) if not _exists(name)]
    assert missing == []


def test_pages_that_the_code_names_exist() -> None:
    """A docstring's `docs/adr/0003` or `docs/queue.md` can be opened."""
    files = [
        path for directory in CODE for path in (ROOT / directory).rglob("*") if path.suffix in {".py", ".lua", ".sql"}
    ]
    named = {name for path in files for name in _PAGE_IN_CODE.findall(path.read_text("utf-8"))}
    assert [name for name in sorted(named) if not _exists(name)] == []


def _exists(name: str) -> bool:
    """Whether there is such a file, or one that begins so: `docs/adr/0003` is short for its whole name."""
    return (ROOT / name).exists() or any(ROOT.glob(f"{name}-*.md"))
