"""Examples under a command's help."""


def examples(*lines: str) -> str:
    """The end of a help text; each line is something to type, and what it does after a `#`."""
    return "\n".join(["Examples", *(f"  {line}" for line in lines)])
