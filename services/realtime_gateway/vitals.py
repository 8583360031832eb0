"""How the gateway collects garbage."""

import gc

# A full collection takes some 40 ms for a thousand connections, which are freed by their counts alone. So they are rare.
GENERATIONS = (50_000, 20, 50)


def tune_collection() -> None:
    """Leave what was loaded for good out of every collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)
