"""What a client may ask for, and how long it may take.

The sizes: a phone's 50 MP photograph is a JPEG of up to 25 MB; MNIST's 10,000 test images are
8 MB as bytes, 20 MB as JSON. The times are those of a slow mobile connection.
"""

MAX_HEADERS_BYTES = 64 << 10
MAX_BODY_BYTES = 32 << 20
MAX_BODIES_BYTES = 256 << 20  # of all requests that are being received, together
MAX_DISCARDED_BYTES = 256 << 20  # of a body that is refused, so that its sender hears of it
MAX_WAITING = 256  # requests that wait for a worker
MAX_PICTURES = 16  # in one request
MAX_CORRECTED = 10_000  # digits put right, in one ZIP
MAX_KEPT = 1_000  # in one request to keep them: a slow disk takes 2 s, a tenth of what it may
MAX_TABLE_CELLS = 100_000  # of all tables of which one file is written
MAX_FIELDS = 16  # of multipart/form-data, beside its pictures
MAX_FORM_FIELDS = 100  # that are given where a form is made of a sheet
MAX_TENSOR_IMAGES = 10_000  # in one request of the inference protocol

HEADERS_S = 10.0  # until a connection has sent a request's headers
BODY_S = 30.0  # until it has sent the body
ANSWER_S = 90.0  # until it has taken the answer
DISCARD_S = 5.0
WORK_S = 20.0  # for a worker to answer
TURN_S = 60.0  # until a request is answered or told to come back
LAST_BODY_S = 1.0  # for a body to arrive once the server is asked to stop
DRAIN_S = 20.0  # for what is being answered when the server is asked to stop
