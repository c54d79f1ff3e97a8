"""Run the service: `python -m <package>.serving`. This process becomes `mlserver start`.

MLServer has a virtual environment of its own. It gets a new model repository, without models: the
model `_operations` follows the champions and lets MLServer load them.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from ..platform.errors import SettingsError, UserError
from ..platform.sections.serving import Serving
from ..platform.settings import Settings, load_settings
from . import repository

LOCAL = "local"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PROGRAM = "mlserver"
ENVIRONMENT = Path("environments") / "mlserver" / ".venv"


def require_loopback(settings: Settings, serving: Serving) -> None:
    """Raise SettingsError if the service would be reachable from other computers in `local`."""
    if settings.env != LOCAL or serving.host in LOOPBACK or serving.published_on_loopback:
        return
    raise SettingsError(
        f"serving.host: MLServer does not authenticate callers, so in '{LOCAL}' it listens on "
        f"127.0.0.1 only, not on {serving.host}; set MLOPS_ENV to an environment in which a "
        "gateway authenticates them"
    )


def require_free(serving: Serving) -> None:
    """Raise SettingsError if a port is taken or named twice; MLServer would give no reason."""
    ports: dict[int, str] = {}
    for name in ("port", "grpc_port", "metrics_port"):
        port: int = getattr(serving, name)
        if port in ports:
            raise SettingsError(f"serving.{name} and serving.{ports[port]}: both are {port}")
        ports[port] = name
        try:
            family, *_, address = socket.getaddrinfo(serving.host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as error:
            raise SettingsError(
                f"serving.{name}: cannot listen on {serving.host}:{port}: {error.strerror}"
            ) from None


def program(root: Path) -> Path:
    """Return the program `mlserver`. Raises UserError if its environment is missing."""
    # An image has only this environment. A test has a project folder without environments, or a
    # copy of this file: the environment is next to that of the interpreter, `.venv/bin/python`.
    folders = [Path(sys.executable).parent]
    tops = (Path(__file__).resolve().parents[3], root, Path(sys.executable).parents[2])
    folders += [top / ENVIRONMENT / "bin" for top in tops]
    for folder in folders:
        if (folder / PROGRAM).exists():
            return folder / PROGRAM
    raise UserError(f"{ENVIRONMENT} has no {PROGRAM}: run make setup")


def variables(root: Path) -> dict[str, str]:
    """Return the environment variables of MLServer: it imports this package, and has no others."""
    # MLServer would prefer variables of the shell to the defaults of its settings.
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MLSERVER_")}
    source = str(Path(__file__).resolve().parents[2])
    return {**kept, "MLOPS_HOME": str(root), "PYTHONPATH": source}


def main() -> None:
    """Serve until a signal arrives; if a setting is wrong, print one sentence and exit with 1."""
    try:
        settings = load_settings()
        serving = settings.section("serving", Serving)
        require_loopback(settings, serving)
        require_free(serving)
        command = str(program(settings.root))
    except UserError as error:
        raise SystemExit(f"serving: {error}") from None
    folder = Path(tempfile.mkdtemp(prefix="mlserver-"))
    try:
        repository.write(folder, serving, follow=True)
        # MLServer reads an `.env` file of the working directory.
        os.chdir(folder)
        os.execve(command, [command, "start", str(folder)], variables(settings.root))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
