"""Buttons and lists: what was offered, and what somebody chose."""

import json
from collections.abc import Mapping
from typing import Any

from services.queue_worker.facts import ShapeError
from services.queue_worker.interpretation.fields import first, mapping, plain, present, text
from services.queue_worker.interpretation.spoken import Content, Spoken

_TEXT_LIMIT = 65_536
_LONGEST_FORM = 16_384


def button_choice(spoken: Spoken) -> Content:
    """The button that was pressed."""
    body = spoken.body
    return _chosen(
        body.get("selectedDisplayText"), first([text(body.get("selectedButtonId")), text(body.get("selectedId"))])
    )


def list_choice(spoken: Spoken) -> Content:
    """The row that was picked from a list."""
    row = text(mapping(spoken.body.get("singleSelectReply")).get("selectedRowId"))
    return _chosen(spoken.body.get("title"), row, description=text(spoken.body.get("description")))


def form_choice(spoken: Spoken) -> Content:
    """What was chosen, or filled in, in an interactive message; a form's answers are in the metadata."""
    flow = mapping(spoken.body.get("nativeFlowResponseMessage"))
    answers = _answers(flow.get("paramsJson"))
    label = first([_body_text(spoken.body), *(text(answers.get(name)) for name in ("display_text", "title"))])
    return _chosen(label, text(answers.get("id")), flow=text(flow.get("name")), answers=dict(answers) or None)


def offer(spoken: Spoken) -> Content | None:
    """The text above the buttons or the list that somebody was sent; None where it has none."""
    templates = [spoken.body, *(mapping(spoken.body.get(name)) for name in _TEMPLATES)]
    said = first(part for template in templates for part in _texts(template))
    return Content("text", said, {"kind": spoken.kind}) if said else None


def invitation(spoken: Spoken) -> Content:
    """An invitation into a group. Its code is a secret and stays out."""
    caption = text(spoken.body.get("caption"), _TEXT_LIMIT)
    return Content("text", caption or text(spoken.body.get("groupName")) or "", {"kind": spoken.kind})


_TEMPLATES = ("hydratedTemplate", "hydratedFourRowTemplate", "interactiveMessageTemplate")
_TEXTS = ("contentText", "hydratedContentText", "text", "description", "title")


def _texts(template: Mapping[str, Any]) -> list[str | None]:
    named = [text(template.get(name), _TEXT_LIMIT) for name in _TEXTS]
    return [_body_text(template), *named, text(mapping(template.get("header")).get("title"))]


def _body_text(template: Mapping[str, Any]) -> str | None:
    return text(mapping(template.get("body")).get("text"), _TEXT_LIMIT)


def _chosen(label: Any, chosen_id: str | None, **others: Any) -> Content:
    return Content("text", text(label, _TEXT_LIMIT) or chosen_id or "", present(selected_id=chosen_id, **others))


def _answers(params: Any) -> Mapping[str, Any]:
    if not isinstance(params, str) or len(params) > _LONGEST_FORM:
        return {}
    try:
        return mapping(plain(json.loads(params), "paramsJson"))
    except (ValueError, RecursionError, ShapeError):
        return {}
