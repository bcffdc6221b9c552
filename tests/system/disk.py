"""A disk of a few MiB for a daemon's store, which a test fills and empties.

    with disk.small(tmp_path, mib=160) as room:
        d = room.daemon().start()
        room.fill()

It is a tmpfs in a mount namespace of its own, which the daemon enters and this process does not: what is in it is seen
through /proc. Needs root.
"""
import contextlib
import os
import pathlib
import subprocess

import pytest

import daemon

MIB = 1 << 20


def _may_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


needed = pytest.mark.skipif(not _may_mount(), reason="mounting a small disk needs root")


class OnDisk(daemon.Daemon):
    def __init__(self, room, directory, **options):
        super().__init__(directory, **options)
        self.room = room

    def command(self):
        return ["nsenter", "-t", str(self.room.holder.pid), "-m", *super().command()]


class Room:
    def __init__(self, directory, mib):
        self.directory = pathlib.Path(directory)
        self.data = self.directory / "data"
        self.data.mkdir()
        mount = f'mount -t tmpfs -o size={mib}m,mode=750 tmpfs "$0" && echo mounted && exec sleep infinity'
        self.holder = subprocess.Popen(["unshare", "-m", "sh", "-c", mount, self.data], stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout.readline() == "mounted\n"
        self.path = pathlib.Path(f"/proc/{self.holder.pid}/root{self.data}")
        self.ballast = self.path / "ballast"

    def daemon(self, **options):
        return OnDisk(self, self.directory, **options)

    def free_bytes(self):
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize

    def fill(self, leave=0):
        """Takes all of the room but `leave` bytes."""
        with self.ballast.open("ab") as ballast:
            while (left := self.free_bytes() - leave) > 0:
                os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, left)
        assert self.free_bytes() <= leave

    def empty(self):
        self.ballast.unlink(missing_ok=True)

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@contextlib.contextmanager
def small(directory, mib=160, **options):
    """(the disk, a daemon that has its store on it, not yet started)"""
    room = Room(directory, mib)
    d = room.daemon(**options)
    try:
        yield room, d
        room.empty()
        d.stop()
    finally:
        if d.process is not None:
            d.process.kill()
            d.process.wait()
        room.close()
