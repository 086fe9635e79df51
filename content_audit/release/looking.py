"""Reading a draft once and auditing what was read: the same bytes that ``exact`` names are those that were judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from content_audit.audit.registers import Account
from content_audit.model import PICTURE_WHYS, Audited, Channel, Link, Passage, Picture, Post, Role, Source, Unread
from content_audit.release.cobrand import partners_in
from content_audit.release.content import Content, content_of, cover_known, strangers
from content_audit.release.decide import Draft, OpenFinding
from content_audit.release.desk import Found
from content_audit.release.pictures import as_seen, cover_seen
from content_audit.release.posts import open_findings
from zhongbao_core.canonical import digest
from zhongbao_core.errors import CannotTellError, UsageError
from zhongbao_core.event import Level
from zhongbao_core.text import Text, plain

if TYPE_CHECKING:
    from content_audit.audit.audit import Auditor
    from content_audit.media.attach import WithPictures
    from content_audit.media.seen import Seen as Look
    from content_audit.release.open import OpenContent

RULES = "rules"
"""The compiled rules among the parts of a manifest, and the beginning of their file's name."""
See = Callable[[Post], "WithPictures"]
"""Looks at the pictures of a post: the post with what was read in them, each look, and what nobody could read."""


class Read(NamedTuple):
    """A draft as it was read: one post, and what of the file nobody could read."""

    post: Post
    exact: str
    unread: tuple[Unread, ...]


class Looked(NamedTuple):
    """A draft, read and audited."""

    read: Read
    audited: Audited
    account: Account | None
    asked: str
    content: Content
    blind: tuple[Unread, ...] = ()
    """Pictures and video that nobody could read."""

    def draft(self, opened: OpenContent, publish_at: datetime, found: Found | None) -> Draft:
        """The draft as the decision sees it; ``found`` is the submission it was recognised as."""
        blocks, reviews = open_findings(self.audited)
        registers = opened.policy.registers.at(publish_at)
        return Draft(
            account=self.account,
            asked=self.asked,
            content=self.content.digest(found.names if found else None),
            blocks=blocks,
            reviews=reviews,
            unread=tuple(said_of(item) for item in self._unread if item.why not in PICTURE_WHYS),
            unseen=self.unseen,
            partners=partners_in(self.audited.post, registers),
            strangers=tuple(words for _, words in strangers(found.content, self.content)) if found else (),
            cover=cover_known(found.content, self.content) if found else True,
            removed=self.audited.post.removed,
        )

    @property
    def unseen(self) -> tuple[str, ...]:
        """Pictures whose words nobody read, by place."""
        told = (*self.blind, *(item for item in self._unread if item.why in PICTURE_WHYS))
        return tuple(dict.fromkeys(item.locator for item in told))

    @property
    def _unread(self) -> tuple[Unread, ...]:
        return (*self.read.unread, *self.audited.unread)


def read_draft(path: Path, item: str = "", cover: Path | None = None) -> Read:
    """The one post in the draft or page at ``path``; ``item`` chooses it by id or place where there are several.

    ``cover`` is the picture that lists and shared cards show, where the file only says where it is, or not even that.
    Raises CannotTellError DRAFT_UNREADABLE where there is none, UsageError DRAFT_SEVERAL where nobody said which one.
    """
    from content_audit.readers.files import beside
    from content_audit.readers.limits import MAX_FILE, MAX_PICTURE
    from content_audit.readers.reading import filled
    from content_audit.readers.workers import Workers

    data = _bytes(path, MAX_FILE)
    with Workers() as workers:
        items = list(workers.read_bytes(data, Source(str(path))))
    found = [filled(one, lambda href: beside(path.parent, href)) for one in items]
    posts = [one for one in found if isinstance(one, Post)]
    unread = tuple(one for one in found if isinstance(one, Unread))
    post = _chosen(posts, unread, path, item)
    if cover is not None:
        post = _covered(post, cover.name, _bytes(cover, MAX_PICTURE))
    return Read(post, digest(data), tuple(one for one in unread if one.post in ("", post.id)))


def _covered(post: Post, name: str, data: bytes) -> Post:
    """``post`` with this cover instead of what it says of one."""
    said = next((one for one in post.pictures if one.use == "cover"), None)
    others = (one for one in post.pictures if one.use != "cover")
    made = Picture("cover", name=name, href=said.href if said else "", data=data, use="cover")
    return replace(post, pictures=(made, *others))


def look(
    read: Read, opened: OpenContent, publish_at: datetime, see: See, *, account: str = "", channel: str = ""
) -> Looked:
    """``read`` audited as a post that goes out at ``publish_at``, on ``account`` where the draft does not say."""
    registers = opened.policy.registers.at(publish_at)
    asked = account or read.post.account
    known = registers.account(asked, channel) if asked else None
    where: Channel = known.channel if known else read.post.channel  # type: ignore[assignment]
    post = replace(read.post, channel=where, account=known.name if known else asked, published_at=None)
    whole, unread, looks = looked_at(post, see)
    audited = auditor_at(opened, publish_at).audit([whole])[0]
    if looks:
        from content_audit.entry.auditing import with_judged

        audited = with_judged(audited, looks, registers, publish_at)
    return Looked(read, audited, known, asked, content_in(post, known, looks), unread)


