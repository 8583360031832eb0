"""`python -m services.cli …`, which `./prosa` starts."""

import sys

from services.cli.app import main

sys.exit(main(sys.argv[1:]))
