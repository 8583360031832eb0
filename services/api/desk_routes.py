"""The route table's part that serves an agent's desk around the messages: the timeline of what happened."""

from services.api.endpoint import Endpoint
from services.api.models.actions import ActionBody, ActionList, AddedAction
from services.api.models.conversations import PageQuery
from services.api.views import timeline

CONVERSATIONS = "/api/conversations-simple"
CONVERSATION = f"{CONVERSATIONS}/{{conversation_id}}"

DESK_ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{CONVERSATION}/actions",
        handler=timeline.action_page,
        tag="conversations",
        query=PageQuery,
        answer=ActionList,
        problems=(404,),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/actions",
        handler=timeline.action_add,
        tag="conversations",
        body=ActionBody,
        answer=AddedAction,
        status=201,
        problems=(404, 409),
    ),
)
