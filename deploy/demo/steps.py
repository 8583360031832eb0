"""What a scene of the day is made of."""

from dataclasses import dataclass
from typing import Any

from deploy.demo.cast import Agent, Group, Patient
from deploy.demo.payloads.contents import Content

Json = dict[str, Any]

_PAUSE = 28  # minutes of the day, a second or two of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A patient writes. `quoting` the agent's last words; `group` where it is said to a whole group."""

    content: Content
    by: Patient | None = None
    quoting: bool = False
    group: Group | None = None
    after: float = _PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurries:
    """A patient writes several messages at once, and they arrive in another order: `arrivals` are their positions."""

    contents: tuple[Content, ...]
    arrivals: tuple[int, ...]
    after: float = _PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """An agent answers, once the patient's last message is there. `insists` where the request is made twice."""

    by: Agent
    words: str
    insists: bool = False
    after: float = _PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Assists:
    """The clinic's assistant speaks for `sender_type`, through n8n."""

    words: str
    sender_type: str = "ai"
    after: float = _PAUSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts:
    """The clinic's assistant does something, through n8n."""

    action_type: str
    details: Json
    after: float = _PAUSE / 4


Step = Says | Hurries | Answers | Assists | Acts


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A dialogue with one patient on one instance. `begins` is a time of the day, `about` says what is special.

    `numbered` where n8n names the conversation by an older system's id, and posts it inside its own wrapper.
    """

    begins: str
    about: str
    patient: Patient
    steps: tuple[Step, ...]
    instance: str = "demo-wa"
    clinic: str = "demo"
    numbered: bool = False

    @property
    def begins_at(self) -> int:
        """Minutes since midnight."""
        hours, minutes = self.begins.split(":")
        return int(hours) * 60 + int(minutes)
