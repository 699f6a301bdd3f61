"""Whether KServe's own Python client, as it comes from PyPI, gets its answers from a server.

    python -m venv kserve && kserve/bin/pip install kserve
    kserve/bin/python -m tests.benchmarks.kserve_client http://127.0.0.1:8000

It brings 70 packages of 450 MB, so it is no part of the extra `test`.
"""

import asyncio
import sys

import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig

MODEL = "mnist"


async def main(address: str) -> None:
    """Ask all that the client can ask, and print the answers."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 13:16] = 255  # a one
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    print("live", await client.is_server_live(address))
    print("ready", await client.is_server_ready(address))
    print("model ready", await client.is_model_ready(address, MODEL))
    for values, datatype in ((image, "UINT8"), ((image / 255).astype(np.float32), "FP32")):
        for binary in (False, True):
            tensor = InferInput("images", list(values.shape), datatype)
            tensor.set_data_from_numpy(values, binary_data=binary)
            answer = await client.infer(address, InferRequest(MODEL, [tensor]), MODEL)
            outputs = {one.name: one.as_numpy().tolist() for one in answer.outputs}
            print(datatype, "binary" if binary else "JSON", outputs["digit"], outputs["unsure"])
    await client.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
