"""Webhooks that never came: when each source was last heard of, and what its Evolution server has that we do not."""
