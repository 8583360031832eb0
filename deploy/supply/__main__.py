"""What Prosa is made of: `python -m deploy.supply licences|sbom`."""

import sys
import tomllib

from deploy.local.settings import repository_root
from deploy.supply.listing import bill, page
from deploy.supply.packages import shipped
from deploy.supply.spdx import is_allowed

_USAGE = "usage: python -m deploy.supply licences|sbom"


def main(arguments: list[str]) -> int:
    """Write the page of licences, or print the bill of materials; 1 where a licence may not be shipped."""
    root = repository_root()
    packages = shipped(root)
    match arguments:
        case ["licences"]:
            (root / "docs/licences.md").write_text(page(packages), "utf-8")
        case ["sbom"]:
            version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
            sys.stdout.write(bill(packages, version))
        case _:
            print(_USAGE, file=sys.stderr)
            return 2
    refused = [
        f"{one.name} {one.version}: {one.licence or 'no licence'}" for one in packages if not is_allowed(one.licence)
    ]
    print("\n".join(refused), end="", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
