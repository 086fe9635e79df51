"""Checkers: what no pattern can tell. Each says whether words that look like something really are it.

Words are folded (figures are ASCII); signs between figures do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlsplit

from content_audit.audit.registers import Host

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10x98765432"
_PROVINCES = frozenset(
    str(first * 10 + last)
    for first, lasts in {
        1: "12345",
        2: "123",
        3: "1234567",
        4: "123456",
        5: "01234",
        6: "12345",
        7: "1",
        8: "123",
        9: "1",
    }.items()
    for last in map(int, lasts)
)
"""The first two figures of a citizen's number."""
_PROVINCE_SIGNS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PUBLIC = re.compile(
    r"(?:400|800)\d{7}|9[56]\d{3,6}|1[012]\d{1,3}|123\d{2}|100\d{2,4}|1[0-9]{2}|0\d{2,3}\d{7,8}|116\d{3}|118\d{3}"
)
_PUBLIC_WORD = re.compile(
    r"热线|客服|咨询电话|举报电话|服务电话|监督电话|投诉电话|值班电话|官方电话|预约电话|招聘电话|报名电话|联系电话"
)
_MASK = re.compile(r"\d[*x×＊●•#_某]{2,}\d?|[*＊●]{3,}|\d{2,}(?:\.{3,}|…+)\d{2,}")
_PLACES = "省|自治区|市|区|县|旗|镇|乡|街道"


def id_card(words: str) -> bool:
    """A citizen's number: 18 places, a province, a day that exists and is past 1900, and the right check digit."""
    bare = _bare(words, "x")
    if len(bare) != 18 or not bare[:17].isdigit() or bare[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(bare[:17], _WEIGHTS, strict=True))
    return born.year >= 1900 and _CHECK[total % 11] == bare[17]


def luhn(words: str) -> bool:
    """A bank card: 16 to 19 figures (15 for the old American ones), a known first figure, and the right check digit."""
    bare = _bare(words)
    lengths = {"3": (14, 15, 16), "4": (16, 19), "5": (16,), "6": (16, 17, 18, 19), "9": (16, 17, 19)}
    if not bare or len(bare) not in lengths.get(bare[0], ()) or len(set(bare)) < 4:
        return False
    total = 0
    for place, digit in enumerate(reversed(bare)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mobile(words: str) -> bool:
    """A mobile number of China: 11 figures, 13 to 19, not a string of one figure, not an example."""
    bare = _bare(words).removeprefix("86") if len(_bare(words)) == 13 else _bare(words)
    if not re.fullmatch(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}", bare):
        return False
    return len(set(bare[3:])) > 2 and bare[3:] not in ("12345678", "00000000")


def plate(words: str) -> bool:
    """A vehicle's plate: province, letter, five or six (new energy) letters and figures without I and O."""
    bare = re.sub(r"[\s·.\-•]", "", words).upper()
    if not re.fullmatch(rf"[{_PROVINCE_SIGNS}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳]", bare):
        return False
    return sum(char.isdigit() for char in bare) >= 2


def email(words: str) -> bool:
    """A person's address: not a service one such as ``service@``, not an example's."""
    name, _, host = words.lower().partition("@")
    service = re.fullmatch(
        r"(?:service|services|support|info|contact|hr|job|jobs|zhaopin|kefu|admin|sales|market|marketing|press|media|news|"
        r"help|feedback|tousu|office|mail|webmaster|noreply|no-reply|bd|pr|ir|privacy|legal|business|cs|example|test|user|name)"
        r"[\w.-]*",
        name,
    )
    return not service and "." in host and not host.endswith((".gov.cn", "example.com", "example.org", "example.cn"))


def address(words: str) -> bool:
    """A place where somebody lives: down to building, unit or room."""
    home = re.search(r"\d+(?:号楼|栋|幢|座|单元|室|户)|[一二三四五六七八九十]+单元|\d+-\d+-\d{3,4}", words)
    return bool(home and re.search(_PLACES, words))


def map_number(words: str) -> bool:
    """A map's approval number (审图号) as it is written: 审图号：GS（2024）0650号, GS京(2023)1234号."""
    flat = words.upper().replace("（", "(").replace("）", ")").replace(" ", "")
    return bool(
        re.search(
            rf"(?:GS|[{_PROVINCE_SIGNS}]S)[{_PROVINCE_SIGNS}]?[(〔\[]?(?:19|20)\d\d[)〕\]]?(?:第)?\d{{1,5}}号", flat
        )
    )


def icp(words: str) -> bool:
    """The number of a web site's registration: 京ICP备12345678号-1."""
    return bool(
        re.fullmatch(rf"[{_PROVINCE_SIGNS}]icp[备证]\d{{6,10}}号?(?:-\d{{1,3}})?", words.lower().replace(" ", ""))
    )


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "id_card": id_card,
    "luhn": luhn,
    "bank_card": luhn,
    "mobile": mobile,
    "plate": plate,
    "email": email,
    "address": address,
    "map_number": map_number,
    "icp": icp,
}
"""Checkers of words by name. ``host_allowed`` is one of links, below: it needs the register."""
_SHOWN = re.compile(
    r"(?:https?://|www\.)?((?:[a-z0-9-]+\.)+(?:com|cn|net|org|gov|edu|top|xyz|vip|cc|io|me|info|shop))(?![a-z0-9-])"
)


def host_of(link: str) -> str:
    """The host a link leads to; empty where it leads to none (a page of its own, mail, a telephone)."""
    if not re.match(r"^[a-z][a-z0-9+.-]*:", link.lower()):
        link = "https://" + link.lstrip("/")
    try:
        parts = urlsplit(link)
        return (parts.hostname or "").rstrip(".") if parts.scheme.lower() in ("http", "https", "ftp") else ""
    except ValueError:
        return "?"


def link_fails(check: str, link: str, hosts: tuple[Host, ...], shown: str = "") -> bool:
    """Whether ``link``, under the words ``shown``, is what ``check`` names as bad.

    Without hosts in the register nothing is known to be foreign.
    """
    host = host_of(link)
    if check == "https":
        return link.lower().startswith("http://")
    if check == "shown_differs":
        named = _SHOWN.search(shown.lower())
        return bool(host and named) and not _related(host, named[1] if named else "")
    return bool(host and hosts) and not any(row.covers(host) for row in hosts)


def _related(host: str, other: str) -> bool:
    """Whether two hosts are one, or one stands below the other; a leading ``www.`` does not count."""
    one, two = host.removeprefix("www."), other.removeprefix("www.")
    return one == two or one.endswith("." + two) or two.endswith("." + one)


def masked(words: str) -> bool:
    """Whether figures are covered: 138****8000."""
    return bool(_MASK.search(words))


def public_number(words: str, before: str = "") -> str:
    """What makes a number a public one: 400, 95, 12345 and the like, a land line; or what it is called. Empty if nothing."""
    bare = _bare(words)
    if _PUBLIC.fullmatch(bare):
        return bare
    found = _PUBLIC_WORD.search(before)
    return found[0] if found else ""


def _bare(words: str, also: str = "") -> str:
    return "".join(char for char in words.lower() if (char.isascii() and char.isdigit()) or char in also)
