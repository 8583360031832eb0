"""The clinics that share the product: what the demo data calls them, and a mark in everything that is said in each."""

from dataclasses import dataclass

PASSWORD = "prosa-demo"


@dataclass(frozen=True, slots=True)
class Clinic:
    """A tenant. `stranger` is an instance of another, `agents` the addresses of those who answer and listen."""

    id: int
    name: str
    instance: str
    stranger: str
    token: str
    agents: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Stands in every text and name of this clinic, and in nobody else's."""
        return f"@{self.name}"

    def provider_id(self, number: int) -> str:
        """The provider's id of a message: it says whose it is."""
        return f"CHAOS{self.id}N{number:08d}"

    def reply_name(self, number: int) -> str:
        """An agent's own name of a reply, which says whose it is too."""
        return f"reply-{self.id}-{number}"


DEMO = Clinic(
    1, "demo", "demo-wa", "outra-wa", "demo-evolution-token", ("ana@demo.test", "bruno@demo.test", "sofia@demo.test")
)
OUTRA = Clinic(2, "outra", "outra-wa", "demo-wa", "outra-evolution-token", ("carla@outra.test", "carla@outra.test"))
CLINICS = (DEMO, OUTRA)
