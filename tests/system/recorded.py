"""A daemon with everything that it does to its disk on record (tools/disk_recorder.c), and which dies or hangs there when
it is told to.

    d = Recorded(tmp_path)
    d.start(die="write:journal/0:60")            # right after the 60th write to a segment
    d.start(hang="checkpoint.new/data.mdb")      # a thread that writes there writes a half and never comes back
"""
import pathlib

import daemon

TESTS = daemon.BUILD / "tests"
RECORDER, HASTY = TESTS / "disk_recorder.so", TESTS / "hasty"


class Recorded(daemon.Daemon):
    def __init__(self, directory, program=HASTY, **options):
        self.program, self.log_path = program, pathlib.Path(directory) / "record"
        super().__init__(directory, **options)

    def command(self):
        return [str(self.program)] + super().command()[1:]

    def start(self, die="", hang=""):
        self.extra_environment = {"LD_PRELOAD": str(RECORDER), "DISK_RECORD": str(self.log_path),
                                  "DISK_RECORD_ROOT": str(self.data), "DISK_RECORD_DIE": die, "DISK_RECORD_HANG": hang,
                                  "ASAN_OPTIONS": "verify_asan_link_order=0"}
        return super().start()

    def died(self):
        process, self.process = self.process, None
        assert process.wait(daemon.SECONDS) == -9, self.log()
