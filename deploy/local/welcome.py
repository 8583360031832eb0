"""What to open and what to try, once everything runs."""

from collections.abc import Mapping

_EXAMPLE = (
    '{"event":"message.created","phone":"5511965860124","contact_name":"Maria",'
    '"sender_type":"patient","content":"Bom dia!","message_type":"text"}'
)


def welcome(ports: Mapping[str, int], *, demo: bool, how_to_stop: str) -> str:
    """The text a newcomer reads."""
    lines = [
        "",
        "Prosa is running.",
        f"  Dashboard   http://127.0.0.1:{ports['API_PORT']}/",
        f"  REST        http://127.0.0.1:{ports['API_PORT']}/api/openapi.json",
        f"  WebSocket   ws://127.0.0.1:{ports['GATEWAY_WS_PORT']}/ws",
        f"  Webhooks    http://127.0.0.1:{ports['RECEIVER_PORT']}/webhooks/",
        *(_demo_lines(ports) if demo else []),
        "",
        f"  {how_to_stop}",
        "",
    ]
    return "\n".join(lines)


def _demo_lines(ports: Mapping[str, int]) -> list[str]:
    return [
        "",
        "  Log in with the password prosa-demo as",
        "    ana@demo.test, bruno@demo.test   agents",
        "    sofia@demo.test                  supervisor",
        "    oper@demo.test                   operator",
        "    adm@demo.test                    admin",
        "    carla@outra.test                 agent of another clinic",
        "",
        "  Send a message as a patient would:",
        f"    curl http://127.0.0.1:{ports['RECEIVER_PORT']}/webhooks/n8n/demo-n8n-token \\",
        "      -H 'content-type: application/json' \\",
        f"      -d '{_EXAMPLE}'",
    ]
