"""What the client tests share: a stand-in daemon on an address of its own, and the tool run against it."""
import os
import pathlib
import subprocess

import fake_daemon

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WHISTLED_BUILD", ROOT / "build"))


class Kit:
    def __init__(self, directory):
        self.directory = directory
        self.url = f"ipc://{directory}/whistle.ipc"
        self.daemon = None

    def start(self):
        self.daemon = fake_daemon.FakeDaemon(self.url)
        return self.daemon

    def environment(self, **more):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("WHISTLE_", "LC_", "XDG_", "LANG"))}
        return kept | {"WHISTLE_URL": self.url, "WHISTLE_PRINCIPAL": "shuyuan", "WHISTLE_TIMEOUT": "8",
                       "XDG_STATE_HOME": f"{self.directory}/state", "XDG_CONFIG_HOME": f"{self.directory}/config",
                       "LANG": "C.UTF-8", "TZ": "UTC"} | more

    def popen(self, *arguments, **more):
        return subprocess.Popen([BUILD / "whistle", *map(str, arguments)], env=self.environment(**more), text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, input="", **more):
        process = self.popen(*arguments, **more)
        out, err = process.communicate(input, timeout=60)
        assert "Sanitizer" not in err, err
        return process.returncode, out, err

    def good(self, *arguments, **more):
        status, out, err = self.run(*arguments, **more)
        assert status == 0, (out, err)
        return out

    def submit(self, title="垃圾", *options, **more):
        return self.good("submit", "--category", "0301", "--area", "420902001", "--title", title, "--yes", *options,
                         **more).split()[0]

    def stop(self):
        if self.daemon:
            self.daemon.stop()
