"""Where the server listens: a port, a Unix socket, or what systemd has opened for it."""

import errno
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from mnist_cli.core.errors import ServerError

BACKLOG = 4_096  # connections that wait to be accepted
_OTHERS = 0o117  # what nobody may: others at all, and to execute
_FIRST_INHERITED = 3  # SD_LISTEN_FDS_START: what follows stdin, stdout and stderr


def listen(host: str, port: int) -> socket.socket:
    """Take a port.

    Args:
        host: A name or address of this machine.
        port: 0 is any that is free.

    Raises:
        ServerError: It is taken, not allowed, or the address is not this machine's.
    """
    try:
        family, kind, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind)
    except UnicodeError as error:  # a part of it is empty, too long, or no text
        raise ServerError(f"{host:.80}: no name that a machine can have.") from error
    except OSError as error:
        raise ServerError(f"{host}: no address of this machine ({error.strerror}).") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerError(
                f"Port {port} is used by another program.",
                hint=f"Try --port {port + 1 if port < 65_535 else 8000}, or --port 0 for any.",
            ) from error
        if error.errno == errno.EACCES:
            raise ServerError(
                f"Port {port} may not be used.", hint="Ports from 1024 on need no rights."
            ) from error
        raise ServerError(f"Can't listen on {host}, port {port}: {error.strerror}.") from error
    return listener


def addresses_of(host: str) -> list[str]:
    """Return the addresses that a name of this machine stands for, without interfaces' names.

    None for a name that stands for nothing: who listens on it says so.
    """
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM) if host else []
        return [str(address[0]).partition("%")[0] for *_, address in found]
    return []


def listen_unix(path: Path) -> socket.socket:
    """Make a Unix socket; one that a killed server left behind is replaced.

    Who owns it and their group may connect: nobody has to close its folder first.

    Raises:
        ServerError: Somebody listens there, something else is there, or it can't be made.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        with suppress(FileNotFoundError):
            if not stat.S_ISSOCK(path.lstat().st_mode):
                raise ServerError(f"{str(path)!r} is there, and is no socket.")
            if _is_heard(path):
                raise ServerError(f"Another program listens on {str(path)!r}.")
            path.unlink()
        before = os.umask(_OTHERS)  # so that it never is open to all, not even for a moment
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)  # a path may be too long
        raise ServerError(f"Can't listen on {str(path)!r}: {reason}.") from error
    except ServerError:
        listener.close()
        raise
    return listener


def _is_heard(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True


def inherited() -> list[socket.socket]:
    """Return the sockets that systemd has opened for this process; none where it has not.

    Source: sd_listen_fds(3).

    Raises:
        ServerError: One is none that takes connections.
    """
    told = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS")}
    if told["LISTEN_PID"] != str(os.getpid()) or not told["LISTEN_FDS"].isdecimal():
        return []
    listeners = []
    for number in range(_FIRST_INHERITED, _FIRST_INHERITED + int(told["LISTEN_FDS"])):
        try:
            listener = socket.socket(fileno=number)
            listens = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        except OSError as error:
            raise ServerError(f"LISTEN_FDS: file {number} is no socket.") from error
        if not listens or listener.type != socket.SOCK_STREAM:
            raise ServerError(
                f"LISTEN_FDS: file {number} takes no connections.",
                hint="In the .socket unit: ListenStream=, and Accept=no.",
            )
        listener.set_inheritable(False)
        listeners.append(listener)
    return listeners
