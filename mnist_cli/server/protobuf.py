"""The messages of `open_inference.proto`, made of its descriptors when they are first needed.

They are not generated code: that is bound to versions of protobuf, which TensorFlow chooses. And
they stand in a pool of their own, so that a program may import this beside a client of the same
protocol, whose messages have the same names.

After a change of `open_inference.proto`:
    python -m grpc_tools.protoc -I mnist_cli/server
        --descriptor_set_out=mnist_cli/server/open_inference.binpb
        mnist_cli/server/open_inference.proto
"""

from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "inference.GRPCInferenceService"
DESCRIPTORS = Path(__file__).with_name("open_inference.binpb")


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes()).file:
        pool.Add(file)
    return pool


@cache
def message(name: str) -> Any:
    """Return the class of a message, as `ModelInferRequest`."""
    descriptor = _pool().FindMessageTypeByName(f"inference.{name}")
    return message_factory.GetMessageClass(descriptor)
