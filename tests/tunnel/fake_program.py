"""A tunnel program for tests: it plays recorded lines, serves status pages, and ends as it is told.

Run as NAME by `tests/tunnel/programs.py`, next to NAME.json with its scenario, which is read again at each
request. Lines that a test appends to NAME.more are played while it runs.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(sys.argv[0])


def scenario():
    return json.loads(HERE.with_suffix(HERE.suffix + ".json").read_text())


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        status, content = scenario()["pages"].get(self.path, (404, "no such page"))
        body = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve():
    wanted = sys.argv[sys.argv.index("--metrics") + 1] if "--metrics" in sys.argv else "127.0.0.1:0"
    host, _, port = wanted.partition(":")
    server = ThreadingHTTPServer((host, int(port)), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def play(line, port):
    stream, text = line
    if stream == "exit":
        sys.stdout.flush()
        os._exit(int(text))
    if stream == "fork":  # a child that leaves the group and the session, and ignores every polite request
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(900)"
        child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
        report("forked", child.pid)
        return
    if stream == "ignore":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return
    if stream == "flood":
        data = (text + "\n").encode() * 1000
        while True:
            os.write(1, data)
    if stream == "long":  # a line of that many bytes
        os.write(1, b"x" * int(text) + b"\n")
        return
    if stream == "endless":  # a line without an end
        while True:
            os.write(1, b"x" * 65536)
    out = sys.stdout if stream == "stdout" else sys.stderr
    out.buffer.write(text.replace("{port}", str(port)).encode("utf-8", "surrogateescape") + b"\n")
    out.buffer.flush()


def report(name, value):
    file = HERE.with_suffix(HERE.suffix + ".report")
    known = json.loads(file.read_text()) if file.exists() else {}
    new = file.with_suffix(".new")
    new.write_text(json.dumps({**known, name: value}))
    new.replace(file)


def main():
    mine = scenario()
    report("pid", os.getpid())
    report("arguments", sys.argv[1:])
    report("environment", dict(os.environ))
    report("folder", os.getcwd())
    report("folder mode", os.stat(".").st_mode & 0o777)
    report("files", {file.name: file.read_text() for file in Path(".").iterdir()})
    report("input", sys.stdin.read())
    port = serve() if mine["pages"] else 0
    for line in mine["lines"]:
        play(line, port)
    more, done = HERE.with_suffix(HERE.suffix + ".more"), 0
    while True:
        lines = more.read_text().splitlines() if more.exists() else []
        for line in lines[done:]:
            play(json.loads(line), port)
        done = max(done, len(lines))
        time.sleep(0.005)


main()
