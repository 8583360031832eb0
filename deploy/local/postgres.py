"""The private Postgres."""

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import Account, can_enter, unprivileged_account
from deploy.local.binaries import find_postgres, search_path
from deploy.local.daemon import Daemon, Launch
from deploy.local.listeners import Listener
from deploy.local.probes import probe_postgres
from deploy.local.problem import Problem
from deploy.local.processes import inhabitants, lives_in, signal_process

_USER = _DATABASE = "prosa"
_ORPHANS_GO_WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class PostgresHome:
    """Where one stack's Postgres lives: usually a directory of the clone, else a link to one it can reach."""

    link: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.link / "data"

    @property
    def password(self) -> Path:
        """The password's file. There is one because a Postgres superuser can run programs on this machine, so that
        no other local user may connect; it lies beside the data, so that both are found again together.
        """
        return self.link / "password"


def postgres_daemon(home: PostgresHome, port: int, state: Path) -> Daemon:
    """The private Postgres of a stack."""
    return Daemon(
        name="postgres",
        ports=(port,),
        log=state / "log/postgres.log",
        record_file=state / "pid/postgres.json",
        probe=lambda: probe_postgres("127.0.0.1", port),
        prepare=lambda: _prepare(home, port),
        owns=lambda listener: _owns(listener, home),
        # SIGINT is Postgres's fast shutdown: sessions are ended, data is flushed. SIGQUIT leaves crash recovery to do.
        stop_steps=((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0)),
    )


def postgres_url(home: PostgresHome, port: int) -> str:
    """The URL of the private Postgres."""
    try:
        password = home.password.read_text("ascii").strip()
    except FileNotFoundError:
        raise Problem("The private Postgres has never been started.", "Start it: make up") from None
    return f"postgresql://{_USER}:{password}@127.0.0.1:{port}/{_DATABASE}"


