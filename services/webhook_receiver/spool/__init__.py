"""The spool: where webhooks are made durable while the broker is slow, refuses or is away. `docs/adr/0011` says why."""
