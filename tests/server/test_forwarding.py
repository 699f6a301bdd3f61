"""Whom of those that stand before the server is believed, and what."""

from typing import Any

import pytest

from mnist_cli.core.errors import UsageError
from mnist_cli.server.forwarding import Forwarding, parse_forwarding

LIES = {"for": "203.0.113.9", "host": "evil.example", "proto": "https", "prefix": "/evil"}


def seen(
    forwarding: Forwarding, peer: str | None, told: dict[str, str], path: str = "/v2"
) -> dict[str, Any]:
    """Return a request as it is seen; `told` without `X-Forwarded-`."""
    headers = [(b"host", b"127.0.0.1:8000")]
    headers += [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in told.items()]
    scope = {
        "type": "http",
        "client": peer and (peer, 5),
        "scheme": "http",
        "path": path,
        "headers": headers,
    }
    return dict(forwarding.seen_by_client(scope))


TRUSTING = parse_forwarding("", ["10.0.0.0/8", "fd00::1"])


@pytest.mark.parametrize("peer", ["11.0.0.1", "fd00::2", None, "::ffff:11.0.0.1", "127.0.0.1"])
def test_who_is_not_trusted_is_not_believed(peer: str | None) -> None:
    scope = seen(TRUSTING, peer, LIES)

    assert scope["client"] == (peer and (peer, 5))
    assert (scope["scheme"], scope["root_path"], scope["path"]) == ("http", "", "/v2")
    assert (b"host", b"127.0.0.1:8000") in scope["headers"]


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::1", "::ffff:10.0.0.1"])
def test_who_is_trusted_is_believed(peer: str) -> None:
    told = {"for": "203.0.113.9", "host": "ours.example:444", "proto": "https", "prefix": "/d/"}
    scope = seen(TRUSTING, peer, told)

    assert scope["client"] == ("203.0.113.9", 0)
    assert (scope["scheme"], scope["root_path"], scope["path"]) == ("https", "/d", "/d/v2")
    assert [value for name, value in scope["headers"] if name == b"host"] == [b"ours.example:444"]


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        ("10.1.1.1, 10.9.9.9", "10.1.1.1"),
        ("203.0.113.9:1234", "203.0.113.9"),
        ("[2001:db8::1]:1234", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense, 10.9.9.9", "10.9.9.9"),
        ("nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(told: str, client: str) -> None:
    assert seen(TRUSTING, "10.0.0.1", {"for": told})["client"][0] == client


@pytest.mark.parametrize("prefix", ["//evil.example", "/a//b", "evil", "/a?b", "/é", "/..%2f", "/"])
def test_a_prefix_that_leads_elsewhere_is_passed_over(prefix: str) -> None:
    assert seen(TRUSTING, "10.0.0.1", {"prefix": prefix})["root_path"] == ""


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/v2", "/digits/v2"),
        ("/digits/v2", "/digits/v2"),
        ("/digits", "/digits"),
        ("/", "/digits/"),
    ],
)
def test_a_prefix_may_be_left_away_or_not(path: str, whole: str) -> None:
    scope = seen(parse_forwarding("/digits/", []), "1.2.3.4", {}, path)

    assert (scope["root_path"], scope["path"]) == ("/digits", whole)


@pytest.mark.parametrize("path", ["/v2", "/digits/v2", "/digits"])
def test_a_prefix_that_the_proxy_tells_it_has_taken_off(path: str) -> None:
    scope = seen(TRUSTING, "10.0.0.1", {"prefix": "/digits"}, path)

    assert (scope["root_path"], scope["path"]) == ("/digits", f"/digits{path}")


def test_a_unix_socket_is_trusted_if_it_is_named() -> None:
    assert seen(parse_forwarding("", ["unix"]), None, {"proto": "https"})["scheme"] == "https"
    assert seen(parse_forwarding("", ["::1"]), None, {"proto": "https"})["scheme"] == "http"


@pytest.mark.parametrize(
    ("root_path", "proxy", "words"),
    [
        ("digits", "unix", "--root-path"),
        ("/a b", "unix", "--root-path"),
        ("http://x/", "unix", "--root-path"),
        ("", "proxy.example", "--trusted-proxy"),
        ("", "10.0.0.1/8", "--trusted-proxy"),
        ("", "*", "--trusted-proxy"),
    ],
)
def test_what_is_no_prefix_and_no_proxy_is_said(root_path: str, proxy: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_forwarding(root_path, [proxy])
