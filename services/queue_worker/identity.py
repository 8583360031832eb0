"""Which worker, and which code, something happened on."""

import os
import re
import socket
import time
from importlib.metadata import PackageNotFoundError, version

# A process id is given again after a restart; with the time of the start it is one process for ever.
# Nothing in it needs quoting.
WORKER_ID = f"{re.sub(r'[^A-Za-z0-9._-]', '_', socket.gethostname())}:{os.getpid()}:{int(time.time())}"


def _code_version() -> str:
    try:
        return version("prosa")
    except PackageNotFoundError:
        return "unknown"


CODE_VERSION = _code_version()
