"""The registers (台账) of the content audit as plain frozen types: what the company may use, must write, must not say.

Pure. Every row has a span and counts at an instant only while the span contains it: ``Registers.at`` gives the rows
in force when a post is to be published. Words are as the register writes them; whoever matches them folds them.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from zhongbao_core.clock import Span
from zhongbao_core.text import NOTHING, Text

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import NamedTuple
else:
    from zhongbao_core.record import NamedTuple, dataclass


class Licence(NamedTuple):
    """A mark the company may use: whose, on what paper, in which channels, within which span."""

    id: str
    mark: str
    """The mark as it is named in texts."""
    licensee: str
    span: Span
    channels: frozenset[str] = frozenset()
    """Empty: every channel."""
    contract: str = ""
    names: frozenset[str] = frozenset()
    """Other names the licence covers: short forms, mascots, slogans."""
    owner: str = ""

    @property
    def words(self) -> frozenset[str]:
        """Every name the licence covers."""
        return self.names | {self.mark}


class Partner(NamedTuple):
    """A company or brand that posts are made with (联合发布). A post shows it by name, card or re-share sign."""

    id: str
    name: str
    span: Span
    names: frozenset[str] = frozenset()
    """Short forms and brands."""
    accounts: frozenset[str] = frozenset()
    """Its accounts, as profile cards, mentions and re-share signs name them."""
    contract: str = ""
    owner: str = ""

    @property
    def words(self) -> frozenset[str]:
        """Every name it goes by."""
        return self.names | {self.name}


class Account(NamedTuple):
    """An account of the company's own: where it speaks, who must review it, who takes a post down."""

    id: str
    channel: str
    name: str
    span: Span
    names: frozenset[str] = frozenset()
    """Other names and the platform's own ids (gh_..., uid), as exports write them."""
    rung: str = ""
    """The rank that reviews its posts in calm times."""
    duty_rung: str = ""
    """The rank on duty that may let an emergency notice out."""
    owner: str = ""
    """The person (id) who answers for it."""
    unit: str = ""
    columns: frozenset[str] = frozenset()

    def answers_to(self, word: str) -> bool:
        """Whether ``word`` names this account: its id, name or one of the others."""
        return word in (self.id, self.name) or word in self.names


class Claim(NamedTuple):
    """A claim the company can prove: a finding about these words is settled while the proof is valid."""

    id: str
    claim: str
    """The words, as posts write them."""
    proof: str
    """What proves it: report, standard, award, with its number."""
    span: Span
    source: str = ""
    """The source statement that must stand in the post beside the claim; empty: none needed."""
    channels: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Other wordings of the same claim."""
    owner: str = ""

    @property
    def words(self) -> frozenset[str]:
        """Every wording that the proof covers."""
        return self.names | {self.claim}


TONES: dict[str, Text] = {
    "promotion": Text("营销推广", "promotion"),
    "joke": Text("玩笑调侃", "jokes"),
    "countdown": Text("倒计时", "countdowns"),
    "celebration": Text("庆祝喜庆", "celebration"),
    "speculation": Text("猜测原因、责任", "speculation on cause or blame"),
    "rank": Text("排名比较", "ranking"),
    "question": Text("互动提问、抽奖", "questions and draws"),
}
"""What is out of place beside a sensitive event."""


class Combination(NamedTuple):
    """Words that must not stand in one post with a sensitive event, each harmless alone."""

    words: frozenset[str]
    why: Text = NOTHING


class SensitiveEvent(NamedTuple):
    """Something that happened (or an anniversary) beside which tone matters, until its span ends."""

    id: str
    name: str
    span: Span
    names: frozenset[str] = frozenset()
    """Aliases, as people write them."""
    places: frozenset[str] = frozenset()
    tones: frozenset[str] = frozenset()
    """Keys of TONES that are out of place."""
    quiet: Span | None = None
    """While it lasts, posts of the channels in ``quiet_channels`` wait whatever they say."""
    quiet_channels: frozenset[str] = frozenset()
    """Empty: push only."""
    combinations: tuple[Combination, ...] = ()
    kind: str = ""
    """disaster, accident, death, anniversary, dispute, ...: a word of the company's own."""
    owner: str = ""

    @property
    def words(self) -> frozenset[str]:
        """Every name it goes by."""
        return self.names | {self.name}


class WrongForm(NamedTuple):
    """A known wrong way to write a form, and why it is wrong."""

    text: str
    why: Text = NOTHING


class Form(NamedTuple):
    """A name that must be written exactly (规范表述).

    ``exact`` and ``short`` are right. ``wrong`` is known to be wrong. What is within ``near`` edits of a right form,
    and none itself, is a near miss. For a leader ``exact`` is the name, ``title`` the title before or behind it, and
    ``order`` the place in a list of several (smaller first; 0: no order).
    """

    id: str
    kind: str
    exact: str
    span: Span
    short: frozenset[str] = frozenset()
    wrong: tuple[WrongForm, ...] = ()
    near: int = 1
    """How many characters may differ in a near miss; 0: near misses are not looked for."""
    title: str = ""
    order: int = 0
    unit: str = ""
    except_: frozenset[str] = frozenset()
    """Phrases that look like a wrong form and are none."""
    owner: str = ""

    @property
    def right(self) -> frozenset[str]:
        """Every right way to write it."""
        return self.short | {self.exact}


