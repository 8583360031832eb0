"""The day's webhooks, in the shapes in which Evolution's versions and n8n really send them. Pure."""
