"""The Code node that integrators import checks signatures as we make them."""

import json
import subprocess
from typing import Any

from deploy.local.binaries import find_program
from shared.auth.standard_webhooks import new_secret, signed_headers
from tests.product import ROOT
from tests.public_clients.programs import need

WORKFLOW = ROOT / "deploy" / "n8n" / "patient-message.json"
NOW = 1_795_000_000


def verdict(headers: dict[str, str], body: bytes, secret: str, now: int = NOW) -> dict[str, Any]:
    """What the workflow's Code node says of a webhook, run as n8n runs it."""
    need("node")
    nodes = {node["name"]: node for node in json.loads(WORKFLOW.read_text("utf-8"))["nodes"]}
    code = nodes["Check the signature"]["parameters"]["jsCode"]
    assert "'whsec_REPLACE_ME'" in code
    given = json.dumps({"headers": headers, "body": body.hex()})
    script = f"""
        const given = {given};
        Date.now = () => {now} * 1000;
        const $input = {{ first: () => ({{ json: {{ headers: given.headers }} }}) }};
        const helpers = {{ getBinaryDataBuffer: async () => Buffer.from(given.body, 'hex') }};
        (async function () {{ {code.replace("whsec_REPLACE_ME", secret)} }}).call({{ helpers }})
          .then((items) => console.log(JSON.stringify(items)));
    """
    ran = subprocess.run([str(find_program("node")), "-e", script], capture_output=True, check=True, timeout=30)
    [item] = json.loads(ran.stdout)
    found: dict[str, Any] = item["json"]
    return found


def test_the_code_node_takes_what_we_sign_and_nothing_else() -> None:
    """Any of two signatures; not another secret's, not another body, not an old one, not none."""
    ours, older, body = new_secret(), new_secret(), '{"type":"ping","data":{"dito":"não"}}'.encode()
    headers = signed_headers([older, ours], "an-id", NOW, body)
    good = verdict(headers, body, ours)
    assert good == {"verified": True, "webhook_id": "an-id", "event": json.loads(body)}
    assert verdict(headers, body, older)["verified"]
    for refused in (
        verdict(headers, body, new_secret()),
        verdict(headers, body + b" ", ours),
        verdict(headers, body, ours, now=NOW + 301),
        verdict({**headers, "webhook-timestamp": "now"}, body, ours),
        verdict({**headers, "webhook-signature": "v1,"}, body, ours),
        verdict({}, body, ours),
    ):
        assert (refused["verified"], refused["event"]) == (False, {})