def looked_at(post: Post, see: See) -> tuple[Post, tuple[Unread, ...], Mapping[str, Look]]:
    """``see`` where there is anything to see: a post of words alone starts no worker."""
    if not post.pictures and not post.facts.has_video:
        return post, (), {}
    done = see(post)
    return done.post, done.unread, done.seen


def content_in(post: Post, account: Account | None, looks: Mapping[str, Look]) -> Content:
    """What readers get of ``post`` as it was read, before anything found in its pictures was put beside its words."""
    names = (account.name, *account.names) if account else ()
    return content_of(post, account.id if account else "", as_seen(post, looks), names, cover_seen(post, looks))


def auditor_at(opened: OpenContent, publish_at: datetime) -> Auditor:
    """The auditor of the rules in force: the compiled file that the manifest names, else made again in memory."""
    from content_audit.audit.compiled import Compiled

    event = opened.policy.event
    level = event.level_at(publish_at) if event else Level.NONE
    return Compiled(_rules(opened)).auditor(registers=opened.policy.registers, level=level, at=publish_at)


def _rules(opened: OpenContent) -> bytes:
    """The compiled rules. Made again, they are our packs, as much a part of this program as its code, and over them the
    company's rules as the manifest vouches for them.
    """
    from zhongbao_core.compiled_file import found

    wanted = opened.manifest.part(RULES) if opened.manifest is not None else ""
    data = found(opened.folder, wanted, RULES)
    if data is not None:
        return data
    from content_audit.authoring.compile import compile_book
    from content_audit.authoring.packs import load_rules

    with _company(opened) as workspace:
        return compile_book(load_rules(workspace).book())


@contextmanager
def _company(opened: OpenContent) -> Iterator[Path | None]:
    """A folder with the company's rules as they were signed; None where it has none of its own."""
    from tempfile import TemporaryDirectory

    from zhongbao_core.trust import check_files

    if opened.manifest is None:
        yield Path(opened.folder)
        return
    names = [name for name in opened.manifest.files if _is_rule(name)]
    if not names:
        yield None
        return
    part = opened.manifest._replace(
        body={**opened.manifest.body, "files": {n: opened.manifest.files[n] for n in names}}
    )
    with TemporaryDirectory(prefix="zhongbao-") as place:
        for name, data in check_files(opened.folder, part, names).items():
            target = Path(place, *name.split("/"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        yield Path(place)


def _is_rule(name: str) -> bool:
    return name == "content/content.yaml" or name.startswith(("content/packs/", "content/rules/", "content/lists/"))


def _bytes(path: Path, limit: int) -> bytes:
    from content_audit.readers.files import bounded
    from content_audit.readers.limits import NotReadError

    try:
        return bounded(path, limit)
    except NotReadError as error:
        raise _unreadable(path, error.why.text) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise _unreadable(path, Text(why, why)) from error


def _chosen(posts: Sequence[Post], unread: Sequence[Unread], path: Path, item: str) -> Post:
    if item:
        posts = [post for number, post in enumerate(posts, start=1) if item in (post.id, str(number))]
    if not posts:
        why = said_of(unread[0]) if unread else Text("其中没有稿件", "there is no post in it")
        raise _unreadable(path, why)
    if len(posts) > 1:
        names = ", ".join(f"{number}: {post.title or post.id}" for number, post in enumerate(posts, start=1))
        raise UsageError(
            Text(f"其中有 {len(posts)} 篇：{plain(names)}", f"there are {len(posts)} posts in it: {plain(names)}"),
            Text("用 --item 指定一篇", "choose one with --item"),
            reason_code="DRAFT_SEVERAL",
        )
    return posts[0]


def said_of(item: Unread) -> Text:
    """What was not read, and why, in words."""
    place = plain(f"{item.source}{' ' + item.locator if item.locator else ''}")
    return Text(f"{place}：{item.why.text.zh}", f"{place}: {item.why.text.en}")


def _unreadable(path: Path, why: Text) -> CannotTellError:
    return CannotTellError(
        Text(f"稿件 {path} 读不了：{why.zh}", f"the draft {path} cannot be read: {why.en}"),
        Text("重新导出或另存后再试", "export or save it again"),
        reason_code="DRAFT_UNREADABLE",
    )


def blocks_again(content: Content, channel: str, opened: OpenContent, publish_at: datetime) -> tuple[OpenFinding, ...]:
    """The blocks that the rules in force have against approved ``content``: folded words, so a little stricter."""
    passages = [Passage(Role.TITLE, "title", content.title)] if content.title else []
    passages.append(Passage(Role.BODY, "stream", content.stream))
    passages += [Passage(Role(role), "extra", words) for role, words in content.extras]
    where: Channel = channel  # type: ignore[assignment]
    links = tuple(Link(href) for href in content.links)
    post = Post("approved", Source("ledger"), where, tuple(passages), links=links)
    return open_findings(auditor_at(opened, publish_at).audit([post])[0])[0]
