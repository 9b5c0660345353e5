"""The picture that other sites show beside a link to a page: one a topic, as PNG.

Two colours of the theme, the name of the site and the words of the topic. What is drawn follows
from ``Card`` alone, and its path from what is drawn: the same card has the same path and bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CARDS = "assets/cards/"
WIDTH, HEIGHT = 1200, 630
MARGIN = 88
TITLE_SIZES = (112, 92, 76, 62)
LINE = 1.2  # of a size, from one line to the next
ROOM = 306  # below the name of the site
LONGEST_TITLE = 400
SHADES = 16  # between the two colours, for smooth edges
FINE = 4  # the leaf is drawn so much larger first
# The cubic curves of the leaf in favicon.svg, on its grid of 24 by 24, and its two straight lines.
LEAF_CURVES = (
    ((3, 21), (3, 10), (9, 4), (21, 3)),
    ((21, 3), (21, 15), (15, 21), (6, 19.5)),
)
LEAF_LINES = ((12, 12), (4.5, 19.5))
LEAF_GRID, LEAF_SIZE = 24, 120
POINTS_OF_A_CURVE = 24
# The letters of the font that comes with Pillow, which is the same on every machine.
LETTERS = re.compile(r"[ -~«»‘’“”…‹›©°±´·™]*")


class Card(NamedTuple):
    """What stands on a card: ``title`` is of the topic ``topic_id``, or, with 0, of the site.

    ``ground`` and ``ink`` are colours as ``"#14532d"`` or ``"#153"``; ``has_leaf`` unless the site
    has a logo of its own.
    """

    topic_id: int
    title: str
    site_name: str
    ground: str
    ink: str
    has_leaf: bool = True

    @property
    def path(self) -> str:
        """``"assets/cards/topic-4.1f0c….png"``: other words, another name."""
        return _path_of(self)

    @property
    def words(self) -> str:
        """What stands on it, for those who cannot see it."""
        return " - ".join(dict.fromkeys((self.title, self.site_name)))

    @property
    def can_be_written(self) -> bool:
        """Whether the font has every letter of it."""
        return all(map(LETTERS.fullmatch, (self.title, self.site_name)))


def drawn(card: Card) -> bytes:
    """The PNG. Without its words, where the font lacks a letter of them: half a name is worse."""
    from PIL import Image, ImageDraw  # only an export with a new card needs it

    picture = Image.new("L", (WIDTH, HEIGHT))
    left = MARGIN
    if card.has_leaf:
        picture.paste(255, (MARGIN, MARGIN), _leaf())
        left += LEAF_SIZE + 24
    if card.can_be_written:
        pen = ImageDraw.Draw(picture)
        if card.title != card.site_name:
            name = _shortened(card.site_name[:LONGEST_TITLE], _font(52), WIDTH - MARGIN - left)
            pen.text((left, MARGIN + LEAF_SIZE // 2), name, 255, _font(52), "lm")
        size, lines = _set(card.title[:LONGEST_TITLE])
        for number, line in enumerate(reversed(lines)):
            bottom = HEIGHT - MARGIN - number * size * LINE
            pen.text((MARGIN, bottom), line, 255, _font(size), "ls")
    flat = picture.point([shade * SHADES // 256 for shade in range(256)])
    flat.putpalette([*_ramp(card.ground, card.ink)])
    file = BytesIO()
    file.name = "card.png"  # tells Pillow the format: told by its name, it loads five others too
    flat.save(file, bits=4, compress_level=3)
    return file.getvalue()


def _set(title: str) -> tuple[int, list[str]]:
    """The largest size at which it fits, with its lines; of one that fits in none, the start."""
    for size in TITLE_SIZES:
        lines = [*_lines(title, _font(size))]
        fitting = int(ROOM // (size * LINE))
        if len(lines) <= fitting:
            break
    else:
        lines = [*lines[: fitting - 1], f"{lines[fitting - 1]}…"]
    return size, [_shortened(line, _font(size), WIDTH - 2 * MARGIN) for line in lines]


def _lines(title: str, font: FreeTypeFont) -> Iterator[str]:
    line = ""
    for word in title.split():
        longer = f"{line} {word}".lstrip()
        if line and font.getlength(longer) > WIDTH - 2 * MARGIN:
            yield line
            longer = word
        line = longer
    yield line


def _shortened(line: str, font: FreeTypeFont, width: int) -> str:
    """As much of it as fits, and dots where that is not all."""
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip(' …')}…"


@lru_cache(maxsize=8)
def _font(size: int) -> FreeTypeFont:
    from PIL import ImageFont

    # Where there is no FreeType there is another font, of pixels and of one size.
    return cast("FreeTypeFont", ImageFont.load_default(size))


@lru_cache(maxsize=1)
def _leaf() -> Image:
    from PIL import Image, ImageDraw

    scale = LEAF_SIZE * FINE / LEAF_GRID
    outline = [point for curve in LEAF_CURVES for point in _points_of(curve)] + [*LEAF_LINES]
    large = Image.new("L", (LEAF_SIZE * FINE,) * 2)
    ImageDraw.Draw(large).polygon([(x * scale, y * scale) for x, y in outline], 255)
    return large.resize((LEAF_SIZE, LEAF_SIZE), Image.Resampling.BOX)


def _points_of(curve: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """A cubic Bézier curve as a line of many parts."""
    for step in range(POINTS_OF_A_CURVE + 1):
        t = step / POINTS_OF_A_CURVE
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        x, y = (
            sum(w * point[axis] for w, point in zip(weights, curve, strict=True)) for axis in (0, 1)
        )
        yield x, y


def _ramp(ground: str, ink: str) -> Iterator[int]:
    """Red, green and blue of every shade from one colour to the other."""
    one, other = _parts_of(ground), _parts_of(ink)
    for shade in range(SHADES):
        for start, end in zip(one, other, strict=True):
            yield start + (end - start) * shade // (SHADES - 1)


def _parts_of(colour: str) -> tuple[int, ...]:
    """``"#14532d"`` and ``"#153"`` as red, green and blue."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    return tuple(bytes.fromhex(digits))


@lru_cache(maxsize=1024)
def _path_of(card: Card) -> str:
    digest = sha256("\0".join([*map(str, card), _drawn_by()]).encode()).hexdigest()
    name = f"topic-{card.topic_id}" if card.topic_id else "site"
    return f"{CARDS}{name}.{digest[:12]}.png"


@lru_cache(maxsize=1)
def _drawn_by() -> str:
    """Changes with whatever draws."""
    code = sha256(Path(__file__).read_bytes()).hexdigest()
    return f"{version('pillow')} {code}"
