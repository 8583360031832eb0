"""docs/configuration.md and .env.example against the settings classes."""

import importlib
import re

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from deploy.local.ports import OFFSET_VARIABLE
from deploy.local.servers import variable_name
from shared.db.logins import LOGINS
from tests.contract.tables import ROOT, code, rows_by_heading

SETTINGS = {
    **{
        name: f"services.{name}.settings"
        for name in ("webhook_receiver", "queue_worker", "realtime_gateway", "api", "cli")
    },
    "tracing": "shared.tracing.settings",
}
STACK = {OFFSET_VARIABLE, "EVOLUTION_STANDIN_PORT"} | {
    variable_name("test", kind) for kind in ("postgres", "redis", "rabbitmq")
}


LOGIN_VARIABLES = {login.variable for login in LOGINS}


def settings_of(service: str) -> dict[str, str]:
    """A service's variables and their defaults, as the table writes them."""
    settings: type[BaseSettings] = importlib.import_module(SETTINGS[service]).Settings
    return {field.alias or name.upper(): written_default(field) for name, field in settings.model_fields.items()}


def written_default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    match field.default:
        case bool(value):
            return str(value).lower()
        case float(value):
            return f"{value:g}"
        case SecretStr() as secret:
            return secret.get_secret_value() or "empty"
        case () | "":
            return "empty"
    return str(field.default)


@pytest.mark.parametrize("service", SETTINGS)
def test_each_table_lists_the_variables_of_its_service_with_their_defaults(service: str) -> None:
    """Where this fails, a setting was added, renamed or given another default: change the table."""
    rows = rows_by_heading("configuration.md")[service]
    documented = {code(name): default for name, default, _unit, _meaning in rows}

    assert settings_of(service) == documented
    assert len(documented) == len(rows)
    assert all(meaning for *_, meaning in rows)


def test_example_file_lists_every_variable_with_its_default() -> None:
    """Whoever copies the file and takes a line's mark away changes nothing by that, but for the servers and secrets."""
    assignments = re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    example = dict(assignments)
    wanted: dict[str, str] = {}
    for service in SETTINGS:
        wanted |= settings_of(service)

    assert len(assignments) == len(example)
    assert set(example) == set(wanted) | STACK | LOGIN_VARIABLES
    with_default = {name: default for name, default in wanted.items() if default != "required"}
    assert {name: value or "empty" for name, value in example.items() if name in with_default} == with_default


def test_passwords_of_logins_are_listed() -> None:
    """Each with the login that it is of, in both pages."""
    told = {code(name): meaning for name, _default, meaning in rows_by_heading("configuration.md")["Logins"]}
    assert set(told) == LOGIN_VARIABLES
    operations = (ROOT / "docs/operations.md").read_text("utf-8")
    for login in LOGINS:
        assert f"`{login.name}`" in told[login.variable]
        assert f"| `{login.name}` | " in operations
        assert f" | `{login.role}` | `{login.variable}` |" in operations


def test_a_variable_has_one_default_wherever_it_is_read() -> None:
    """Two services that read one variable must not disagree about what it means when it is not set."""
    defaults: dict[str, set[str]] = {}
    for service in SETTINGS:
        for name, default in settings_of(service).items():
            defaults.setdefault(name, set()).add(default)

    assert {name: found for name, found in defaults.items() if len(found) > 1} == {}
