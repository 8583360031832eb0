"""Prometheus with our rules and dashboards."""
