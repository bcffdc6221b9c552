"""A client for nanomsg's Scalability Protocols over plain sockets; the standard library is all it needs.

    with sp.connect("tcp://127.0.0.1:5555") as c:
        answer = c.request(b"hello")
    with sp.subscribe("ipc:///run/x.sock", b"110115") as feed:
        message = feed.receive(timeout=2)

Requests may be pipelined: `send` gives the id, `receive` the next (id, body) that comes.
"""
import socket
import struct
import time

PUB, SUB, REQ, REP = 0x20, 0x21, 0x30, 0x31
TIMEOUT = 10.0


def handshake(protocol):
    return struct.pack(">4sHH", b"\0SP\0", protocol, 0)


def connect_ipc(path, timeout):
    """A unix socket whose backlog is full says EAGAIN at once: as libnanomsg does, it is asked again a little later."""
    deadline = time.monotonic() + timeout
    while True:
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(timeout)
        try:
            s.connect(path)
            return s
        except BlockingIOError:
            s.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def open_socket(url, timeout=TIMEOUT):
    """A connected stream socket for tcp://HOST:PORT, tcp://[HOST]:PORT or ipc://PATH."""
    scheme, _, rest = url.partition("://")
    if scheme == "ipc":
        return connect_ipc(rest, timeout)
    host, _, port = rest.rpartition(":")
    s = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


class Closed(ConnectionError):
    """The other side closed the connection."""


class Connection:
    """Frames in both directions after the handshake. `expects` is what the other side must be."""

    def __init__(self, url, says, expects, timeout=TIMEOUT):
        self.ipc = url.startswith("ipc:")
        self.socket = open_socket(url, timeout)
        self._reader = self.socket.makefile("rb")
        self.socket.sendall(handshake(says))
        hello = self.read(8)
        if hello != handshake(expects):
            raise ConnectionError(f"not the handshake of {expects:#x}: {hello!r}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._reader.close()
        self.socket.close()

    def read(self, length):
        data = self._reader.read(length)
        if len(data) < length:
            raise Closed(f"closed after {len(data)} of {length} bytes")
        return data

    def frame(self, payload):
        """The bytes of a frame on this connection."""
        return (b"\1" if self.ipc else b"") + struct.pack(">Q", len(payload)) + payload

    def send_frame(self, payload):
        self.socket.sendall(self.frame(payload))

    def receive_frame(self):
        if self.ipc and self.read(1) != b"\1":
            raise ConnectionError("an ipc frame does not begin with 01")
        (length,) = struct.unpack(">Q", self.read(8))
        return self.read(length)


class Requester(Connection):
    def __init__(self, url, timeout=TIMEOUT):
        super().__init__(url, REQ, REP, timeout)
        self._id = 0

    def payload(self, body, hops=()):
        """(id, payload) of the next request."""
        self._id = (self._id + 1) & 0x7FFFFFFF
        stack = b"".join(struct.pack(">I", hop) for hop in hops)
        return self._id, stack + struct.pack(">I", self._id | 0x80000000) + body

    def send(self, body):
        request_id, payload = self.payload(body)
        self.send_frame(payload)
        return request_id

    def receive(self):
        payload = self.receive_frame()
        (word,) = struct.unpack(">I", payload[:4])
        if not word & 0x80000000:
            raise ConnectionError("a reply without a request id")
        return word & 0x7FFFFFFF, payload[4:]

    def request(self, body):
        """Sends one request and waits for its answer; answers to others are passed over."""
        wanted = self.send(body)
        while True:
            request_id, answer = self.receive()
            if request_id == wanted:
                return answer


class Subscriber(Connection):
    def __init__(self, url, prefix=b"", timeout=TIMEOUT):
        super().__init__(url, SUB, PUB, timeout)
        self.prefix = prefix

    def receive(self, timeout=None):
        """The next message that begins with the prefix; TimeoutError when none comes."""
        if timeout is not None:
            self.socket.settimeout(timeout)
        while True:
            message = self.receive_frame()
            if message.startswith(self.prefix):
                return message


def connect(url, timeout=TIMEOUT):
    return Requester(url, timeout)


def subscribe(url, prefix=b"", timeout=TIMEOUT):
    return Subscriber(url, prefix, timeout)
