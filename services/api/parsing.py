"""Reads requests into models, or says path by path what is wrong with them."""

from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from services.api.problems import ProblemError, invalid_request, unknown_coding, unreadable_body
from services.api.strict_json import parse_json
from shared.http.content_coding import KNOWN, BrokenBodyError, LargeBodyError, UnknownCodingError, unfolded

Model = TypeVar("Model", bound=BaseModel)


async def parse_body(request: web.Request, model: type[Model]) -> Model:
    """The JSON body as a model. Raises ProblemError (400, 415) or aiohttp's 413."""
    if request.content_type != "application/json":
        raise ProblemError(415, "Send the body as application/json.")
    value = _parse_json(await _body(request))
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


async def _body(request: web.Request) -> bytes:
    body = await request.read()
    most = request.client_max_size
    try:
        return unfolded(body, request.headers.get("Content-Encoding", ""), most)
    except UnknownCodingError as error:
        raise unknown_coding(KNOWN) from error
    except BrokenBodyError as error:
        raise unreadable_body() from error
    except LargeBodyError as error:
        raise web.HTTPRequestEntityTooLarge(most) from error


def _validate(model: type[Model], value: dict[str, Any]) -> Model:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request([_field_error(detail["loc"], _message(detail)) for detail in error.errors()]) from error


def _message(detail: Any) -> str:
    # Pydantic has lost sight of a text's type where its own checks follow one of ours, and counts "items" of a "value".
    context = detail.get("ctx", {})
    if context.get("field_type") != "Value":
        return str(detail["msg"])
    bound, most = ("most", "max_length") if detail["type"] == "too_long" else ("least", "min_length")
    number = context[most]
    return f"String should have at {bound} {number} character{'' if number == 1 else 's'}"


def _field_error(location: tuple[int | str, ...], message: str) -> dict[str, str]:
    # A client's own key may be any text; what cannot be encoded must not break the answer that names it.
    path = ".".join(str(part) for part in location).encode(errors="replace").decode()
    return {"path": path, "message": message}


def _parse_json(body: bytes) -> Any:
    try:
        return parse_json(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise invalid_request([{"path": "", "message": "The body is not valid JSON"}]) from error
