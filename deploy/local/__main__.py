"""Start the command line, or say plainly that this Python is too old for it."""

import sys

# Kept free of newer syntax, so that an old Python reaches this message instead of a SyntaxError.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "Prosa needs Python 3.11 or newer, and %s is %d.%d.\n"  # noqa: UP031
        "  What to do: install a newer one and name it, for example: make PYTHON=python3.12 run"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

from deploy.local.cli import main

sys.exit(main())
