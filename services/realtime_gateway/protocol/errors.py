"""The codes of refused commands, and what each says."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "not_found": "there is no such conversation, or it is another clinic's",
    "user_not_found": "the same, of who is to have it",
    "stale_assignment": "the conversation is not whose the client takes it for; `details` has `assigned_to` and `version`",
    "unauthorized": "the session is over: sign in",
    "forbidden": "the user may not do that",
    "conflict": "the conversation is in another state than the command needs",
    "unavailable": "rights, presence or live events are not available just now, or it is not known whether it was done",
    "rate_limited": "more than 100 frames a minute",
    "too_many_channels": "a connection may join 200",
    "bad_request": "the message names the field",
    "bad_frame": "not a text frame, not a JSON object, or an unusable `id`; the reply's `id` is null",
    "bad_token": "of `auth`: the token is not valid, or another user's; the connection goes on with the one it has",
    "unknown_command": "no command of this protocol",
}
