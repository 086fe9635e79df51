"""Notices against real sockets: answering, refusing, hanging, dripping, redirecting; and folders."""

from __future__ import annotations

import json
import socket
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import ClassVar

import pytest

from zhongbao_core.notify import MAX_CHANNELS, send

NOTICE = {"kind": "breakglass.opened", "id": "BG-games-0001", "text": {"zh": "应急放行", "en": "emergency release"}}


class Desk(BaseHTTPRequestHandler):
    """A receiving server: /ok takes, /no refuses, /move redirects to /ok, /drip answers a byte at a time."""

    got: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/ok": 200, "/no": 500, "/move": 302}.get(self.path, 200)
        if self.path == "/drip":
            self.drip()
            return
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok")
        elif status == 200:
            type(self).got.append(body)
        self.end_headers()

    def drip(self) -> None:
        try:
            for _ in range(100):
                self.wfile.write(b"H")
                sleep(0.1)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def server() -> Iterator[str]:
    Desk.got = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as listening:
        listening.daemon_threads = True
        listening.block_on_close = False
        worker = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        worker.start()
        yield f"http://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        worker.join()


def test_a_notice_is_posted_as_json(server: str) -> None:
    (delivery,) = send(NOTICE, [f"{server}/ok"])
    assert (delivery.outcome, delivery.detail) == ("delivered", "HTTP 200")
    assert [json.loads(body) for body in Desk.got] == [NOTICE]


def test_a_notice_is_dropped_as_a_complete_private_file(tmp_path: Path) -> None:
    (delivery,) = send(NOTICE, [str(tmp_path)])
    (file,) = tmp_path.iterdir()
    assert (delivery.outcome, file.name) == ("delivered", delivery.detail)
    assert json.loads(file.read_bytes()) == NOTICE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", [pytest.param("/no", id="refusing"), pytest.param("/move", id="redirecting")])
def test_a_server_that_does_not_take_it_is_reported(server: str, path: str) -> None:
    (delivery,) = send(NOTICE, [server + path])
    assert delivery.outcome == "failed"
    assert Desk.got == []


def test_a_dead_server_is_reported_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    began = monotonic()
    (delivery,) = send(NOTICE, [f"http://127.0.0.1:{port}/"])
    assert (delivery.outcome, monotonic() - began < 1) == ("failed", True)


def test_a_hanging_and_a_dripping_server_take_no_longer_than_the_wait(server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        began = monotonic()
        told = send(NOTICE, [hanging, f"{server}/drip"], wait=0.4)
        assert monotonic() - began < 1.5
    assert [item.outcome for item in told] == ["pending", "pending"]


def test_one_bad_channel_does_not_keep_the_others_from_hearing(server: str, tmp_path: Path) -> None:
    told = send(NOTICE, [str(tmp_path / "missing"), "http://", f"{server}/ok", str(tmp_path)])
    assert [item.outcome for item in told] == ["failed", "failed", "delivered", "delivered"]


@pytest.mark.parametrize("channel", ["ftp://127.0.0.1/x", "file:///etc/passwd", "", "\x00", "http://[::1"])
def test_an_odd_channel_is_a_failed_delivery_never_an_exception(channel: str) -> None:
    (delivery,) = send(NOTICE, [channel] if channel else ["/dev/null/x"])
    assert delivery.outcome == "failed"
    assert delivery.text.zh.startswith("通知 ")


def test_what_cannot_be_written_as_json_is_a_failed_delivery(tmp_path: Path) -> None:
    (delivery,) = send({"at": object()}, [str(tmp_path)])
    assert (delivery.outcome, list(tmp_path.iterdir())) == ("failed", [])


def test_channels_beyond_the_limit_are_named(tmp_path: Path) -> None:
    folders = [tmp_path / str(place) for place in range(MAX_CHANNELS + 2)]
    for folder in folders:
        folder.mkdir()
    told = send(NOTICE, [str(folder) for folder in folders])
    assert [item.outcome for item in told] == ["delivered"] * MAX_CHANNELS + ["failed"] * 2
