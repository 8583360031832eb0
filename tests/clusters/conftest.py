"""What services are told, by default."""

from tests.e2e.conftest import environment

__all__ = ["environment"]
