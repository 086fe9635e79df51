"""Every fingerprint we ship keeps its own cases among all the others, and is fit to be shipped."""

from __future__ import annotations

import re
from functools import lru_cache

import pytest

from exposure_scan.authoring.fingerprints import Loaded, lint, load_fingerprints
from exposure_scan.fingerprint.cases import wrong
from exposure_scan.fingerprint.model import Condition
from exposure_scan.fingerprint.pattern import compiled


@lru_cache(maxsize=1)
def shipped() -> Loaded:
    return load_fingerprints()


CASES = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, item in shipped().fingerprints.items()
    for number in range(len(item.cases))
]
CONDITIONS = [
    (item.id, part) for item in shipped().fingerprints.values() for part in (*item.any, *item.all, *item.none)
]


def test_no_pack_has_anything_to_complain_about() -> None:
    loaded = load_fingerprints()
    lint(loaded)
    assert [item.shown("en") for item in loaded.complaints] == []


def test_the_common_services_are_there() -> None:
    known = {item.cpe.key for item in shipped().fingerprints.values()}
    assert len(shipped().fingerprints) >= 500
    assert known >= {
        "openbsd:openssh", "f5:nginx", "apache:http_server", "apache:tomcat", "microsoft:internet_information_services",
        "postfix:postfix", "exim:exim", "oracle:mysql", "mariadb:mariadb", "redis:redis", "mongodb:mongodb",
        "elastic:elasticsearch", "eclipse:jetty", "oracle:weblogic_server", "vmware:spring_boot", "alibaba:nacos",
        "weaver:e-cology", "coremail:coremail", "sangfor:ssl_vpn",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "number"), CASES)
def test_the_fingerprint_keeps_its_case(name: str, number: int) -> None:
    item = shipped().fingerprints[name]
    why = wrong(item, item.cases[number], shipped().book())
    assert why is None, f"{item.file}: {name}: {item.cases[number].banner!r}: {why.en}"


def test_almost_every_pattern_names_a_word_it_needs() -> None:
    """The others are run over every text of their kind, so they must be few."""
    slow = [(name, item.pattern) for name, item in CONDITIONS if not compiled(item.pattern).needs]
    assert len(slow) <= 6, slow


@pytest.mark.parametrize(("name", "condition"), CONDITIONS)
def test_no_pattern_names_everything(name: str, condition: Condition) -> None:
    pattern = compiled(condition.pattern)
    found = [text for text in (b"", b"a", b" ", b"12345", b"Server", b"Welcome") if pattern.search(text)]
    assert found == [] or name in ("mysql", "bind"), (name, condition, found)


def test_every_cpe_is_written_as_the_dictionary_writes() -> None:
    odd = [
        item.id
        for item in shipped().fingerprints.values()
        if not re.fullmatch(r"[a-z0-9._+!/~-]+", item.cpe.vendor + item.cpe.product)
    ]
    assert odd == []
