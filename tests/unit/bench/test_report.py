"""A run of some parts leaves the other sections of the page as they were."""

import pytest

from tests.bench.report import renewed, with_section

MACHINE = {"machine": "two cores"}


def test_sections_of_the_same_title_are_replaced_and_others_stay() -> None:
    """What follows the colon says how it was measured, and does not make it another section."""
    page = renewed("", MACHINE, "## Summary: old\n\nnone\n", ["## Queue: 5 jobs\n\nold\n", "## Gateway\n\nstays\n"])

    after = renewed(page, MACHINE, "## Summary: new\n\nmet\n", ["## Queue: 9 jobs\n\nnew\n", "## API\n\nadded\n"])

    heads = [line for line in after.splitlines() if line.startswith("## ")]
    assert heads == ["## Summary: new", "## Queue: 9 jobs", "## Gateway", "## API"]
    assert "old" not in after
    assert all(words in after for words in ("met", "new", "stays", "added"))


def test_a_section_of_another_page_is_replaced_in_its_place() -> None:
    """What stands before and after it is kept to the letter; doing it again changes nothing."""
    page = "# Page\n\nfirst\n\n## Mine\n\nold\n\n## Last\n\nend\n"

    after = with_section(page, "## Mine\n\nnew\n")

    assert after == "# Page\n\nfirst\n\n## Mine\n\nnew\n\n## Last\n\nend\n"
    assert with_section(after, "## Mine\n\nnew\n") == after
    assert with_section("## Mine\nold\n", "## Mine\n\nnew\n") == "## Mine\n\nnew\n"


def test_a_page_without_the_section_is_refused() -> None:
    """It would be lost silently."""
    with pytest.raises(ValueError, match="no section '## Mine'"):
        with_section("# Page\n", "## Mine\n\nnew\n")
