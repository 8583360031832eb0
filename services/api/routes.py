"""The route table: what the API serves, and what openapi.json says of it."""

from services.api.administration_routes import ADMINISTRATION_ENDPOINTS
from services.api.desk_routes import DESK_ENDPOINTS
from services.api.destination_routes import DESTINATION_ENDPOINTS
from services.api.endpoint import Endpoint
from services.api.models.contacts import (
    ChangedContact,
    ContactBody,
    ContactDetail,
    ContactList,
    ContactQuery,
    MergeBody,
    MergedContact,
)
from services.api.models.conversations import (
    Access,
    ChangeBody,
    Changed,
    ConversationDetail,
    ConversationList,
    ConversationQuery,
    PageQuery,
    TransferBody,
)
from services.api.models.messages import (
    EditMessageBody,
    MessagePage,
    MessageQuery,
    NoteBody,
    ReactionBody,
    ReadBody,
    SendMessageBody,
    SentMessage,
    TypingBody,
    UploadedAttachment,
)
from services.api.models.monitoring import Figures, Health, Queue
from services.api.models.people import Identity, Login, LoginBody
from services.api.models.search import FoundList, SearchQuery
from services.api.operator_routes import OPERATOR_ENDPOINTS
from services.api.person_routes import PERSON_ENDPOINTS
from services.api.service_token_routes import SERVICE_TOKEN_ENDPOINTS
from services.api.user_routes import USER_ENDPOINTS
from services.api.views import (
    attachments,
    authentication,
    contacts,
    conversations,
    messages,
    monitoring,
    search,
)
from shared.events.conversation import Transferred
from shared.events.message import ReadMark

