"""Kinds of text that fingerprints look at, the other names they go by, and what is taken off the front of each."""

from __future__ import annotations

import re
from functools import lru_cache

_NAMES = """
    ssh ftp smtp pop3 imap nntp telnet irc xmpp http-server http-header http-cookie http-body title favicon generator
    x-powered-by www-authenticate location mysql postgresql redis mongodb memcached mssql oracle zookeeper mqtt amqp
    snmp sip rtsp ldap dns ntp vnc rdp smb pptp tls-subject tls-issuer upnp pjl mdns banner
"""
KINDS = frozenset(_NAMES.split())
"""Every kind by its own name."""

ALIASES = {
    "http": "http-response", "https": "http-response", "response": "http-response", "http-banner": "http-response",
    "server": "http-server", "http-header-server": "http-server", "header-server": "http-server", "httpd": "http-server",
    "http-servers": "http-server", "header": "http-header", "headers": "http-header", "http-headers": "http-header",
    "cookie": "http-cookie", "cookies": "http-cookie", "set-cookie": "http-cookie", "http-cookies": "http-cookie",
    "http-header-set-cookie": "http-cookie",
    "body": "http-body", "html": "http-body", "http-html": "http-body",
    "html-title": "title", "http-title": "title", "page-title": "title",
    "favicon-md5": "favicon", "favicon-mmh3": "favicon", "favicon-hash": "favicon", "icon": "favicon",
    "meta-generator": "generator", "powered-by": "x-powered-by", "http-x-powered-by": "x-powered-by",
    "http-header-x-powered-by": "x-powered-by", "http-wwwauth": "www-authenticate",
    "http-header-www-authenticate": "www-authenticate", "http-header-wwwauth": "www-authenticate",
    "http-www-authenticate": "www-authenticate", "wwwauth": "www-authenticate", "http-location": "location",
    "realm": "www-authenticate", "http-auth": "www-authenticate",
    "mariadb": "mysql", "mysql-handshake": "mysql", "mysql-error": "mysql", "mysql-errors": "mysql",
    "postgres": "postgresql", "pgsql": "postgresql", "mongo": "mongodb", "memcache": "memcached", "ms-sql": "mssql",
    "ms-sql-s": "mssql", "oracle-tns": "oracle", "tns": "oracle", "oracle-db": "oracle", "elasticsearch": "http-body",
    "snmp-sysdescr": "snmp", "sysdescr": "snmp", "snmp-sysdesc": "snmp", "snmp-sysobjectid": "snmp",
    "sip-server": "sip", "sip-user-agent": "sip", "sip-user-agents": "sip", "rtsp-server": "rtsp",
    "ldap-rootdse": "ldap", "ldap-searchresult": "ldap", "ldaps": "ldap", "domain": "dns", "dns-version": "dns",
    "dns-versionbind": "dns", "dns-version-bind": "dns", "version-bind": "dns", "bind": "dns",
    "smtps": "smtp", "submission": "smtp", "esmtp": "smtp", "smtp-ehlo": "smtp", "smtp-help": "smtp",
    "pop": "pop3", "pop3s": "pop3", "imap4": "imap", "imaps": "imap", "ftps": "ftp", "sftp": "ssh", "openssh": "ssh",
    "telnetd": "telnet", "tls": "tls-subject", "tls-cert": "tls-subject", "certificate": "tls-subject",
    "x509": "tls-subject", "x509-subject": "tls-subject", "x509-subjects": "tls-subject", "x509-issuer": "tls-issuer",
    "x509-issuers": "tls-issuer", "ssl-subject": "tls-subject", "tls-certificate": "tls-subject",
    "cert-subject": "tls-subject", "ssdp": "upnp", "upnp-server": "upnp", "hp-pjl": "pjl", "hp-pjl-id": "pjl",
    "jabber": "xmpp", "rfb": "vnc", "ms-wbt-server": "rdp", "ajp": "banner", "tcp": "banner", "ntp-readvar": "ntp",
    "smb-native-os": "smb", "smb-native-lm": "smb", "rabbitmq": "amqp", "mdns-device-info-txt": "mdns",
}  # fmt: skip
"""Other names of kinds."""

