"""What anybody may hear: a subscriber of the public feed, over a plain socket (proto/README.md)."""
import socket
import struct
import sys
import threading
import time

SUB, PUB = b"\0SP\0\0\x21\0\0", b"\0SP\0\0\x20\0\0"


class Listener:
    def __init__(self, city):
        self.city, self.messages = city, []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """As long as the program runs; a daemon that was away is listened to again."""
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as s:
                    s.connect(f"{self.city.directory}/notices.ipc")
                    self.read(s.makefile("rb"), s)
            except OSError:
                time.sleep(0.01)

    def read(self, stream, s):
        s.sendall(SUB)
        if stream.read(8) != PUB:
            return
        while head := stream.read(9):  # a mark, and the length
            self.messages.append(stream.read(*struct.unpack(">xQ", head)))

    def show(self, op):
        """Nothing of the resident, no place finer than the community, and the case to its end."""
        sys.path.insert(0, str(self.city.directory))
        import whistle_pb2 as pb
        heard = [pb.Notice.FromString(m.split(b"\0", 1)[1]) for m in list(self.messages)]
        notices = [n for n in heard if n.number == op.number]
        whole = b"".join(self.messages)
        op.words.check("the resident in the public feed", [w for w in ("张桂兰", "13800008000") if w.encode() in whole], [])
        op.words.check("the place in the public feed", {n.area for n in notices}, {"420902001001"})
        op.words.check("the public hears of the end", pb.CaseState.Name(notices[-1].state), "CASE_STATE_CLOSED")
        op.words.note("公开", "public feed:", op.words.mix(
            f"{len(notices)} ‹条|notices›, 420902001001 书院社区, ‹无诉求人信息|nothing of the resident›"))
