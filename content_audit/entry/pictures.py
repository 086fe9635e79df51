"""What of a post's pictures, video and audio is audited here; the rest is said to be unread, never taken for clean.

Pictures are looked at in a bounded worker that is started with the first one, and what was seen is cached.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from content_audit.model import Post

if TYPE_CHECKING:
    from content_audit.media.attach import Looker, Mode, WithPictures


def looked_at(post: Post, mode: Mode = "read") -> WithPictures:
    """The post with what was read in its pictures, each look, and what nobody could read."""
    from content_audit.media.attach import attached

    return attached(post, looker(), mode)


@lru_cache(maxsize=1)
def looker() -> Looker:
    """Looks through the cache and, where that knows nothing, the worker of this process."""
    from content_audit.media.attach import cached
    from content_audit.media.cache import LookCache
    from content_audit.readers.workers import Workers

    kept = LookCache()
    return cached(Workers().look, kept.get, kept.put)
