"""TLS, by a certificate and its key."""

import ssl
from pathlib import Path

from mnist_cli.core.errors import ServerError, ServerFileNotFoundError
from mnist_cli.server.keys import read_private


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what encrypts: TLS 1.2 and 1.3, as Python's library has them by default.

    Args:
        certificate: PEM, followed by those of who vouches for it.
        key: PEM, without a password.

    Raises:
        ServerError: They can't be read, do not belong together, or others can read the key.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    load(context, certificate, key)
    return context


def load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Encrypt by another certificate from the next connection on.

    Raises:
        ServerError: As for `tls_context`.
    """
    read_private(key)
    try:  # without a password, OpenSSL would ask for one on the terminal
        context.load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError as error:
        raise ServerError(
            f"{str(certificate)!r} and {str(key)!r} are no certificate and its key, as PEM "
            f"without a password: {error.reason or error}."
        ) from error
    except FileNotFoundError as error:
        raise ServerFileNotFoundError(str(certificate)) from error
    except OSError as error:
        raise ServerError(f"Can't read {str(certificate)!r}: {error.strerror}.") from error
