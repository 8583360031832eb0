"""The kinds of deliveries to clinics' own systems, as the queue's rows name them."""

from shared.events.announcements import ANNOUNCED

PREFIX = "deliver."
# A try that somebody asked for: made once, and never a dead letter.
PING = f"{PREFIX}ping"
DELIVERY_KINDS = frozenset({*(PREFIX + event for event in ANNOUNCED), PING})