RELATED = {
    "rtsp": ("http-server",), "sip": ("http-server",), "upnp": ("http-server",), "www-authenticate": ("title",),
    "title": ("www-authenticate", "http-body"), "telnet": ("banner", "ssh", "title", "snmp"),
    "tls-subject": ("tls-issuer", "title"), "tls-issuer": ("tls-subject",), "ftp": ("smtp", "snmp"), "smtp": ("ftp",),
    "imap": ("pop3", "smtp"), "pop3": ("imap", "smtp"), "http-server": ("x-powered-by", "www-authenticate"),
    "x-powered-by": ("http-server",), "http-body": ("title",), "http-header": ("http-server",), "generator": ("title",),
    "pjl": ("snmp",), "snmp": ("telnet",), "mdns": ("snmp",), "smb": ("snmp",), "ntp": ("snmp",),
}  # fmt: skip
"""Kinds asked next where a kind names nothing."""

LIMIT = 64 * 1024
BODY_LIMIT = 512 * 1024
"""Bytes of a text that are looked at; more for pages."""

_TAKEN_OFF = {
    "ssh": rb"(?:[^\n]{0,200}\n){0,8}?SSH-[\d.]{1,5}-",
    "ftp": rb"\s*\d{3}[ -]+",
    "smtp": rb"\s*\d{3}[ -]+",
    "nntp": rb"\s*\d{3}[ -]+",
    "pop3": rb"\s*\+OK\s+",
    "imap": rb"\s*\* (?:OK|PREAUTH|BYE)\s+",
    "http-server": rb"(?:http/1\.[01] \d{3}[^\n]{0,80}\n)?\s*server:\s*",
    "sip": rb"\s*(?:server|user-agent):\s*",
    "rtsp": rb"(?:rtsp/1\.0 \d{3}[^\n]{0,80}\n)?\s*server:\s*",
    "upnp": rb"\s*server:\s*",
    "x-powered-by": rb"\s*x-powered-by:\s*",
    "www-authenticate": rb"\s*www-authenticate:\s*",
    "http-cookie": rb"\s*(?:set-)?cookie:\s*",
    "title": rb"\s*<title[^>]{0,80}>\s*",
}
_PREFIX = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _TAKEN_OFF.items()}
_MYSQL_HEAD = re.compile(rb"(?s)^(?:.{4}[\x09\x0a]|.{1,6}?\x0a)(?=[\x20-\x7e]{3,})")


@lru_cache(maxsize=1024)
def kind_of(name: str) -> str:
    """The kind that ``name`` says, by its own name; an unknown one stays as it is."""
    small = re.sub(r"[_. ]", "-", name.strip().lower())
    for word in (small, small.removesuffix("s"), small.removesuffix("-banners").removesuffix("-banner")):
        if word in KINDS or word == "http-response":
            return word
        if word in ALIASES:
            return ALIASES[word]
    return small


def text_of(banner: str | bytes) -> bytes:
    """``banner`` as valid UTF-8: bytes that are not read as Chinese of the old encoding, else each as a character."""
    if isinstance(banner, str):
        return banner.encode("utf-8", "replace")
    try:
        banner.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(banner).encode("utf-8", "replace")
    return banner


def _decoded(data: bytes) -> str:
    control = sum(byte < 9 for byte in data[:4096])
    if not control:
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1")


def bounded(kind: str, text: bytes) -> bytes:
    """At most so much of ``text`` as is looked at, whole characters."""
    limit = BODY_LIMIT if kind in ("http-body", "http-response") else LIMIT
    return text if len(text) <= limit else text[:limit].decode("utf-8", "ignore").encode()


def uncovered(kind: str, text: bytes) -> bytes:
    """``text`` without the code, the header's name or the packet's head it was sent with."""
    if kind == "mysql":
        head = _MYSQL_HEAD.match(text)
        return text[head.end() :].split(b"\0", 1)[0] if head else text
    prefix = _PREFIX.get(kind)
    head = prefix.match(text) if prefix else None
    return text[head.end() :] if head else text
