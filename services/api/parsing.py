"""Reads requests into models, or says path by path what is wrong with them."""

import json
from typing import Any, NoReturn, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from services.api.problems import ProblemError, invalid_request

Model = TypeVar("Model", bound=BaseModel)


async def parse_body(request: web.Request, model: type[Model]) -> Model:
    """The JSON body as a model. Raises ProblemError (400, 415) or aiohttp's 413."""
    if request.content_type != "application/json":
        raise ProblemError(415, "Send the body as application/json.")
    value = _parse_json(await request.read())
    if not isinstance(value, dict):
        raise invalid_request([{"path": "", "message": "The body must be a JSON object"}])
    return _validate(model, value)


def parse_query(request: web.Request, model: type[Model]) -> Model:
    """The query string as a model; a parameter without a value counts as absent. Raises ProblemError (400)."""
    return _validate(model, {name: value for name, value in request.query.items() if value})


def parse_repeating_query(request: web.Request, model: type[Model], *repeating: str) -> Model:
    """The same, where some parameters may be given several times: the model gets lists of them."""
    values: dict[str, Any] = {name: value for name, value in request.query.items() if value}
    for name in repeating:
        if found := [value for value in request.query.getall(name, []) if value]:
            values[name] = found
    return _validate(model, values)


def _validate(model: type[Model], value: dict[str, Any]) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request([_field_error(detail["loc"], detail["msg"]) for detail in error.errors()]) from error


def _field_error(location: tuple[int | str, ...], message: str) -> dict[str, str]:
    # A client's own key may be any text; what cannot be encoded must not break the answer that names it.
    path = ".".join(str(part) for part in location).encode(errors="replace").decode()
    return {"path": path, "message": message}


def _parse_json(body: bytes) -> Any:
    """Strict JSON. The standard parser keeps lone surrogates, so that the field that has them can be named."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise invalid_request([{"path": "", "message": "The body is not valid JSON"}]) from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
