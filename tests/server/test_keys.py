"""Keys: who has none is told so, in a browser by a dialogue; what opens, and what needs none."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from starlette.datastructures import Headers

from mnist_cli.core.errors import ExitCode, ServerError, ServerFileNotFoundError
from mnist_cli.server.access import OF_THE_PAGE, PROBES
from mnist_cli.server.keys import Keys
from tests.conftest import PHONE, Cli, needs_chromium
from tests.server.browser import Open, draw
from tests.server.conftest import DIGIT, Server, eventually, serving
from tests.server.test_page import SEVEN
from tests.server.wire import INFER, PREDICT, get, post

FIRST, SECOND = "first-key-of-this-test", "0123456789abcdef"
FRIEND = "https://friend.example"


def key_file(folder: Path, content: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(content)
    path.chmod(mode)
    return path


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that wants a key."""
    folder = tmp_path_factory.mktemp("locked")
    keys = key_file(folder, f"# of the test\n{FIRST}\n\n  {SECOND}\n")
    with serving(
        folder, "--api-key-file", keys, "--workers", "1", "--allow-origin", FRIEND
    ) as server:
        yield server


@pytest.mark.parametrize(
    "told",
    [
        *({"Authorization": f"Bearer {FIRST}"}, {"Authorization": f"bearer  {SECOND}"}),
        *({"X_API_Key": FIRST}, {"X_API_Key": SECOND, "Authorization": "Basic abc"}),
    ],
)
def test_any_of_the_keys_opens(locked: Server, told: dict[str, str]) -> None:
    assert locked.send(post(DIGIT, **told)).json()["text"] == "3"
    assert locked.send(get("/v2/models/mnist", **told)).status == 200


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "key_missing"),
        ({"Authorization": f"Basic {FIRST}"}, "key_missing"),
        ({"Authorization": FIRST}, "key_missing"),
        ({"Authorization": "Bearer"}, "key_missing"),
        ({"X_API_Key": FIRST[:-1]}, "key_refused"),
        ({"X_API_Key": FIRST + "x"}, "key_refused"),
        ({"X_API_Key": "# of the test"}, "key_refused"),
        ({"X_API_Key": "é"}, "key_refused"),
        ({"Authorization": f"Bearer {FIRST.upper()}"}, "key_refused"),
    ],
)
@pytest.mark.parametrize("target", [PREDICT, INFER])
def test_without_a_key_nothing_is_read(
    locked: Server, told: dict[str, str], code: str, target: str
) -> None:
    answer = locked.send(post(DIGIT, target=target, **told))

    assert answer.check_problem(401)["code"] == code
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("target", ["/v2", "/v2/models/mnist", "/v2/models/mnist/ready", "/no"])
def test_nothing_else_is_told_without_a_key(locked: Server, target: str) -> None:
    locked.send(get(target)).check_problem(401)
    locked.send(get(f"/page/..{target}")).check_problem(404)


@pytest.mark.parametrize("target", [*sorted(PROBES | OF_THE_PAGE), "/page/key.js"])
def test_probes_and_the_page_itself_need_none(locked: Server, target: str) -> None:
    assert locked.send(get(target)).status == 200


def test_a_page_of_another_site_may_send_a_key(locked: Server) -> None:
    ask = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "x-api-key"}

    preflight = locked.send(get(PREDICT, "OPTIONS", Origin=FRIEND, **ask))
    assert preflight.status == 200
    assert "x-api-key" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert locked.send(post(DIGIT, Origin=FRIEND, X_API_Key=FIRST)).status == 200


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"X_API_Key": FIRST}, 200),
        ({"X_API_Key": FIRST, "Content_Type": "text/plain"}, 415),
        ({}, 401),
        ({"X_API_Key": FIRST + "x"}, 401),
        ({"X_API_Key": FIRST, "Host": "evil.example"}, 403),
    ],
)
def test_a_page_of_another_site_can_read_whatever_it_is_answered(
    locked: Server, told: dict[str, str], status: int
) -> None:
    answer = locked.send(post(DIGIT, **{"Origin": FRIEND} | told))

    assert answer.status == status
    assert answer.headers.get_all("Access-Control-Allow-Origin") == [FRIEND]
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert exposed == "Page-Count, Retry-After, X-Request-ID"
    other = locked.send(post(DIGIT, Origin="https://evil.example", X_API_Key=FIRST))
    assert "Access-Control-Allow-Origin" not in other.headers


