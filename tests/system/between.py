"""Somebody who sits between a client and the daemon on tcp: sees each frame, and may hold, change, add and double.

    with between.Between(d.tcp_url) as man:
        man.answer = lambda question, answer: [forged]      what goes back to the client; [] holds it up
        man.question = lambda question: [question] * 2      what goes on to the daemon
        man.forged = [forged] * 3                           what goes back at once instead, one a question
        … run a client against man.url …
        man.questions                                       the envelopes that the client sent, as bytes
"""
import socket
import struct
import threading

import sp
from fake_daemon import pb


def envelope(payload):
    return pb.Envelope.FromString(payload)


def plain(reply, id=b""):
    """An answer that is not sealed, as bytes."""
    return pb.Envelope(version=1, id=id, plain=reply.SerializeToString()).SerializeToString()


class Between:
    def __init__(self, url):
        self.daemon_url = url
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.questions = []
        self.question = lambda question: [question]
        self.forged = []
        self.answer = lambda question, answer: [answer]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """One question at a time, as a REQ socket asks. Each copy of a question goes on a connection of its own."""
        try:
            with client:
                client.sendall(sp.handshake(sp.REP))
                take(client, 8)
                while True:
                    frame = take_frame(client)
                    id, question = frame[:4], frame[4:]
                    self.questions.append(question)
                    for answer in [self.forged.pop()] if self.forged else self._ask(question):
                        client.sendall(struct.pack(">Q", 4 + len(answer)) + id + answer)
        except OSError:
            pass

    def _ask(self, question):
        answers = [ask(self.daemon_url, copy) for copy in self.question(question)]
        return self.answer(question, answers[-1]) if answers else []


def ask(url, question):
    with sp.connect(url, timeout=30) as daemon:
        return daemon.request(question)


def take(connection, length):
    data = b""
    while len(data) < length:
        piece = connection.recv(length - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def take_frame(connection):
    return take(connection, struct.unpack(">Q", take(connection, 8))[0])
