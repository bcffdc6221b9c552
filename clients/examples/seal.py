"""Suite 1 of the envelope (proto/README.md): needs python3-cryptography beside protobuf.

    keys = seal.Keys("/etc/bridge/keys", "cg")
    envelope = keys.seal(request)               a new salt each time: seal a retry anew
    reply = keys.open(answer, request.id)       Doubt: it is not the daemon's word
"""
import hmac
import os
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

import whistle_pb2 as pb

REQUEST, REPLY = 0, 1
NONCE = bytes(12)  # each message has a key of its own
UNSEALED = ("refused", "busy", "draining", "too_large")


class Doubt(ConnectionError):
    """What anybody between could have said: it costs time, and is never the end of a request."""


class Keys:
    """A principal's keys in a file of lines PRINCIPAL KEY-ID KEY [until=DATE]; the first is in use."""

    def __init__(self, path, principal):
        today = time.strftime("%Y-%m-%d")
        with open(path) as file:
            lines = [line.split("#")[0].split() for line in file]
        self.principal = principal
        self.keys = [(id, bytes.fromhex(key)) for who, id, key, *until in filter(None, lines)
                     if who == principal and (not until or until[0] >= f"until={today}")]
        if not self.keys:  # what was to be sealed never goes plain
            raise ValueError(f"{path} has no good key of {principal}")

    def label(self, direction, id):
        """What the envelope says in the clear, which the seal holds to."""
        names = (self.principal.encode(), self.keys[0][0].encode())
        return bytes([1, 1, direction]) + b"".join(bytes([len(name)]) + name for name in names) + id

    def cipher(self, salt):
        return ChaCha20Poly1305(hmac.digest(self.keys[0][1], salt, "sha256"))

    def seal(self, request):
        salt = os.urandom(24)
        sealed = self.cipher(salt).encrypt(NONCE, request.SerializeToString(), self.label(REQUEST, request.id))
        return pb.Envelope(version=1, suite=1, principal=self.principal, key_id=self.keys[0][0], id=request.id,
                           salt=salt, sealed=sealed)

    def open(self, envelope, id):
        if envelope.suite != 1:
            raise Doubt(self.unsealed(pb.Reply.FromString(envelope.plain).code))
        try:
            return pb.Reply.FromString(self.cipher(envelope.salt).decrypt(NONCE, envelope.sealed, self.label(REPLY, id)))
        except InvalidTag:
            raise Doubt("the seal of the answer does not fit") from None

    def unsealed(self, code):
        if code == "refused":  # perhaps the next one is known already, or still
            self.keys.append(self.keys.pop(0))
        return code if code in UNSEALED else "the answer is not sealed"
