"""What a new source's sender must be told, for people. Pure."""

import json
import shlex
import textwrap
from typing import Any

from shared.http.evolution_webhook import evolution_path


def evolution_hint(instance: str, api_url: str | None, body: dict[str, Any]) -> str:
    """What to type so that an instance sends its events."""
    address = shlex.quote(api_url.rstrip("/")) if api_url else '"$EVOLUTION_API_URL"'
    return (
        "Tell Evolution, with its API key:\n\n"
        f'curl -X POST {address}{evolution_path(instance)} -H "apikey: $EVOLUTION_API_KEY" \\\n'
        f"  -H 'Content-Type: application/json' -d {shlex.quote(_shown(body))}"
    )


def n8n_hint(url: str, signed: bool) -> str:
    """How an n8n workflow posts to us."""
    lines = [
        "In n8n, add an HTTP Request node:",
        f"  Method POST, URL {url}",
        "  Body content type JSON, for example:",
        '  {"event":"message.created","phone":"5511965860124","sender_type":"patient","content":"Bom dia"}',
    ]
    if signed:
        lines.append("  Sign it as Standard Webhooks says: webhook-id, webhook-timestamp, webhook-signature.")
    return "\n".join(lines)


def _shown(body: dict[str, Any]) -> str:
    """The body as readable JSON: the events side by side, as many as a line holds."""
    text = json.dumps(body, indent=2)
    begin, end = text.index("[") + 1, text.rindex("]")
    events = textwrap.fill(" ".join(text[begin:end].split()), 76, break_on_hyphens=False)
    return f"{text[:begin]}\n{textwrap.indent(events, '      ')}\n    {text[end:]}"
