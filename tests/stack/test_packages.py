from deploy.local.binaries import major_version
from deploy.local.packages import apt_command, apt_packages, brew_packages, offered_postgres


def test_apt_names() -> None:
    """Debian's names of the three servers."""
    packages = apt_packages({"postgres", "redis", "rabbitmq"}, (3, 11), (3, 11))

    assert packages == ["postgresql", "rabbitmq-server", "redis-server"]


def test_venv_belongs_to_the_python_that_asks() -> None:
    """The system's own Python has a general package; another one has one with its version."""
    assert apt_packages({"venv"}, (3, 11), (3, 11)) == ["python3-venv"]
    assert apt_packages({"venv"}, (3, 13), (3, 11)) == ["python3.13-venv"]


def test_brew_names() -> None:
    """Homebrew's Python needs no package for venv."""
    assert brew_packages({"redis", "venv"}) == ["redis"]


def test_apt_runs_as_root_or_by_sudo_or_not_at_all() -> None:
    """Nobody is asked for a password by a program that hides its output."""
    script = ["sh", "deploy/local/apt_install.sh", "redis-server"]

    assert apt_command(["redis-server"], root=True, sudo=False) == script
    assert apt_command(["redis-server"], root=False, sudo=True) == ["sudo", "-n", *script]
    assert apt_command(["redis-server"], root=False, sudo=False) is None


def test_offered_postgres() -> None:
    """The version that apt would install is known before it is installed."""
    assert offered_postgres("postgresql\n  Depends: postgresql-14\n  Suggests: postgresql-doc\n") == 14
    assert offered_postgres("") is None


def test_versions_are_read() -> None:
    """The versions that the servers print."""
    assert major_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)") == 15
    assert major_version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64") == 7
    assert major_version("something else") is None
