"""Contracts and thin adapters that at least two services use."""

VERSION = "0.1.0"