def server_command(programs: Path, data: Path, port: int) -> list[str]:
    """How Postgres is started. Everything that differs from its defaults stands here, nothing in its own files."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",  # a clone's path may be longer than the 107 bytes a socket's path may have
        "max_connections": "200",
        "shared_buffers": "256MB",
        "fsync": "on",  # tests measure durability
        "timezone": "UTC",
        # What a statement that failed was about are patients' words: neither it nor its values may stand in a log.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length_on_error": "0",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(data), *options]


def relocated_home(link: Path, uid: int) -> Path:
    """Where Postgres lives when it can't reach the clone, for example one in root's home: one place per clone."""
    clone_and_stack = hashlib.sha256(os.fsencode(link)).hexdigest()[:12]
    return Path("/var/tmp", f"prosa-{uid}-{clone_and_stack}")  # noqa: S108 - its owner is checked before it is used


def wipe(home: PostgresHome) -> None:
    """Remove all data, and the place outside the clone if there is one."""
    if home.link.is_symlink():
        shutil.rmtree(home.link.readlink(), ignore_errors=True)
        home.link.unlink()
    elif home.link.exists():
        shutil.rmtree(home.link)


def _owns(listener: Listener, home: PostgresHome) -> bool:
    return listener.pid is not None and lives_in(listener.pid, home.data)


def _prepare(home: PostgresHome, port: int) -> Launch:
    account = unprivileged_account()
    _establish(home.link, account)
    if (home.data / "PG_VERSION").exists():
        programs = _programs_for(home.data)
        _bury_orphans(home.data)
    else:
        programs = _newest_programs()
        _initialise(home, programs, account)
    data = home.data.resolve()
    return Launch(server_command(programs, data, port), _environment(), data, account)


def _environment() -> Mapping[str, str]:
    # Built from nothing: PGDATA, PGPORT and the like of the person's shell mean another server.
    return {"PATH": search_path(), "LANG": "C", "LC_ALL": "C"}


def _establish(link: Path, account: Account | None) -> None:
    if link.is_symlink():
        _own_directory(link.readlink())
        return
    link.mkdir(mode=0o711, parents=True, exist_ok=True)
    if not can_enter(account, link):
        _refuse_to_move(link)
        link.rmdir()
        elsewhere = relocated_home(link, os.geteuid())
        _own_directory(elsewhere)
        link.symlink_to(elsewhere)


def _refuse_to_move(link: Path) -> None:
    if any(link.iterdir()):
        raise Problem(
            f"The private Postgres can no longer be run: its own user can't enter {link}, where its data lies.",
            "Let others pass through the directories above it (chmod o+x), or give the data up: "
            "python3 -m deploy.local clean --help",
        )


def _own_directory(path: Path) -> None:
    path.mkdir(mode=0o711, exist_ok=True)
    status = path.lstat()
    # In a place that everybody may write to, the name may have been taken first, by a directory or a link.
    if path.is_symlink() or not path.is_dir() or status.st_uid != os.geteuid():
        raise Problem(f"{path} exists and is not ours.", f"See what it is (ls -ld {path}) and remove it.")


def _newest_programs() -> Path:
    found = find_postgres()
    if found is None:
        raise Problem("No Postgres 15 or newer was found.", "Install one, or name a running one in DATABASE_URL.")
    return found[1]


def _programs_for(data: Path) -> Path:
    major = int((data / "PG_VERSION").read_text("ascii"))
    found = find_postgres(major)
    if found is None:
        raise Problem(
            f"The private data in {data} belongs to Postgres {major}, which is no longer installed.",
            f"Install postgresql-{major} again, or give the data up: python3 -m deploy.local clean --help",
        )
    return found[1]


def _initialise(home: PostgresHome, programs: Path, account: Account | None) -> None:
    # Made under another name and renamed when complete: a kill half-way leaves nothing that looks like data.
    # Named without the link, which leads through directories the account may not enter.
    draft, password = home.link.resolve() / "data.new", secrets.token_hex(16)
    shutil.rmtree(draft, ignore_errors=True)
    _make_private(draft, account)
    password_file = _write_password(draft.with_name("password.new"), password, account)
    _initdb(programs, draft, password_file, account)
    single_user = [str(programs / "postgres"), "--single", "-D", str(draft), "postgres"]
    _run(single_user, f"CREATE DATABASE {_DATABASE}\n", account)
    password_file.unlink()
    _write_password(home.password, password, None)
    draft.rename(home.data)


def _initdb(programs: Path, data: Path, password_file: Path, account: Account | None) -> None:
    locale = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"  # the second does not exist on every macOS
    options = ["--encoding=UTF8", f"--locale={locale}", f"--username={_USER}", "--auth=scram-sha-256"]
    _run([str(programs / "initdb"), *options, f"--pwfile={password_file}", "-D", str(data)], "", account)


def _make_private(directory: Path, account: Account | None) -> None:
    directory.mkdir(mode=0o700)
    if account is not None:
        os.chown(directory, account.uid, account.gid)


def _write_password(path: Path, password: str, reader: Account | None) -> Path:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
    if reader is not None:
        os.chown(path, reader.uid, reader.gid)
    return path


def _run(command: Sequence[str], stdin: str, account: Account | None) -> None:
    arguments = account.popen_arguments() if account else {}
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, cwd="/", env=_environment(), **arguments
    )
    if done.returncode != 0:
        raise Problem(
            f"{Path(command[0]).name} failed with exit code {done.returncode} while the private Postgres was made.",
            "Repair what the lines above name, then run the same make command again.",
            (done.stdout + done.stderr).splitlines()[-15:],
        )


def _bury_orphans(data: Path) -> None:
    """Let the children of a killed Postgres end, and remove the pid file it left: both would stop a new one."""
    deadline = time.monotonic() + _ORPHANS_GO_WITHIN
    while orphans := inhabitants(data, {"postgres"}):
        late = time.monotonic() > deadline
        for orphan in orphans:
            signal_process(orphan, signal.SIGKILL if late else signal.SIGQUIT)
        time.sleep(0.05)
    # Nothing of it lives now, but its pid may meanwhile be somebody else's, which Postgres can't tell apart.
    if sys.platform.startswith("linux"):  # elsewhere the look above sees nothing, and proves nothing
        (data / "postmaster.pid").unlink(missing_ok=True)
