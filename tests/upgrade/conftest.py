"""What services are told."""

from tests.e2e.conftest import environment

__all__ = ["environment"]
