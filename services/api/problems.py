"""What goes wrong with a request, in words for whoever made it. What is raised here becomes a problem+json answer."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from shared.observability.problem import problem

RETRY_AFTER_SECONDS = 2


class ProblemError(Exception):
    """A request that cannot be answered as asked."""

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def answer(self) -> web.Response:
        """The problem as an answer."""
        return problem(self.status, self.detail, headers=self.headers, **self.extra)


def invalid_request(errors: list[dict[str, str]]) -> ProblemError:
    """The request's body or parameters are not what the endpoint takes; each error has a `path` and a `message`."""
    return ProblemError(400, "The request is not valid; see errors.", errors=errors)


def invalid_parameter(path: str, message: str) -> ProblemError:
    """One parameter is not usable."""
    return invalid_request([{"path": path, "message": message}])


def unreadable_body() -> ProblemError:
    """The body is not encoded as its headers say."""
    return ProblemError(400, "The body is not what its Content-Encoding says.", code="body_encoding")


def unknown_coding(known: str) -> ProblemError:
    """The body's Content-Encoding is none that is taken here; `known` are those that are, or empty."""
    taken = f"is none of {known}" if known else "is taken for no file"
    headers = {"Accept-Encoding": known or "identity"}
    return ProblemError(415, f"The body's Content-Encoding {taken}.", headers=headers, code="body_encoding")


def conversation_not_found() -> ProblemError:
    """There is no such conversation, or it is another clinic's: from outside the two must look the same."""
    return ProblemError(404, "There is no such conversation.")


def contact_not_found() -> ProblemError:
    """There is no such contact, or it is another clinic's."""
    return ProblemError(404, "There is no such contact.")


def stale_contact(contact: Mapping[str, Any], changed_by: Mapping[str, Any] | None) -> ProblemError:
    """The caller has not seen the contact as it is now; `changed_by` is null where it was no person."""
    who = changed_by["name"] if changed_by else "WhatsApp or an integration"
    detail = f"The contact was changed meanwhile by {who}; this is how it is now."
    return ProblemError(412, detail, code="stale", version=contact["version"], contact=contact, changed_by=changed_by)


def destination_not_found() -> ProblemError:
    """There is no such destination of webhooks, or it is another clinic's."""
    return ProblemError(404, "There is no such destination.")


def stale_destination(destination: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the destination as it is now."""
    detail = "The destination was changed meanwhile; this is how it is now."
    return ProblemError(412, detail, code="stale", version=destination["version"], destination=destination)


def source_not_found() -> ProblemError:
    """There is no such source, or it is another clinic's."""
    return ProblemError(404, "There is no such source.")


def stale_source(source: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the source as it is now."""
    detail = "The source was changed meanwhile; this is how it is now."
    return ProblemError(412, detail, code="stale", version=source["version"], source=source)


def taken_name(kind: str, name: str) -> ProblemError:
    """The clinic has a source of that kind and name."""
    return ProblemError(409, f"There is an {kind} source called {name!r} already.", code="exists")


def message_not_found() -> ProblemError:
    """There is no such message in that conversation."""
    return ProblemError(404, "There is no such message in this conversation.")


def client_message_id_taken() -> ProblemError:
    """The client has used this id for another message, or somebody else's client has."""
    detail = "This client_message_id belongs to another message; take a new one."
    return ProblemError(409, detail, code="client_message_id_taken")


def client_action_id_taken() -> ProblemError:
    """The client has used this id for another action, or somebody else's client has."""
    detail = "This client_action_id belongs to another action; take a new one."
    return ProblemError(409, detail, code="client_action_id_taken")


def canned_reply_not_found() -> ProblemError:
    """There is no such canned reply, or it is another clinic's."""
    return ProblemError(404, "There is no such canned reply.")


def shortcut_taken() -> ProblemError:
    """Another canned reply of the clinic has the shortcut, perhaps with other capitals or accents."""
    detail = "Another canned reply has this shortcut; capitals and accents make no difference."
    return ProblemError(409, detail, code="shortcut_taken", errors=[{"path": "shortcut", "message": detail}])


def stale_canned_reply(reply: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the canned reply as it is now."""
    detail = "The canned reply was changed meanwhile; this is how it is now."
    return ProblemError(412, detail, code="stale", version=reply["version"], canned_reply=reply)


def label_not_found() -> ProblemError:
    """There is no such label, or it is another clinic's."""
    return ProblemError(404, "There is no such label.")


def name_taken() -> ProblemError:
    """Another label of the clinic has the name, perhaps with other capitals or accents."""
    detail = "Another label has this name; capitals and accents make no difference."
    return ProblemError(409, detail, code="name_taken", errors=[{"path": "name", "message": detail}])


def stale_label(label: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the label as it is now."""
    detail = "The label was changed meanwhile; this is how it is now."
    return ProblemError(412, detail, code="stale", version=label["version"], label=label)


def user_not_found() -> ProblemError:
    """There is no such user, or not in this clinic, or not any more: from outside all must look the same."""
    return ProblemError(404, "There is no such active user.", code="user_not_found")


def no_such_user() -> ProblemError:
    """There is no such user, or they are another clinic's."""
    return ProblemError(404, "There is no such user.", code="user_not_found")


def email_taken() -> ProblemError:
    """Somebody signs in under the address; at which clinic is not told, also where it is the caller's."""
    detail = "Somebody signs in under this address already."
    return ProblemError(409, detail, code="email_taken", errors=[{"path": "email", "message": detail}])


def last_admin() -> ProblemError:
    """Nobody would be left who can undo it."""
    return ProblemError(409, "The clinic needs one active admin; make somebody else one first.", code="last_admin")


def stale_user(user: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the user as they are now."""
    detail = "The user was changed meanwhile; this is how they are now."
    return ProblemError(412, detail, code="stale", version=user["version"], user=user)


def right_lost(right: str) -> ProblemError:
    """Another admin took the right away while the caller used it."""
    return ProblemError(403, f"The right {right} was taken away meanwhile.", code="right_missing", right=right)


def stale_assignment(holder: Mapping[str, str] | None, version: int) -> ProblemError:
    """The conversation is not whose the caller took it for, or is not the caller's to give away."""
    detail = f"The conversation belongs to {holder['name'] if holder else 'nobody'} now."
    return ProblemError(409, detail, code="stale_assignment", assigned_to=holder, version=version)


def stale_version(conversation: Mapping[str, Any]) -> ProblemError:
    """The caller has not seen the conversation as it is now."""
    detail = "The conversation was changed meanwhile; this is how it is now."
    return ProblemError(412, detail, code="stale", version=conversation["version"], conversation=conversation)


def unauthorized(detail: str, *, challenge: str = 'Bearer realm="prosa"') -> ProblemError:
    """The caller has not shown who they are."""
    return ProblemError(401, detail, headers={"WWW-Authenticate": challenge})


def session_over() -> ProblemError:
    """The token is sound, but its session was ended, or its user may not sign in any more."""
    return ProblemError(
        401,
        "This session is over; sign in again.",
        headers={"WWW-Authenticate": 'Bearer realm="prosa", error="invalid_token"'},
        code="session_over",
    )


def unavailable(detail: str) -> ProblemError:
    """Nothing is wrong with the request; it can be answered soon."""
    return ProblemError(503, detail, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def too_many(detail: str, retry_after_seconds: int) -> ProblemError:
    """The caller must wait."""
    return ProblemError(429, detail, headers={"Retry-After": str(retry_after_seconds)})
