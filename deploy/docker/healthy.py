"""Whether the service of this container lives: `python -m deploy.docker.healthy <variable of its port> <default>`."""

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection

TIMEOUT_SECONDS = 2.0


def lives(port: int) -> bool:
    """Whether /healthz says 200. Not /readyz: a service whose Postgres is away would only be restarted in vain."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    _, variable, default = sys.argv
    sys.exit(0 if lives(int(os.environ.get(variable) or default)) else 1)
