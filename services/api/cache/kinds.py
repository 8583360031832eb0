"""What is kept, and for how long."""

from dataclasses import dataclass

# How long it is believed that something is missing.
MISSING_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of entry, under the name that metrics show it by."""

    name: str
    seconds: float


CONVERSATIONS = Kind("conversations", 300.0)
CONVERSATION_DETAILS = Kind("conversation_details", 120.0)
USER_SESSIONS = Kind("user_sessions", 1800.0)
PATIENT_DATA = Kind("patient_data", 600.0)
KINDS = (CONVERSATIONS, CONVERSATION_DETAILS, USER_SESSIONS, PATIENT_DATA)
