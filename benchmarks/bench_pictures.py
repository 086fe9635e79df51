"""What a look at a picture costs: milliseconds for codes, likeness and metadata, seconds where words are read.

    python benchmarks/bench_pictures.py [--rounds 5] [--ocr-rounds 3]

Posters with Chinese words and a QR code are drawn at three sizes. Each figure is the least of the rounds, in this
process with one thread, and beside it the same look asked of the worker, so that what the bounds cost is seen.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "content_audit" / "media")]

from drawn import code, data_of, poster  # noqa: E402 the tests' pictures are the bench's pictures

from content_audit.media import ocr  # noqa: E402
from content_audit.media.look import look  # noqa: E402
from content_audit.model import Picture  # noqa: E402
from content_audit.readers.workers import Workers  # noqa: E402

SIZES = ((900, 500), (1080, 1920), (1080, 6000))
WORDS = "停机维护公告 将于周六零点开始"


def drawn(size: tuple[int, int]) -> Picture:
    from drawn import font
    from PIL import ImageDraw

    image = poster(WORDS, size)
    draw = ImageDraw.Draw(image)
    for line in range(2, size[1] // 160):
        draw.text((40, line * 150), f"第{line}条 服务热线与营业网点照常开放", font=font(36), fill="black")
    image.paste(code("https://example.com/notice"), (size[0] - 230, size[1] - 230))
    return Picture("p", data=data_of(image, "JPEG", quality=85))


def least(rounds: int, work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ocr-rounds", type=int, default=3)
    asked = parser.parse_args()
    print(f"engine: {ocr.version() or 'no words are read here'}")
    print(
        f"{'picture':>12} {'kB':>6} {'codes+likeness':>15} {'in the worker':>14} {'with words':>11} {'in the worker':>14} lines"
    )
    with Workers() as workers:
        for size in SIZES:
            picture = drawn(size)
            plain = least(asked.rounds, partial(look, picture, ocr=False))
            apart = least(asked.rounds, partial(workers.look, picture, ocr=False))
            row = f"{size[0]}x{size[1]:<6} {len(picture.data or b'') // 1024:>6} {plain * 1000:>12.1f} ms {apart * 1000:>11.1f} ms"
            if ocr.version():
                words = least(asked.ocr_rounds, partial(look, picture, ocr=True))
                far = least(asked.ocr_rounds, partial(workers.look, picture, ocr=True))
                seen = look(picture, ocr=True)
                row += f" {words:>9.2f} s {far:>12.2f} s {len((seen.words or '').splitlines()):>5}"
            print(row)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"most memory of this process: {most / 1024:.0f} MB")


if __name__ == "__main__":
    main()