class ImageMark(NamedTuple):
    """A picture the company may use under licence, or must not use, recognised by likeness."""

    id: str
    hash: str
    """Perceptual hash as sixteen hex digits, or ``sha256:`` of the bytes."""
    licensed: bool
    name: str
    span: Span
    contract: str = ""
    channels: frozenset[str] = frozenset()
    owner: str = ""


class Host(NamedTuple):
    """A host that posts may link to."""

    host: str
    span: Span
    subdomains: bool = False
    """Whether hosts below it are allowed too."""
    purpose: str = ""

    def covers(self, host: str) -> bool:
        """Whether a link to ``host`` is allowed by this row."""
        asked, own = host.lower().rstrip("."), self.host.lower().rstrip(".")
        return asked == own or (self.subdomains and asked.endswith("." + own))


class Contact(NamedTuple):
    """Whom to call in a response plan."""

    name: str
    role: str
    phone: str = ""
    """Stays in the authored register: the compiled policy has none."""


class Escalation(NamedTuple):
    """What happens when a trigger is seen: who is told and who decides, within how many minutes."""

    trigger: str
    to: str
    minutes: int


class Answer(NamedTuple):
    """A prepared answer to what people will ask."""

    question: str
    answer: str


class Plan(NamedTuple):
    """A response plan (舆情预案): what is done when a post goes wrong."""

    id: str
    title: str
    span: Span
    owner: str
    contacts: tuple[Contact, ...]
    hours: str
    """When somebody watches: ``00:00-24:00``, ``08:00-22:00``."""
    triggers: tuple[str, ...]
    answers: tuple[Answer, ...]
    escalation: tuple[Escalation, ...]
    accounts: frozenset[str] = frozenset()
    """Ids of accounts; empty: every account."""
    columns: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


class Slot(NamedTuple):
    """A gap in a template and what may stand in it."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    longest: int = 40


class Template(NamedTuple):
    """An emergency notice (紧急发布) approved beforehand: fixed words with typed slots ``{name}``."""

    id: str
    title: Text
    words: str
    slots: tuple[Slot, ...]
    span: Span
    kind: str = "outage"
    """outage or rumour: what it may be used for."""
    accounts: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    owner: str = ""


class CobrandExemption(NamedTuple):
    """Lets co-branded posts with a partner out inside the protection period."""

    id: str
    partner: str
    """Id of the partner."""
    reason: str
    span: Span
    accounts: frozenset[str] = frozenset()
    """Ids of accounts; empty: every account."""
    campaigns: frozenset[str] = frozenset()
    """Empty: every campaign."""
    owner: str = ""


class TopUp(NamedTuple):
    """Who signs where review is raised above the highest rung."""

    rank: str
    persons: int = 1


_Row = TypeVar(
    "_Row", Licence, Partner, Account, Claim, SensitiveEvent, Form, ImageMark, Host, Plan, Template, CobrandExemption
)


@dataclass(frozen=True, slots=True)
class Registers:
    """All registers of a company. ``rungs`` are the ranks of review, lowest first; empty: all ranks of people.yaml."""

    licences: tuple[Licence, ...] = ()
    partners: tuple[Partner, ...] = ()
    media: tuple[Account, ...] = ()
    evidence: tuple[Claim, ...] = ()
    sensitive: tuple[SensitiveEvent, ...] = ()
    forms: tuple[Form, ...] = ()
    images: tuple[ImageMark, ...] = ()
    hosts: tuple[Host, ...] = ()
    plans: tuple[Plan, ...] = ()
    templates: tuple[Template, ...] = ()
    cobrand: tuple[CobrandExemption, ...] = ()
    rungs: tuple[str, ...] = ()
    top_up: tuple[TopUp, ...] = ()

    def at(self, at: datetime) -> Registers:
        """The rows in force at the instant a post is to be published."""
        return Registers(
            licences=_in_force(self.licences, at),
            partners=_in_force(self.partners, at),
            media=_in_force(self.media, at),
            evidence=_in_force(self.evidence, at),
            sensitive=_in_force(self.sensitive, at),
            forms=_in_force(self.forms, at),
            images=_in_force(self.images, at),
            hosts=_in_force(self.hosts, at),
            plans=_in_force(self.plans, at),
            templates=_in_force(self.templates, at),
            cobrand=_in_force(self.cobrand, at),
            rungs=self.rungs,
            top_up=self.top_up,
        )

    def account(self, word: str, channel: str = "") -> Account | None:
        """The account that ``word`` names, in ``channel`` where that is given; None for a stranger."""
        named = [item for item in self.media if item.answers_to(word)]
        return next((item for item in named if not channel or item.channel == channel), None)


def _in_force(rows: tuple[_Row, ...], at: datetime) -> tuple[_Row, ...]:
    return tuple(row for row in rows if row.span.contains(at))
