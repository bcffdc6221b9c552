"""Suite 1 as proto/README.md tells it, by the standard library and python3-cryptography; no code is shared with the daemon.

    key = sealing.Key("jia", "desk-1")
    (directory / "keyring").write_text(key.line()); chmod 0600
    envelope = key.seal(request)                  a sealed pb.Envelope
    reply = key.open(pb.Envelope.FromString(answer))
"""
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from fake_daemon import pb

REQUEST, REPLY = 0, 1
VERSION, SUITE = 1, 1


def label(direction, principal, key_id, id):
    """What the envelope says in the clear, which the seal holds to."""
    names = b"".join(bytes([len(name)]) + name for name in (principal.encode(), key_id.encode()))
    return bytes([VERSION, SUITE, direction]) + names + id


def message_key(key, salt):
    return hmac.new(key, salt, hashlib.sha256).digest()


def cipher(key, salt):
    return ChaCha20Poly1305(message_key(key, salt))


class Key:
    def __init__(self, principal, id="desk-1", secret=None):
        self.principal, self.id = principal, id
        self.secret = os.urandom(32) if secret is None else secret

    def line(self, until=None):
        """Its line in a keyring."""
        return f"{self.principal} {self.id} {self.secret.hex()}" + (f" until={until}" if until else "") + "\n"

    def seal(self, request, salt=None):
        salt = os.urandom(24) if salt is None else salt
        sealed = cipher(self.secret, salt).encrypt(bytes(12), request.SerializeToString(deterministic=True),
                                                   label(REQUEST, self.principal, self.id, request.id))
        return pb.Envelope(version=VERSION, suite=SUITE, principal=self.principal, key_id=self.id, id=request.id,
                           salt=salt, sealed=sealed)

    def open(self, envelope):
        """The reply in a sealed envelope; ValueError when the seal does not fit."""
        try:
            plain = cipher(self.secret, envelope.salt).decrypt(
                bytes(12), envelope.sealed, label(REPLY, self.principal, self.id, envelope.id))
        except InvalidTag:
            raise ValueError("the seal does not fit") from None
        return pb.Reply.FromString(plain)


def write(path, *lines):
    """A keyring file, closed to everybody else."""
    path.write_text("".join(lines))
    path.chmod(0o600)
    return path
