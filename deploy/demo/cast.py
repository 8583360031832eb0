"""The people of the day. Names and numbers are made up; the same ones come every day, so that contacts are known again."""

from dataclasses import dataclass
from typing import Literal

from deploy.demo.seed import PASSWORD

Version = Literal["2.3.7", "2.3.6", "2.4", "1.8"]


@dataclass(frozen=True, slots=True)
class Patient:
    """Somebody who writes. `number` is WhatsApp's, which outside São Paulo lacks the ninth digit.

    `version` is the Evolution release through which they come: each tells in its own way who somebody is.
    `withheld` where WhatsApp tells nothing but the LID, as it does of people who answer an advertisement.
    """

    name: str
    number: str
    lid: str
    version: Version = "2.3.7"
    withheld: bool = False
    phone: Literal["android", "ios"] = "android"

    @property
    def called(self) -> str:
        """What others call them, who know no more than WhatsApp tells."""
        return self.lid_jid if self.withheld else self.name

    @property
    def jid(self) -> str:
        """The address by number."""
        return f"{self.number}@s.whatsapp.net"

    @property
    def lid_jid(self) -> str:
        """The address without a number."""
        return f"{self.lid}@lid"


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    jid: str


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers, as `deploy.demo.seed` made them."""

    name: str
    email: str
    password: str = PASSWORD


MARIA = Patient("Maria Aparecida", "5511955550101", "201955550101001")
JOAO = Patient("João Pedro", "5511955550102", "201955550102001", version="2.3.6")
FRANCISCA = Patient("Francisca das Chagas", "558587770103", "201955550103001")
CARLOS = Patient("Carlos Eduardo", "5521955550104", "201955550104001", version="2.4", phone="ios")
LUCIA = Patient("Lúcia Pereira", "5511955550105", "201955550105001", phone="ios")
TEREZA = Patient("Tereza Gomes", "5531987770106", "201955550106001", version="2.3.6")
TEREZA_UNKNOWN = Patient("Tereza Gomes", "5531987770106", "201955550106001", version="2.3.6", withheld=True)
BEATRIZ = Patient("Beatriz Campos", "5511955550107", "201955550107001")
ROBERTO = Patient("Roberto Nunes", "5511955550108", "201955550108001", version="1.8")

ASSISTANT = "Assistente (IA)"

CORRIDOR = Group("Corredor da clínica", "120363955550109001@g.us")

ANA = Agent("Ana", "ana@demo.test")
BRUNO = Agent("Bruno", "bruno@demo.test")
CARLA = Agent("Carla", "carla@outra.test")
