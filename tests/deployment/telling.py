"""Services' settings, as a deployment's files tell them."""

import importlib
import os
from collections.abc import Mapping

import pytest
from pydantic_settings import BaseSettings

from tests.contract.test_configuration_doc import settings_of

PORTS = {
    "webhook_receiver": "RECEIVER_PORT",
    "queue_worker": "WORKER_PORT",
    "realtime_gateway": "GATEWAY_PORT",
    "api": "API_PORT",
}
# Read by the library of buckets, not by us.
CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
# What a secret is: long, and none of the development's. Addresses are some that could be.
SECRET_VALUES = {
    "DATABASE_URL": "postgresql://worker:secret@postgres:5432/prosa",
    "REDIS_URL": "redis://:secret@redis:6379/0",
    "RABBITMQ_URL": "amqp://prosa:secret@rabbitmq:5672/%2F",
    "EVOLUTION_API_URL": "http://evolution:8080/",
}


def secret_value(name: str) -> str:
    return SECRET_VALUES.get(name, "0123456789" * 5)


def start_settings(service: str, told: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> BaseSettings:
    """The settings with which a service would start there; raises where it would refuse to."""
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    settings: BaseSettings = importlib.import_module(f"services.{service}.settings").Settings()
    return settings


def default_port(service: str) -> int:
    return int(settings_of(service)[PORTS[service]])
