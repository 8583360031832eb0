"""From the broker into the queue: deliveries, taken apart, stored once."""
