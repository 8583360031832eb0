"""What can be wrong with a signature."""

from typing import Literal

Refusal = Literal["missing_signature", "wrong_signature", "stale_timestamp"]
