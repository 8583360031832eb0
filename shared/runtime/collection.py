"""How a service that holds much for long collects garbage."""

import gc

# What such a service makes in plenty is freed by its counts alone, and a full collection of it takes tens of milliseconds in
# which nobody is answered. So they are rare.
GENERATIONS = (50_000, 20, 50)


def tune_collection() -> None:
    """Leave what was loaded for good out of every collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)
