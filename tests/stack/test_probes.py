import pytest

from deploy.local.probes import judge_postgres, judge_rabbitmq, judge_redis, probe_http, probe_redis


@pytest.mark.parametrize("answer", [b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", b"E\0\0\0\x10SFATAL\0C28000\0"])
def test_postgres_that_answers_is_ready(answer: bytes) -> None:
    """Postgres is ready when it asks for a password, and when it refuses one."""
    assert judge_postgres(answer) is None


@pytest.mark.parametrize("answer", [b"E\0\0\0\x10SFATAL\0C57P03\0Mstarting up\0", b"", b"HTTP/1.1 400"])
def test_postgres_that_is_not_ready(answer: bytes) -> None:
    """Postgres is not ready while it starts, nor is anything else that listens there."""
    assert judge_postgres(answer) is not None


def test_redis_is_ready_when_it_speaks() -> None:
    """Redis is ready when it answers PING or wants a password, not while it loads."""
    assert judge_redis(b"+PONG\r\n") is None
    assert judge_redis(b"-NOAUTH Authentication required.\r\n") is None
    assert judge_redis(b"-LOADING Redis is loading the dataset in memory\r\n") is not None


def test_rabbitmq_is_ready_when_the_handshake_begins() -> None:
    """RabbitMQ is ready when it sends Connection.Start, not when it names the version it would speak."""
    assert judge_rabbitmq(b"\x01\x00\x00\x00\x00\x01\xf4\x00\x0a\x00\x0a\x00\x09") is None
    assert judge_rabbitmq(b"AMQP\x00\x00\x09\x01") is not None


def test_nobody_there() -> None:
    """A closed port is a reason, not an exception."""
    assert "port 1 " in str(probe_redis("127.0.0.1", 1))
    assert "does not answer" in str(probe_http(1, "/readyz"))
