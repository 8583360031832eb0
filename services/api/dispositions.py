"""A file's name in a header (RFC 6266): what a browser saves it as."""

import re
from urllib.parse import quote

# Besides what is no ASCII: quotation marks and backslashes end or escape, separators name directories, percent signs are
# taken by some for an encoding.
_UNSAFE = re.compile(r'[^\x20-\x7e]|["\\/%;]')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def content_disposition(name: str, *, shown: bool) -> str:
    """The header's value; `shown` in place, or saved under the name. Nothing in the name can leave its place."""
    harmless = _CONTROLS.sub("_", name).strip() or "file"
    encoded = quote(harmless.encode("utf-8", "replace"), safe="")
    kind = "inline" if shown else "attachment"
    return f"{kind}; filename=\"{_UNSAFE.sub('_', harmless)}\"; filename*=UTF-8''{encoded}"
