"""Somebody's editor on a text that nobody else may read."""

import shlex
import subprocess
import tempfile
from pathlib import Path

from services.cli.failures import ExitCode, Failure
from services.cli.settings import child_environment, surroundings


def edited_text(text: str, suffix: str) -> str:
    """The text after its editor was closed. Raises a Failure where the editor fails.

    The folder is the user's alone (0700), in memory where the system offers that, and removed with everything that the
    editor left in it, also where something fails.
    """
    around = surroundings()
    base = around.scratch if around.scratch is not None and around.scratch.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="prosa-edit-", dir=base) as folder:
        file = Path(folder) / f"payload{suffix}"
        file.touch(mode=0o600)
        file.write_text(text, "utf-8")
        _open_editor(around.editor, file)
        try:
            return file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(
                ExitCode.FAILED, f"What the editor left cannot be read: {error}.", "Nothing was stored."
            ) from None


def _open_editor(editor: str, file: Path) -> None:
    try:
        code = subprocess.run([*shlex.split(editor), str(file)], env=child_environment(), check=False).returncode  # noqa: S603 - the user's own
    except (OSError, ValueError) as error:
        raise Failure(ExitCode.FAILED, f"The editor {editor!r} does not start: {error}.", "Set EDITOR.") from None
    if code != 0:
        raise Failure(ExitCode.FAILED, f"The editor ended with {code}.", "Nothing was stored.", name="editor_failed")
