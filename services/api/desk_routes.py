"""The route table's part that serves an agent's desk around the messages: the timeline, canned replies."""

from services.api.endpoint import Endpoint
from services.api.models.actions import ActionBody, ActionList, AddedAction
from services.api.models.canned_replies import (
    CannedReplyAnswer,
    CannedReplyChange,
    CannedReplyList,
    CannedReplyQuery,
    ChangedCannedReply,
    NewCannedReply,
    RenderedReply,
    RenderQuery,
)
from services.api.models.conversations import PageQuery
from services.api.views import canned_replies, timeline

CONVERSATIONS = "/api/conversations-simple"
CONVERSATION = f"{CONVERSATIONS}/{{conversation_id}}"
CANNED_REPLIES = "/api/canned-replies"
CANNED_REPLY = f"{CANNED_REPLIES}/{{reply_id}}"

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
    Endpoint(
        method="GET",
        path=CANNED_REPLIES,
        handler=canned_replies.canned_reply_list,
        tag="canned replies",
        query=CannedReplyQuery,
        answer=CannedReplyList,
    ),
    Endpoint(
        method="POST",
        path=CANNED_REPLIES,
        handler=canned_replies.canned_reply_add,
        tag="canned replies",
        body=NewCannedReply,
        answer=CannedReplyAnswer,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(
        method="GET",
        path=CANNED_REPLY,
        handler=canned_replies.canned_reply_detail,
        tag="canned replies",
        answer=CannedReplyAnswer,
        problems=(404,),
    ),
    Endpoint(
        method="PATCH",
        path=CANNED_REPLY,
        handler=canned_replies.canned_reply_change,
        tag="canned replies",
        body=CannedReplyChange,
        answer=ChangedCannedReply,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="DELETE",
        path=CANNED_REPLY,
        handler=canned_replies.canned_reply_delete,
        tag="canned replies",
        status=204,
        problems=(403, 404, 412),
    ),
    Endpoint(
        method="GET",
        path=f"{CANNED_REPLY}/rendered",
        handler=canned_replies.canned_reply_rendered,
        tag="canned replies",
        query=RenderQuery,
        answer=RenderedReply,
        problems=(404,),
    ),
)
