"""The tokens of pages, opened and made with the key of a store, which no client has (service/token.h)."""
import ctypes
import hashlib
import os

NONCE, TAG = 24, 16
sodium = ctypes.CDLL("libsodium.so.23")


def key(data):
    segment = min((data / "journal").glob("*.seg"))
    with segment.open("rb") as file:
        journal_id = file.read(32)[16:]
    return hashlib.blake2b(b"tokens of pages\0", digest_size=32, key=journal_id).digest()


def opened(data, label, token):
    """The bytes in a token."""
    sealed = bytes.fromhex(token)
    out, length = ctypes.create_string_buffer(len(sealed)), ctypes.c_ulonglong()
    assert sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
        out, ctypes.byref(length), None, sealed[NONCE:], ctypes.c_ulonglong(len(sealed) - NONCE), label,
        ctypes.c_ulonglong(len(label)), sealed[:NONCE], key(data)) == 0
    return out.raw[:length.value]


def made(data, label, body):
    """A token of any bytes."""
    nonce, out = os.urandom(NONCE), ctypes.create_string_buffer(len(body) + TAG)
    sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        out, None, body, ctypes.c_ulonglong(len(body)), label, ctypes.c_ulonglong(len(label)), None, nonce, key(data))
    return (nonce + out.raw).hex()