def test_no_key_is_in_the_log(locked: Server) -> None:
    locked.send(post(DIGIT, X_API_Key=FIRST))
    locked.send(post(DIGIT, X_API_Key="x" + SECOND))

    assert FIRST not in locked.log_path.read_text() + locked.stderr
    assert SECOND not in locked.log_path.read_text() + locked.stderr


def test_keys_are_exchanged_while_it_runs(tmp_path: Path) -> None:
    """By SIGHUP; a file that is of no use then leaves the old ones."""
    keys = key_file(tmp_path, FIRST)

    def statuses() -> list[int]:
        return [server.send(get("/v2", X_API_Key=key)).status for key in (FIRST, SECOND)]

    with serving(tmp_path, "--api-key-file", keys, "--workers", "1") as server:
        assert statuses() == [200, 401]
        key_file(tmp_path, SECOND)
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: statuses() == [401, 200])
        key_file(tmp_path, "short")
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "server.not_renewed" in server.stderr)
        assert statuses() == [401, 200]
        told = server.client.get("/readyz").json()
        assert "line 1: a key has at least 16" in told["not_renewed"]
        key_file(tmp_path, SECOND)
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: not server.client.get("/readyz").json()["not_renewed"])


def test_a_server_without_its_file_of_keys_ends_with_its_exit_code(
    mnist: Cli, tmp_path: Path
) -> None:
    result = mnist("serve", "--port", "0", "--api-key-file", tmp_path / "nowhere")

    assert result.exit_code == ExitCode.NOT_FOUND
    assert "nowhere" in result.stderr


@needs_chromium
def test_the_page_asks_for_a_key_until_one_opens(locked: Server, open_page: Open) -> None:
    page = open_page(address=locked.address, bypass_csp=True, viewport=PHONE)
    dialog = page.get_by_role("dialog", name="This server wants a key")
    expect(dialog).to_be_visible()
    assert Axe().run(page).response["violations"] == []

    dialog.get_by_label("Key").fill("schlüssel-€")  # which no header can hold
    page.keyboard.press("Enter")
    expect(dialog.locator("input:invalid")).to_be_visible()
    dialog.get_by_label("Key").fill("a-wrong-one")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("not known")).to_be_visible()
    dialog.get_by_label("Key").fill(SECOND)
    dialog.get_by_role("button", name="Use it").click()
    expect(page.locator("#model")).to_have_text("bundled")
    draw(page, SEVEN)
    expect(page.locator("#number")).to_have_text("7")

    page.reload()
    draw(page, SEVEN)
    expect(page.locator("#number")).to_have_text("7")
    expect(dialog).to_have_count(0)


@needs_chromium
def test_who_has_no_key_hears_that_one_is_needed(locked: Server, open_page: Open) -> None:
    page = open_page(address=locked.address)
    page.keyboard.press("Escape")
    draw(page, SEVEN)

    expect(page.locator("#verdict")).to_contain_text("A key is needed")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ("", 0o600, "holds no key"),
        ("# none\n\n", 0o600, "holds no key"),
        (f"{FIRST}\nshort\n", 0o600, "line 2: a key has at least 16"),
        ("a key with spaces in it", 0o600, "no space"),
        ("schlüssel-des-hauses", 0o600, "letters and digits"),
        (FIRST, 0o604, "Anybody on this machine"),
        (FIRST, 0o602, "Anybody on this machine"),
    ],
)
def test_a_file_of_keys_that_is_of_no_use_is_said(
    tmp_path: Path, content: str, mode: int, words: str
) -> None:
    with pytest.raises(ServerError, match=words) as error:
        Keys(key_file(tmp_path, content, mode))

    assert error.value.hint
    assert FIRST not in str(error.value)


def test_a_file_of_keys_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ServerFileNotFoundError, match="nowhere"):
        Keys(tmp_path / "nowhere")
    with pytest.raises(ServerError, match="directory"):
        Keys(tmp_path)


def test_a_group_may_read_it(tmp_path: Path) -> None:
    Keys(key_file(tmp_path, FIRST, 0o640)).check(Headers({"X-API-Key": FIRST}))
