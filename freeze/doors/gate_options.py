"""The options of ``freeze gate``, said once: click builds its command from them, the quick reader reads by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple

FORMATS = ("text", "json", "junit", "github", "gitlab")
"""Words of ``--format``; a test holds them against ``render.RENDERERS``."""


class Option(NamedTuple):
    """One option. ``off`` is the name that turns a pair off; ``multiple`` ones may be repeated."""

    names: tuple[str, ...]
    dest: str
    help: str
    metavar: str = ""
    default: Any = None
    flag: bool = False
    off: str = ""
    multiple: bool = False
    choices: tuple[str, ...] = ()

    @property
    def initial(self) -> Any:
        """The value where nobody says."""
        return () if self.multiple else self.default


OPTIONS: tuple[Option, ...] = (
    Option(("--system", "-s"), "system", "System to be changed; repeat for several.", "ID", multiple=True),
    Option(("--environment", "-e"), "environment", "Environment of --system.", "ENV", "prod"),
    Option(("--project",), "project", "Project or repository; --door maps it to systems.", "NAME"),
    Option(("--door",), "door", "Which door asks.", "ID", "cli"),
    Option(("--kind", "-k"), "kind", "Kind of change: release, config, patch, database, restore, ...", "KIND"),
    Option(("--class",), "change_class", "standard, normal, major or emergency.", "CLASS", "normal"),
    Option(("--label",), "label", "Label of the change.", "K=V", multiple=True),
    Option(("--duration",), "duration", "Length with rollback and observation; the whole span is judged.", "2h"),
    Option(("--permit",), "permit", "Permit file.", "FILE"),
    Option(("--bind",), "bind", "Digest of what is about to happen.", "NAME=sha256:..", multiple=True),
    Option(("--file",), "file", "File to hash and bind as file:PATH.", "PATH", multiple=True),
    Option(("--commit",), "commit", "Commit to bind as commit:SHA.", "SHA"),
    Option(("--started",), "started", "When the work started: asks for its next step.", "TIME"),
    Option(("--step",), "step", "Ask for the next step of work under way.", default=False, flag=True),
    Option(("--actor",), "actor", "Account of whoever asks.", "WHO", ""),
    Option(
        ("--online",),
        "online",
        "Ask the ledger, or keep a receipt. Default: by the trust file.",
        flag=True,
        off="--offline",
    ),
    Option(("--ledger",), "ledger", "Ledger to ask where the trust file names none.", "PATH", ""),
    Option(("--receipt-dir",), "receipt_dir", "Where an offline door keeps its receipts.", "DIR", ""),
    Option(("--at",), "at", "Instant to decide at; in a rehearsal or an untrusted demo only.", "TIME"),
    Option(
        ("--untrusted-demo",),
        "untrusted_demo",
        "Work without a trust file, and say so in every output.",
        default=False,
        flag=True,
    ),
    Option(("--format",), "fmt", "How the answer is written.", default="text", choices=FORMATS),
)
"""In the order of ``--help``."""


def read(tokens: Sequence[str]) -> dict[str, Any] | None:
    """The values that ``tokens`` give, as click would read them; None for whatever is not plain.

    Plain are full option names with a value of their own or after ``=``, and flags. What is odd, wrong or asks for
    help is left to click, so there is one voice for errors.
    """
    values = {item.dest: item.initial for item in OPTIONS}
    items = iter(tokens)
    for token in items:
        name, equals, value = token.partition("=")
        found = _NAMED.get(name)
        if found is None or (equals and (found[0].flag or not name.startswith("--"))):
            return None
        option, switch = found
        if option.flag:
            values[option.dest] = switch
            continue
        value = value if equals else next(items, "-")
        if value.startswith("-") or (option.choices and value not in option.choices):
            return None
        values[option.dest] = (*values[option.dest], value) if option.multiple else value
    return values


_NAMED = {name: (item, True) for item in OPTIONS for name in item.names} | {
    item.off: (item, False) for item in OPTIONS if item.off
}