CONVERSATION = "/api/conversations-simple/{conversation_id}"
CONTACT = "/api/contacts/{contact_id}"
MESSAGE = CONVERSATION + "/messages/{message_id}"

ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/auth/login",
        handler=authentication.login,
        tag="people",
        body=LoginBody,
        answer=Login,
        problems=(401, 429),
        public=True,
    ),
    Endpoint(method="GET", path="/api/auth/me", handler=authentication.me, tag="people", answer=Identity),
    Endpoint(method="POST", path="/api/auth/refresh", handler=authentication.refresh, tag="people", answer=Login),
    Endpoint(method="POST", path="/api/auth/logout", handler=authentication.logout, tag="people", status=204),
    *USER_ENDPOINTS,
    Endpoint(
        method="GET",
        path="/api/conversations-simple",
        handler=conversations.conversation_list,
        tag="conversations",
        query=ConversationQuery,
        answer=ConversationList,
    ),
    *DESK_ENDPOINTS,
    Endpoint(
        method="GET",
        path=CONVERSATION,
        handler=conversations.conversation_detail,
        tag="conversations",
        answer=ConversationDetail,
        problems=(404,),
        shows_conversation=True,
    ),
    Endpoint(
        method="PATCH",
        path=CONVERSATION,
        handler=conversations.change,
        tag="conversations",
        body=ChangeBody,
        answer=Changed,
        problems=(404, 409, 412),
    ),
    Endpoint(
        method="GET",
        path=f"{CONVERSATION}/access",
        handler=conversations.conversation_access,
        tag="conversations",
        answer=Access,
        problems=(404,),
        shows_conversation=True,  # the gateway asks, and then shows what comes live
    ),
    Endpoint(
        method="GET",
        path=f"{CONVERSATION}/messages",
        handler=messages.message_page,
        tag="messages",
        query=MessageQuery,
        answer=MessagePage,
        problems=(404,),
        shows_conversation=True,
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/messages",
        handler=messages.send,
        tag="messages",
        body=SendMessageBody,
        answer=SentMessage,
        status=201,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/notes",
        handler=messages.note,
        tag="messages",
        body=NoteBody,
        answer=SentMessage,
        status=201,
        problems=(404, 409),
    ),
    Endpoint(
        method="PUT",
        path=f"{MESSAGE}/reaction",
        handler=messages.reaction,
        tag="messages",
        body=ReactionBody,
        answer=SentMessage,
        status=202,
        problems=(404, 409),
    ),
    Endpoint(
        method="PATCH",
        path=MESSAGE,
        handler=messages.edit,
        tag="messages",
        body=EditMessageBody,
        answer=SentMessage,
        status=202,
        problems=(404, 409),
    ),
    Endpoint(
        method="DELETE",
        path=MESSAGE,
        handler=messages.delete,
        tag="messages",
        answer=SentMessage,
        status=202,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{MESSAGE}/retry",
        handler=messages.retry,
        tag="messages",
        answer=SentMessage,
        status=202,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/read",
        handler=messages.read,
        tag="messages",
        body=ReadBody,
        answer=ReadMark,
        problems=(404,),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/transfer",
        handler=conversations.transfer,
        tag="conversations",
        body=TransferBody,
        answer=Transferred,
        problems=(404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/typing",
        handler=messages.typing,
        tag="messages",
        body=TypingBody,
        status=204,
        problems=(404,),
    ),
    Endpoint(
        method="POST",
        path=f"{CONVERSATION}/attachments",
        handler=attachments.upload,
        tag="attachments",
        answer=UploadedAttachment,
        status=201,
        problems=(404, 429),
        takes_file=True,
    ),
    *(
        Endpoint(
            method="GET",
            path=path,
            handler=handler,
            tag="attachments",
            problems=(404, 409, 410, 416),
            gives_file=True,
            shows_conversation=True,
        )
        for path, handler in (
            ("/api/attachments/{attachment_id}", attachments.attachment_file),
            (f"{CONVERSATION}/attachments/{{attachment_id}}", attachments.conversation_attachment),
        )
    ),
    Endpoint(
        method="GET",
        path="/api/contacts",
        handler=contacts.contact_list,
        tag="contacts",
        query=ContactQuery,
        answer=ContactList,
    ),
    Endpoint(
        method="GET",
        path=CONTACT,
        handler=contacts.contact_detail,
        tag="contacts",
        answer=ContactDetail,
        problems=(404,),
    ),
    Endpoint(
        method="PATCH",
        path=CONTACT,
        handler=contacts.contact_change,
        tag="contacts",
        body=ContactBody,
        answer=ChangedContact,
        problems=(404, 412),
    ),
    Endpoint(
        method="POST",
        path=f"{CONTACT}/merge",
        handler=contacts.contact_merge,
        tag="contacts",
        body=MergeBody,
        answer=MergedContact,
        problems=(403, 404, 409, 412),
    ),
    Endpoint(
        method="GET",
        path=f"{CONTACT}/conversations",
        handler=contacts.contact_conversations,
        tag="contacts",
        query=PageQuery,
        answer=ConversationList,
        problems=(404,),
    ),
    Endpoint(
        method="GET",
        path="/api/search",
        handler=search.search,
        tag="messages",
        query=SearchQuery,
        answer=FoundList,
        problems=(404,),
        shows_conversation=True,
    ),
    Endpoint(method="GET", path="/api/queue", handler=monitoring.queue, tag="monitoring", answer=Queue),
    *PERSON_ENDPOINTS,
    *OPERATOR_ENDPOINTS,
    Endpoint(method="GET", path="/api/metrics", handler=monitoring.figures, tag="monitoring", answer=Figures),
    *DESTINATION_ENDPOINTS,
    *ADMINISTRATION_ENDPOINTS,
    *SERVICE_TOKEN_ENDPOINTS,
    Endpoint(
        method="GET",
        path="/api/health",
        handler=monitoring.health,
        tag="monitoring",
        answer=Health,
        answers_when_unwell=True,
        public=True,
    ),
    Endpoint(method="GET", path="/api/openapi.json", handler=monitoring.openapi, tag="monitoring", public=True),
)

PUBLIC_ROUTES = frozenset(endpoint.path for endpoint in ENDPOINTS if endpoint.public)
SHOWING_ROUTES = frozenset((endpoint.method, endpoint.path) for endpoint in ENDPOINTS if endpoint.shows_conversation)
STREAMED_ROUTES = frozenset(
    endpoint.path for endpoint in ENDPOINTS if endpoint.takes_file or endpoint.gives_file or endpoint.streams
)
