"""The Open Inference Protocol over gRPC, asked by Triton's own client."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton
import trustme
from numpy.typing import NDArray
from tritonclient.grpc import service_pb2
from tritonclient.utils import InferenceServerException

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.server.infer_proto import InferProto
from mnist_cli.server.protobuf import DESCRIPTORS
from tests.conftest import Cli
from tests.server.conftest import Server, children, eventually, serving
from tests.server.tensors import infer, tensor
from tests.server.wire import MARKER, post

KINDS = {"UINT8": "u1", "FP16": "f2", "FP32": "f4", "FP64": "f8"}


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that answers gRPC beside REST."""
    folder = tmp_path_factory.mktemp("grpc")
    with serving(folder, "--grpc-port", "0", "--workers", "1") as server:
        yield server
    assert "bug" not in server.stderr


def address(server: Server) -> str:
    words = server.stderr.split()
    return words[words.index("gRPC") + 1]


@pytest.fixture
def client(beside: Server) -> Iterator[Any]:
    with triton.InferenceServerClient(address(beside)) as client:
        yield client


@pytest.fixture(scope="module")
def images(test_split: Dataset) -> NDArray[np.uint8]:
    return test_split.images[:4]


def asked(images: NDArray[np.uint8], kind: str = "UINT8", shape: tuple[int, ...] = (28, 28)) -> Any:
    values = images if kind == "UINT8" else images / 255
    tensor_ = triton.InferInput("images", [len(images), *shape], kind)
    tensor_.set_data_from_numpy(values.reshape(-1, *shape).astype(KINDS[kind]))
    return tensor_


def refused(client: Any, *arguments: Any, **more: Any) -> tuple[str, str]:
    """Return status and words of what is refused."""
    with pytest.raises(InferenceServerException) as raised:
        client.infer(*arguments, **more)
    assert MARKER not in str(raised.value)
    return str(raised.value.status()).rpartition(".")[2], raised.value.message()


def test_it_says_what_it_is(client: Any, beside: Server) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("mnist")
    assert client.is_model_ready("mnist", "bundled")
    assert client.get_server_metadata(as_json=True) == beside.client.get("/v2").json()
    told = client.get_model_metadata("mnist", "bundled", as_json=True)
    over_http = beside.client.get("/v2/models/mnist").json()
    assert told["versions"] == over_http["versions"]
    assert [one["name"] for one in told["outputs"]] == ["probabilities", "digit", "unsure"]
    index = client.get_model_repository_index(as_json=True)
    assert index == {"models": [{"name": "mnist", "version": "bundled", "state": "READY"}]}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(784,), (28, 28, 1)])
def test_its_answers_are_those_of_rest(
    client: Any, beside: Server, images: NDArray[np.uint8], kind: str, shape: tuple[int, ...]
) -> None:
    rows, digits, unsure = infer(beside, {"inputs": [tensor(images)]}).json()["outputs"]

    answer = client.infer("mnist", [asked(images, kind, shape)], request_id="a-1")

    told = answer.as_numpy("probabilities")
    assert told.shape == (4, 10)
    close = 2e-3 if kind == "FP16" else 1e-5
    np.testing.assert_allclose(told.ravel(), rows["data"], atol=close)
    assert answer.as_numpy("digit").tolist() == digits["data"]
    assert answer.as_numpy("unsure").tolist() == unsure["data"]
    response = answer.get_response()
    assert (response.id, response.model_version) == ("a-1", "bundled")


def by_hand(images: NDArray[np.uint8], kind: str, **contents: Any) -> Any:
    """Return a request whose values are no raw bytes, which Triton's client never sends."""
    request = service_pb2.ModelInferRequest(model_name="mnist")
    tensor_ = request.inputs.add(name="images", datatype=kind, shape=images.shape)
    for name, values in contents.items():
        getattr(tensor_.contents, name).extend(values)
    return request


@pytest.fixture
def call(beside: Server) -> Iterator[Any]:
    with grpc.insecure_channel(address(beside)) as channel:
        yield channel.unary_unary(
            "/inference.GRPCInferenceService/ModelInfer",
            request_serializer=service_pb2.ModelInferRequest.SerializeToString,
            response_deserializer=service_pb2.ModelInferResponse.FromString,
        )


