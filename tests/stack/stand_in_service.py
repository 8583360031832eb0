"""What the clone's services are replaced by: ready at once, unless a file named after what should go wrong says so."""

import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType

NAME = Path(__file__).parent.name
PORTS = {
    "webhook_receiver": "RECEIVER_PORT",
    "queue_worker": "WORKER_PORT",
    "realtime_gateway": "GATEWAY_PORT",
    "api": "API_PORT",
}


class Handler(BaseHTTPRequestHandler):
    """Answers every path as `/readyz`."""

    def do_GET(self) -> None:
        ready = not Path(f"unready-{NAME}").exists()
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(b'{"ready":true}' if ready else b'{"postgres":"no route"}')

    def log_message(self, *_: object) -> None:
        """Be quiet."""


def main() -> None:
    if Path(f"broken-{NAME}").exists():
        sys.exit(f"{NAME} has a bad configuration")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ[PORTS[NAME]])), Handler)

    def drain(_number: int, _frame: FrameType | None) -> None:
        print(f"{NAME} drains")
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, drain)
    print(f"{NAME} serves with {os.environ['DATABASE_URL'].partition(':')[0]}")
    server.serve_forever()


if __name__ == "__main__":
    main()
