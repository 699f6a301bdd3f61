"""Behind a real nginx: a prefix, TLS, and a Host that is not ours; the example is what is run."""

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from mnist_cli.cli.serve_options import Example
from tests.conftest import needs_chromium
from tests.server.browser import Open, draw, payload
from tests.server.conftest import DIGIT, Server, eventually, serving
from tests.server.nginx import free_port, needs_nginx, nginx, write_certificate
from tests.server.test_page import SEVEN

pytestmark = needs_nginx

PICTURE = {"Content-Type": "image/png"}


@dataclass(frozen=True)
class Behind:
    """A server behind nginx.

    Attributes:
        address: Where nginx has it, without a slash at the end.
        server: The server itself.
        client: Asks nginx, and follows no redirect.
    """

    address: str
    server: Server
    client: httpx.Client


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    folder = tmp_path_factory.mktemp("tls")
    return folder, write_certificate(folder)


@pytest.fixture(scope="module")
def behind(
    trust: tuple[Path, ssl.SSLContext], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """The example of `mnist serve --example nginx`, with ports and files of ours."""
    port, (certificates, trusted) = free_port(), trust
    with serving(
        tmp_path_factory.mktemp("behind"), "--trusted-proxy", "127.0.0.1", "--workers", "1"
    ) as server:
        site = Example.NGINX.text
        for ours, theirs in (
            ("127.0.0.1:8000", f"127.0.0.1:{server.port}"),
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("/etc/ssl/certs/digits.example.org.pem", f"{certificates}/tls.pem"),
            ("/etc/ssl/private/digits.example.org.key", f"{certificates}/tls.key"),
        ):
            assert ours in site
            site = site.replace(ours, theirs)
        address = f"https://127.0.0.1:{port}"
        with (
            nginx(tmp_path_factory.mktemp("nginx"), site, port),
            httpx.Client(base_url=address, verify=trusted, timeout=30) as client,
        ):
            yield Behind(f"{address}/digits", server, client)


def test_pictures_are_read_and_the_page_has_all_its_files(behind: Behind) -> None:
    answer = behind.client.post("/digits/v1/predict", content=DIGIT, headers=PICTURE)

    assert answer.json()["text"] == "3"
    for path in ("", "docs", "page/main.js", "page/style.css", "openapi.json", "healthz"):
        assert behind.client.get(f"/digits/{path}").status_code == 200


def test_without_its_last_slash_the_prefix_leads_to_the_page(behind: Behind) -> None:
    answer = behind.client.get("/digits")

    assert answer.status_code == 308
    assert answer.headers["Location"] == "/digits/"


def test_the_description_says_where_it_is(behind: Behind) -> None:
    assert behind.client.get("/digits/openapi.json").json()["servers"] == [{"url": "/digits"}]
    assert "servers" not in behind.server.client.get("/openapi.json").json()


@pytest.mark.parametrize("path", ["/metrics", "/digits/metrics", "//metrics", "/%6Detrics"])
def test_metrics_are_for_prometheus_alone(behind: Behind, path: str) -> None:
    assert behind.client.get(f"/digits{path}").status_code == 403
    assert behind.server.client.get("/metrics").status_code == 200


def test_the_prefix_twice_is_another_path(behind: Behind) -> None:
    """Or it would pass by what nginx denies."""
    assert behind.client.get("/digits/digits/healthz").status_code == 404


def test_the_log_names_the_client_and_not_the_proxy(behind: Behind) -> None:
    """The client may lie; what nginx adds to the end of the list is true."""
    behind.client.get("/digits/v2", headers={"X-Forwarded-For": "203.0.113.9"})
    (request,) = eventually(
        lambda: [e for e in behind.server.events() if e.get("path") == "/digits/v2"]
    )

    assert request["client"] == "203.0.113.9", "by 127.0.0.1, which is trusted, nginx is asked"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "{address}"}, 200),
        ({}, 200),
    ],
)
def test_a_proxy_opens_nothing_to_other_names_and_pages(
    behind: Behind, headers: dict[str, str], status: int
) -> None:
    told = {name: value.format(address=behind.client.base_url) for name, value in headers.items()}
    answer = behind.client.post("/digits/v1/predict", content=DIGIT, headers=PICTURE | told)

    assert answer.status_code == status


@needs_chromium
def test_people_draw_behind_it(behind: Behind, open_page: Open) -> None:
    page = open_page("/", address=behind.address, ignore_https_errors=True)
    draw(page, SEVEN)
    expect(page.locator("#number")).to_have_text("7")
    page.get_by_role("link", name="Pictures").click()
    page.set_input_files("#files", [payload("three.png", DIGIT)])
    expect(page.locator("#grid td[data-place]")).to_have_text(re.compile("^3"))
    page.get_by_role("link", name="REST").click()
    expect(page).to_have_url(f"{behind.address}/docs")
    expect(page.locator("pre").first).to_contain_text(f"{behind.address}/v1/predict")


Site = Callable[[Server, int], str]
PLAIN = """server {{ listen 127.0.0.1:{port}; location / {{
proxy_set_header X-Forwarded-Host $http_host; proxy_pass http://{upstream}; }} }}"""


def test_a_prefix_that_the_proxy_leaves_in_place_is_taken_away(tmp_path: Path) -> None:
    port = free_port()
    options = ["--root-path", "/a/digits/", "--workers", "1"]
    with serving(tmp_path, *options) as server:
        upstream = f"127.0.0.1:{server.port}"
        with nginx(tmp_path, PLAIN.format(port=port, upstream=upstream), port):
            address = f"http://127.0.0.1:{port}/a/digits"
            bare = httpx.get(address)
            answer = httpx.post(f"{address}/v1/predict", content=DIGIT, headers=PICTURE)
            described = httpx.get(f"{address}/openapi.json").json()

    assert (bare.status_code, bare.headers["Location"]) == (307, "/a/digits/")
    assert answer.json()["text"] == "3"
    assert described["servers"] == [{"url": "/a/digits"}]


def test_over_a_unix_socket_nginx_is_believed_if_that_is_trusted(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "http.socket"
    options = ["--unix-socket", path, "--trusted-proxy", "unix", "--allow-host", "ours.example"]
    with (
        serving(tmp_path, *options, "--workers", "1", port=None),
        nginx(tmp_path, PLAIN.format(port=port, upstream=f"unix:{path}"), port),
    ):
        statuses = [
            httpx.get(f"http://127.0.0.1:{port}/v2", headers={"Host": host}).status_code
            for host in ("ours.example", "evil.example")
        ]

    assert statuses == [200, 403]