def test_values_that_are_no_raw_bytes_are_answered_alike(
    call: Any, client: Any, images: NDArray[np.uint8]
) -> None:
    expected = client.infer("mnist", [asked(images)])
    shares = (images / 255).ravel().tolist()

    for request in (
        by_hand(images, "UINT8", uint_contents=images.ravel().tolist()),
        by_hand(images, "FP32", fp32_contents=shares),
        by_hand(images, "FP64", fp64_contents=shares),
    ):
        rows, digits, unsure = call(request).outputs
        told = np.reshape(rows.contents.fp32_contents, (4, 10))
        np.testing.assert_allclose(told, expected.as_numpy("probabilities"), atol=1e-5)
        assert list(digits.contents.int64_contents) == expected.as_numpy("digit").tolist()
        assert list(unsure.contents.bool_contents) == expected.as_numpy("unsure").tolist()


@pytest.mark.parametrize(
    ("kind", "contents"),
    [
        ("UINT8", {"uint_contents": [256] * 784}),
        ("UINT8", {"int_contents": [0] * 784}),
        ("UINT8", {"uint_contents": [0] * 784, "int_contents": [0]}),
        ("UINT8", {"uint_contents": [0] * 783}),
        ("UINT8", {}),
        ("FP32", {"fp32_contents": [float("nan")] * 784}),
        ("FP32", {"fp32_contents": [1.01] * 784}),
        ("FP16", {"fp32_contents": [0] * 784}),
        ("INT64", {"int64_contents": [0] * 784}),
    ],
)
def test_values_that_make_no_sense_are_refused(call: Any, kind: str, contents: Any) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        call(by_hand(np.zeros((1, 784), np.uint8), kind, **contents))

    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_what_can_not_be_done_says_why(client: Any, images: NDArray[np.uint8]) -> None:
    good = asked(images)
    digit = triton.InferRequestedOutput("digit", class_count=2)
    unknown = triton.InferRequestedOutput(MARKER)

    assert refused(client, MARKER, [good])[0] == "NOT_FOUND"
    assert "bundled" in refused(client, "mnist", [good], model_version=MARKER)[1]
    assert "parameters" in refused(client, "mnist", [good], priority=2)[1]
    assert "parameters" in refused(client, "mnist", [good], outputs=[digit])[1]
    assert "probabilities, digit, unsure" in refused(client, "mnist", [good], outputs=[unknown])[1]
    assert "must be one tensor" in refused(client, "mnist", [good, good])[1]
    assert refused(client, "mnist", [asked(images[:, :, :14].repeat(3, 2), shape=(28, 42))])[0] == (
        "INVALID_ARGUMENT"
    )
    only = client.infer("mnist", [good], outputs=[triton.InferRequestedOutput("digit")])
    assert only.as_numpy("unsure") is None
    with pytest.raises(InferenceServerException, match="--load-from FILE"):
        client.load_model("mnist")
    with pytest.raises(InferenceServerException, match="NOT_FOUND"):
        client.is_model_ready(MARKER)


def test_what_is_too_large_is_refused(client: Any, images: NDArray[np.uint8]) -> None:
    most = images[:1].repeat(10_000, 0)
    assert len(client.infer("mnist", [asked(most)]).as_numpy("digit")) == 10_000

    assert "10000 images" in refused(client, "mnist", [asked(images[:1].repeat(10_001, 0))])[1]
    assert refused(client, "mnist", [asked(most, "FP64")])[0] == "RESOURCE_EXHAUSTED"


def infers_of(server: Server, since_bytes: int = 0) -> list[dict[str, Any]]:
    """Return what the log says of calls with tensors."""
    events = [one for one in server.events(since_bytes) if one["event"] == "server.request"]
    return [one for one in events if one["path"].endswith("ModelInfer")]


def logged_call(client: Any, server: Server, images: NDArray[np.uint8]) -> int:
    """Make a call, and wait for its line in the log; return where the log ends then, in bytes.

    The line is written when the answer is under way already.
    """
    own = uuid.uuid4().hex
    client.infer("mnist", [asked(images)], headers={"x-request-id": own})
    assert eventually(lambda: own in {one["request_id"] for one in infers_of(server)})
    return server.log_path.stat().st_size


