"""Every test of the exposure scan runs under a witness: nothing but loopback is ever connected or sent to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from exposure_witness import Witness

WITNESS = Witness()
sys.addaudithook(WITNESS)


@pytest.fixture(autouse=True)
def witness() -> Iterator[Witness]:
    """The witness of this test: it fails where a name was looked up or anything but loopback was asked."""
    WITNESS.seen.clear()
    WITNESS.listening = True
    try:
        yield WITNESS
    finally:
        WITNESS.listening = False
    looked_up = [item for item in WITNESS.seen if item[0] in ("socket.getaddrinfo", "socket.gethostbyname")]
    outside = [place for place in WITNESS.addresses() if not ip_address(place[0]).is_loopback]
    assert (looked_up, outside) == ([], [])
