"""Fetching what a message only describes: docs/media.md."""
