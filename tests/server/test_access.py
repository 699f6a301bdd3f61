"""Who may ask."""

from collections.abc import Iterator

import pytest

from mnist_cli.server.access import PROBES
from tests.server.conftest import DIGIT, Server, serving
from tests.server.wire import END, FORM, PREDICT, get, part, post

FRIEND = "https://friend.example"
PREFLIGHT = {
    "Access_Control_Request_Method": "POST",
    "Access_Control_Request_Headers": "content-type",
}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LocalHost:1", "[::1]", "[::1]:8000"]
)
def test_it_goes_by_the_names_of_this_machine(server: Server, host: str) -> None:
    assert server.send(get("/", Host=host)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "localhost@evil.example",
        "evil.example/localhost",
        "0.0.0.0",  # noqa: S104  a name like any
        "[::]",
        "[::1",
        ":8000",
    ],
)
@pytest.mark.parametrize("target", ["/", "/docs", "/v2/models/mnist/ready", "/nowhere"])
def test_a_name_that_was_bound_to_this_machine_anew_is_refused(
    server: Server, host: str, target: str
) -> None:
    problem = server.send(get(target, Host=host)).check_problem(403)

    assert problem["code"] == "host_refused"
    assert "--allow-host" in problem["detail"]


@pytest.mark.parametrize("target", sorted(PROBES))
def test_probes_and_prometheus_ask_by_any_name(server: Server, target: str) -> None:
    """Kubernetes asks by the pod's address, a load balancer by none."""
    assert server.send(get(target, Host="10.1.2.3:8000")).status == 200
    assert server.send(f"GET {target} HTTP/1.0\r\n\r\n".encode()).status == 200
    server.send(get(target, Origin="https://evil.example")).check_problem(403)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "127.0.0.1",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://evil.example@127.0.0.1:{port}",
        "file://evil.example/127.0.0.1:{port}",
        "http://[",
        "http://[::1",
    ],
)
def test_pages_of_other_sites_may_not_ask(server: Server, origin: str) -> None:
    """Not even by a form, which needs no preflight."""
    told = {"Host": f"127.0.0.1:{server.port}", "Origin": origin.format(port=server.port)}

    for raw in (
        post(DIGIT, **told),
        post(part(DIGIT) + END, FORM, **told),
        get("/healthz", **told),
    ):
        answer = server.send(raw)
        assert answer.check_problem(403)["code"] == "origin_refused"
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_tells_of_another_site_is_believed(server: Server, site: str) -> None:
    server.send(post(DIGIT, Sec_Fetch_Site=site)).check_problem(403)
    assert server.send(get("/", Sec_Fetch_Site=site)).status == 200, "a link leads here"


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_its_own_page_may_ask(server: Server, site: str) -> None:
    own = {"Host": f"127.0.0.1:{server.port}", "Origin": server.address}

    assert server.send(post(DIGIT, Sec_Fetch_Site=site, **own)).status == 200


def test_without_allow_origin_there_is_no_cors(server: Server) -> None:
    answers = [
        server.send(get(PREDICT, "OPTIONS", Origin=FRIEND, **PREFLIGHT)),
        server.send(get(PREDICT, "OPTIONS", Origin="http://127.0.0.1", **PREFLIGHT)),
        server.send(get("/healthz")),
    ]

    assert [answer.status for answer in answers] == [403, 405, 200]
    assert not [name for a in answers for name in a.headers if name.startswith("access-control")]


@pytest.mark.parametrize("target", ["/", "/docs", "/healthz", "/nowhere", "/openapi.json"])
def test_every_answer_tells_a_browser_to_trust_nothing_else(server: Server, target: str) -> None:
    headers = server.client.get(target).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Server" not in headers


@pytest.mark.parametrize("told", ["abc-1.2_3", "x" * 64])
def test_the_id_of_a_request_is_told_or_made(server: Server, told: str) -> None:
    assert server.send(get("/healthz", X_Request_ID=told)).headers["X-Request-ID"] == told

    for bad in ("x" * 65, "a b", "é", "", "a;b"):
        made = server.send(get("/healthz", X_Request_ID=bad)).headers["X-Request-ID"]
        assert made != bad
        assert len(made) == 32


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another name and another site's pages may ask it."""
    folder = tmp_path_factory.mktemp("open")
    names = ["Mnist.Example", "*.Domain.Example", "10.0.0.0/8", "fd00::/8"]
    options = [part for name in names for part in ("--allow-host", name)]
    with serving(folder, *options, "--allow-origin", FRIEND, "--workers", "1") as server:
        yield server


@pytest.mark.parametrize(
    "host",
    [
        *("mnist.example", "MNIST.example:8000", "127.0.0.1"),
        *("a.domain.example", "a.b.domain.example:8000", "10.255.0.1:8000", "[fd00::7]:8000"),
    ],
)
def test_allow_host_adds_names(open_server: Server, host: str) -> None:
    assert open_server.send(post(DIGIT, Host=host, Origin=f"http://{host.lower()}")).status == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "domain.example", "evildomain.example", "a.domain.example.evil.example"),
        *("11.0.0.1", "10.0.0.1.evil.example", "[fe80::1]", "10.0.0", "*.domain.example.evil"),
    ],
)
def test_allow_host_adds_no_others(open_server: Server, host: str) -> None:
    problem = open_server.send(get("/", Host=host)).check_problem(403)
    assert "--allow-host" in problem["detail"]


def test_allow_origin_lets_the_pages_of_a_site_ask(open_server: Server) -> None:
    preflight = open_server.send(get(PREDICT, "OPTIONS", Origin=FRIEND, **PREFLIGHT))
    answer = open_server.send(post(DIGIT, Origin=FRIEND, Sec_Fetch_Site="cross-site"))
    refusal = open_server.send(post(b"", Origin=FRIEND))

    assert preflight.status in {200, 204}
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "content-type" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert [answer.status, refusal.status] == [200, 422]
    for each in (preflight, answer, refusal):
        assert each.headers["Access-Control-Allow-Origin"] == FRIEND
        assert "origin" in each.headers["Vary"].lower()
        assert "Access-Control-Allow-Credentials" not in each.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{FRIEND}:444"])
def test_allow_origin_lets_no_other_site_ask(open_server: Server, origin: str) -> None:
    for raw in (
        post(DIGIT, Origin=origin),
        get(PREDICT, "OPTIONS", Origin=origin, **PREFLIGHT),
    ):
        answer = open_server.send(raw)
        answer.check_problem(403)
        assert "Access-Control-Allow-Origin" not in answer.headers