def test_calls_are_counted_and_logged(
    client: Any, beside: Server, images: NDArray[np.uint8]
) -> None:
    def counted() -> tuple[int, int]:
        (own,) = client.get_inference_statistics("mnist", as_json=True)["model_stats"]
        times = own["inference_stats"]
        return int(times["success"]["count"]), int(times["fail"].get("count", 0))

    before = logged_call(client, beside, images)
    good, bad = counted()
    client.infer("mnist", [asked(images)], headers={"x-request-id": "told"})
    refused(client, "mnist", [asked(images)], priority=1)

    assert counted() == (good + 1, bad + 1)
    assert 'route="/inference.GRPCInferenceService/ModelInfer",status="422"' in (
        beside.client.get("/metrics").text
    )
    assert eventually(lambda: len(infers_of(beside, before)) >= 2)
    infers = infers_of(beside, before)
    assert [event["status"] for event in infers] == [200, 422]
    assert infers[0]["request_id"] == "told"


def test_a_worker_that_is_killed_is_replaced_beside_it(
    client: Any, beside: Server, images: NDArray[np.uint8]
) -> None:
    (before,) = (pid for pid in children(beside.process.pid) if "spawn_main" in command(pid))
    os.kill(before, signal.SIGKILL)

    def again() -> bool:
        try:
            return client.infer("mnist", [asked(images)]) is not None
        except InferenceServerException:
            return False

    assert eventually(again)


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_a_port_that_is_taken_is_told(beside: Server, mnist: Cli) -> None:
    port = address(beside).rpartition(":")[2]

    result = mnist("serve", "--port", "0", "--grpc-port", port, "--workers", "1")

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "--grpc-port 0" in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0"])  # noqa: S104  that is tested
def test_beside_a_unix_socket_too_it_is_open_to_others_by_name_alone(
    tmp_path: Path, mnist: Cli, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("MNIST_HOST", host)

    result = mnist("serve", "--unix-socket", tmp_path / "http.socket", "--grpc-port", "0")

    assert result.exit_code == ExitCode.USAGE
    assert "--allow-host" in result.stderr


def test_two_hundred_at_once_are_all_answered(beside: Server, images: NDArray[np.uint8]) -> None:
    request = by_hand(images, "UINT8", uint_contents=images.ravel().tolist())

    async def all_() -> list[Any]:
        async with grpc.aio.insecure_channel(address(beside)) as channel:
            infer_ = channel.unary_unary(
                "/inference.GRPCInferenceService/ModelInfer",
                request_serializer=service_pb2.ModelInferRequest.SerializeToString,
                response_deserializer=service_pb2.ModelInferResponse.FromString,
            )
            return list(await asyncio.gather(*(infer_(request) for _ in range(200))))

    assert len({answer.SerializeToString() for answer in asyncio.run(all_())}) == 1


@contextmanager
def held_up(where: str, method: str = "ModelInfer", count: int = 1) -> Iterator[list[Any]]:
    """Make calls of which only the headers come, on one connection."""
    end = threading.Event()

    def nothing() -> Iterator[bytes]:
        end.wait()
        yield from ()

    with grpc.insecure_channel(where) as channel:
        start = channel.stream_unary(f"/inference.GRPCInferenceService/{method}")
        yield [start.future(nothing()) for _ in range(count)]
        end.set()


def test_who_has_no_key_keeps_nobody_out(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    """Neither by calls that need one, nor by those of probes; of none a message comes."""
    keys, key = tmp_path / "keys", "a-key-of-this-test"
    keys.touch(0o600)
    keys.write_text(key)
    options = ("--grpc-port", "0", "--workers", "1", "--api-key-file", keys)
    with (
        serving(tmp_path, *options) as server,
        held_up(address(server), count=300) as refused_,
        held_up(address(server), "ServerLive", count=300) as answered,
        triton.InferenceServerClient(address(server)) as client,
    ):
        right = {"authorization": f"Bearer {key}"}
        assert client.infer("mnist", [asked(images)], headers=right).as_numpy("digit").size == 4
        assert refused_[0].code() is grpc.StatusCode.UNAUTHENTICATED
        assert answered[0].code() is grpc.StatusCode.OK


def test_a_message_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    options = ("--grpc-port", "0", "--workers", "1")
    with (
        serving(tmp_path, *options, limits={"BODY_S": 1}) as server,
        held_up(address(server)) as (call_,),
    ):
        assert call_.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert "within 1 seconds" in call_.details()


def test_a_call_without_a_message_or_with_another_is_refused(beside: Server) -> None:
    with grpc.insecure_channel(address(beside)) as channel:
        for messages in ([], [b"\xff"]):
            call_ = channel.stream_unary("/inference.GRPCInferenceService/ModelMetadata")
            with pytest.raises(grpc.RpcError) as raised:
                call_(iter(messages))
            assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_a_call_that_is_given_up_counts_as_none_that_was_answered(
    client: Any, call: Any, beside: Server, images: NDArray[np.uint8]
) -> None:
    before = logged_call(client, beside, images)
    (worker,) = (pid for pid in children(beside.process.pid) if "spawn_main" in command(pid))
    os.kill(worker, signal.SIGSTOP)
    try:
        with pytest.raises(grpc.RpcError, match="DEADLINE_EXCEEDED"):
            call(by_hand(images, "UINT8", uint_contents=images.ravel().tolist()), timeout=0.5)
        # the worker is held up until then: the server hears a little later that it is given up
        logged = eventually(lambda: infers_of(beside, before))
    finally:
        os.kill(worker, signal.SIGCONT)

    assert [one["status"] for one in logged] == [499]


def test_what_names_a_version_is_found_however_bad_the_rest_is() -> None:
    request = service_pb2.ModelInferRequest(model_name="mnist", model_version="champion", id="1")
    good = request.SerializeToString()

    assert InferProto(good).version == "champion"
    assert InferProto(good + b"\xff").version == "champion"
    request.model_version = ""
    assert InferProto(request.SerializeToString()).version is None
    for body in (b"", b"\xff", b"\x0a", b"\x0a\xff", b"\x12", b"\x12\x02\xff"):
        assert InferProto(body).version in {None, "\ufffd"}


def test_a_call_that_can_not_be_unpacked_is_counted(beside: Server) -> None:
    def failed() -> int:
        told = beside.client.get("/v2/models/mnist/stats").json()["model_stats"][0]
        return int(told["inference_stats"]["fail"]["count"])

    before = failed()
    with grpc.insecure_channel(address(beside)) as channel:
        call_ = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        with pytest.raises(grpc.RpcError) as raised:
            call_(b"\xff")

    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert failed() == before + 1


def test_rest_and_grpc_end_in_the_same_time(tmp_path: Path) -> None:
    limits: dict[str, float] = {"DRAIN_S": 4, "LAST_BODY_S": 60}
    options = ("--grpc-port", "0", "--workers", "1")
    with serving(tmp_path, *options, limits=limits) as server, held_up(address(server)) as calls:
        with server.connect() as half:
            half.sendall(post(bytes(9))[:-1])
            assert eventually(calls[0].running)
            begun = time.monotonic()
            assert server.stop() == ExitCode.OK

        assert 3 < time.monotonic() - begun < 7


def test_keys_and_encryption_are_those_of_rest(tmp_path: Path, images: NDArray[np.uint8]) -> None:
    authority, secret = trustme.CA(), "k" * 20
    own = authority.issue_cert("localhost")
    own.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    own.private_key_pem.write_to_path(tmp_path / "key.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    (tmp_path / "keys").write_text(f"{secret}\n")
    for name in ("key.pem", "keys"):
        (tmp_path / name).chmod(0o600)
    options = ("--api-key-file", "keys", "--tls-cert", "cert.pem", "--tls-key", "key.pem")
    with serving(
        tmp_path, "--host", "localhost", "--grpc-port", "0", "--workers", "1", *options
    ) as server:
        with triton.InferenceServerClient(
            address(server), ssl=True, root_certificates=str(tmp_path / "ca.pem")
        ) as client:
            assert client.is_server_ready()
            assert refused(client, "mnist", [asked(images)])[0] == "UNAUTHENTICATED"
            wrong = {"authorization": f"Bearer {MARKER * 5}"}
            assert refused(client, "mnist", [asked(images)], headers=wrong)[0] == "UNAUTHENTICATED"
            right = {"authorization": f"Bearer {secret}"}
            assert client.infer("mnist", [asked(images)], headers=right).as_numpy("digit").size == 4
        with triton.InferenceServerClient(address(server)) as plain:
            assert refused(plain, "mnist", [asked(images)])[0] == "UNAVAILABLE"


def test_the_descriptors_are_those_of_the_proto(tmp_path: Path) -> None:
    source = DESCRIPTORS.with_suffix(".proto")
    made = tmp_path / "made.binpb"
    command_ = [sys.executable, "-m", "grpc_tools.protoc", f"-I{source.parent}", str(source)]
    subprocess.run([*command_, f"--descriptor_set_out={made}"], check=True)

    assert made.read_bytes() == DESCRIPTORS.read_bytes()
