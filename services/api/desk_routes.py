"""The route table's part for an agent's desk: counts, many at once, the timeline, canned replies, labels."""

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
from services.api.models.desk import BulkBody, Counts, Fates
from services.api.models.labels import ChangedLabel, LabelAnswer, LabelChange, Labelled, LabelList, LabelQuery, NewLabel
from services.api.views import canned_replies, conversations, labels, timeline

CONVERSATIONS = "/api/conversations-simple"
CONVERSATION = f"{CONVERSATIONS}/{{conversation_id}}"
CANNED_REPLIES = "/api/canned-replies"
CANNED_REPLY = f"{CANNED_REPLIES}/{{reply_id}}"
LABELS = "/api/labels"
LABEL = f"{LABELS}/{{label_id}}"

# Before those with a conversation's id in the same place.
DESK_ENDPOINTS = (
    Endpoint(
        method="GET",
        path=f"{CONVERSATIONS}/counts",
        handler=conversations.conversation_counts,
        tag="conversations",
        answer=Counts,
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATIONS}/bulk",
        handler=conversations.change_bulk,
        tag="conversations",
        body=BulkBody,
        answer=Fates,
    ),
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
    Endpoint(
        method="GET",
        path=LABELS,
        handler=labels.label_list,
        tag="labels",
        query=LabelQuery,
        answer=LabelList,
    ),
    Endpoint(
        method="POST",
        path=LABELS,
        handler=labels.label_add,
        tag="labels",
        body=NewLabel,
        answer=LabelAnswer,
        status=201,
        problems=(403, 409),
    ),
    Endpoint(method="GET", path=LABEL, handler=labels.label_detail, tag="labels", answer=LabelAnswer, problems=(404,)),
    Endpoint(
        method="PATCH",
        path=LABEL,
        handler=labels.label_change,
        tag="labels",
        body=LabelChange,
        answer=ChangedLabel,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="DELETE", path=LABEL, handler=labels.label_delete, tag="labels", status=204, problems=(403, 404, 412)
    ),
    *(
        Endpoint(
            method=method,
            path=f"{CONVERSATION}/labels/{{label_id}}",
            handler=handler,
            tag="labels",
            answer=Labelled,
            problems=(404,),
        )
        for method, handler in (("PUT", labels.label_put_on), ("DELETE", labels.label_take_off))
    ),
)
