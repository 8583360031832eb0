"""What Evolution sends besides messages, and more often."""

from typing import Any

from deploy.demo.cast import Patient
from deploy.demo.evolution.instances import Instance

Json = dict[str, Any]


def typing_data(author: Patient) -> Json:
    """`presence.update`: somebody is typing. It names people by their LID and nothing else."""
    return {"id": author.lid_jid, "presences": {author.lid_jid: {"lastKnownPresence": "composing"}}}


def profile_data(instance: Instance, author: Patient) -> Json:
    """`contacts.update`, which comes with every message."""
    withheld = author.withheld or author.version == "2.3.6"
    return {
        "remoteJid": author.lid_jid if withheld else author.jid,
        "pushName": "" if author.withheld else author.name,
        "profilePicUrl": None,
        "instanceId": instance.id,
    }


def connecting_data(instance: Instance) -> Json:
    """`connection.update` while a line is being opened."""
    return {"instance": instance.name, "state": "connecting", "statusReason": 200}


def connected_data(instance: Instance) -> Json:
    """`connection.update` once it is open."""
    return {
        "instance": instance.name,
        "wuid": instance.jid,
        "profileName": "Clínica Demo",
        "profilePictureUrl": None,
        "state": "open",
        "statusReason": 200,
    }
