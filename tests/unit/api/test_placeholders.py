"""Variables in canned replies: which are known, and what stands in their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.placeholders import VARIABLES, Rendered, render, unknown_variables, values_of

VALUES = values_of("Maria de Tal", "5511965860124", "Ana Souza", "Clínica Demo")


def test_each_variable_has_its_value() -> None:
    """The table of names and what makes their values say the same."""
    assert set(VALUES) == set(VARIABLES)
    every = "".join(f"{{{{{name}}}}};" for name in VARIABLES)
    assert render(every, VALUES) == Rendered("Maria de Tal;Maria;5511965860124;Ana Souza;Ana;Clínica Demo;", [])


@pytest.mark.parametrize(
    ("content", "unknown"),
    [
        ("Olá, {{ contact.name }} {{clinic.name}}", []),
        ("Olá", []),
        ("{um} e {dois} } {", []),
        ("{{contact.nome}}", ["contact.nome"]),
        ("{{Contact.Name}} {{x}} {{x}}", ["Contact.Name", "x"]),
        ("{{}}", [""]),
        ("{{contact.name", ["{{"]),
        ("contact.name}}", ["}}"]),
        ("{{ {{contact.name}} }}", ["{{contact.name", "}}"]),
        ("{{contact.name\n}}", []),
    ],
)
def test_what_is_no_variable_is_named(content: str, unknown: list[str]) -> None:
    """Misspelt names, nothing at all, and braces that do not match: nothing of it is sent to a patient by mistake."""
    assert unknown_variables(content) == unknown


def test_what_a_value_says_is_no_variable() -> None:
    """A patient who calls themselves {{agent.name}} is called so."""
    values = values_of("{{agent.name}} x", None, "Ana", "C")
    assert render("Olá, {{contact.name}}", values).content == "Olá, {{agent.name}} x"


def test_what_there_is_not_is_empty_and_named() -> None:
    """An address in the place of a name is nothing to be greeted by."""
    values = values_of("+55 11 96586-0124", None, "Ana", "C")
    assert render("Olá, {{contact.first_name}}! {{contact.phone}}{{contact.phone}}", values) == Rendered(
        "Olá, ! ", ["contact.first_name", "contact.phone"]
    )


@given(
    st.text(st.sampled_from("{} .contacname\n"), max_size=40)
    | st.lists(st.sampled_from(["{{contact.name}}", "{", "}", "x"])).map("".join)
)
def test_of_what_is_accepted_no_braces_reach_a_patient(content: str) -> None:
    """Whatever is written: either it is refused, or nothing in double braces is left of it."""
    if not unknown_variables(content):
        left = render(content, {}).content
        assert "{{" not in left
        assert "}}" not in left
