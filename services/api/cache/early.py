"""When an entry that is asked for is read anew before its time is over, so that nobody waits when it is."""

import math

# On average so much of an entry's life is given up, by one of many who ask; a cold entry ends unasked.
EARLY_SHARE = 1 / 60


def is_due(life_seconds: float, left_seconds: float, chance: float) -> bool:
    """Whether whoever asks now has it read anew. `chance` is even between 0 and 1, so that not all come at once.

    After Vattani, Chierichetti and Lowenstein, Optimal Probabilistic Cache Stampede Prevention, 2015.
    """
    return left_seconds < -math.log(max(chance, 1e-12)) * life_seconds * EARLY_SHARE
