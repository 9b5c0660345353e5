"""Draw the sample site's pictures: ``python content_fixtures/images/draw.py``.

Every picture is plain shapes on a soft ground, 1280 by 720 pixels, and the same bytes on every
run with the same Pillow. Drawn at three times the size and scaled down, for smooth edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 1280, 720
SCALE = 3
COLOURS = 96

SAND = (247, 241, 230)
MIST = (228, 238, 234)
LEAF = (74, 124, 89)
LEAF_LIGHT = (133, 173, 139)
LEAF_DARK = (44, 84, 64)
CLAY = (206, 128, 92)
CLAY_LIGHT = (231, 183, 152)
CREAM = (255, 252, 245)
SLATE = (64, 86, 98)
SKY = (166, 199, 208)
NIGHT = (38, 54, 82)
NIGHT_LIGHT = (70, 92, 128)
MOON = (250, 232, 184)

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Canvas:
    """A picture in the coordinates of the finished one."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), top)
        self.draw = ImageDraw.Draw(self.image)
        bands = 24
        for band in range(bands):
            share = band / (bands - 1)
            colour = tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
            upper = HEIGHT * band / bands
            self.rectangle((0, upper, WIDTH, upper + HEIGHT / bands), colour)

    def rectangle(
        self, box: tuple[float, ...], colour: tuple[int, ...], *, radius: float = 0
    ) -> None:
        self.draw.rounded_rectangle([v * SCALE for v in box], radius * SCALE, fill=colour)

    def circle(self, centre: Point, radius: float, colour: Colour) -> None:
        x, y = centre
        self.ellipse((x - radius, y - radius, x + radius, y + radius), colour)

    def ellipse(self, box: tuple[float, ...], colour: Colour) -> None:
        self.draw.ellipse([v * SCALE for v in box], fill=colour)

    def polygon(self, points: list[Point], colour: Colour) -> None:
        self.draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        self.draw.line(scaled, fill=colour, width=round(width * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle((x, y), width / 2, colour)

    def crescent(
        self, centre: Point, radius: float, shade: Point, shade_radius: float, colour: Colour
    ) -> None:
        """What a circle keeps when a second one covers part of it."""
        edge = [_on_circle(centre, radius, half) for half in range(720)]
        inner = [_on_circle(shade, shade_radius, half) for half in range(720)]
        lit = [point for point in edge if math.dist(point, shade) >= shade_radius]
        shaded = [point for point in inner if math.dist(point, centre) <= radius]
        middle = math.atan2(centre[1] - shade[1], centre[0] - shade[0])

        def turn(point: Point) -> float:
            angle = math.atan2(point[1] - shade[1], point[0] - shade[0]) - middle
            return math.remainder(angle, math.tau)

        self.polygon(sorted(lit, key=turn) + sorted(shaded, key=turn, reverse=True), colour)

    def leaf(
        self, base: Point, length: float, degrees: float, colour: Colour, vein: Colour
    ) -> None:
        """A pointed leaf from its base; 0 degrees points right, 90 up."""
        angle = math.radians(degrees)
        along = (math.cos(angle), -math.sin(angle))
        across = (math.sin(angle), math.cos(angle))
        steps = 40
        sides: list[list[Point]] = [[], []]
        for step in range(steps + 1):
            share = step / steps
            half = length * 0.21 * math.sin(math.pi * share**0.8)
            for side, sign in zip(sides, (1, -1), strict=True):
                side.append(
                    (
                        base[0] + along[0] * length * share + across[0] * half * sign,
                        base[1] + along[1] * length * share + across[1] * half * sign,
                    )
                )
        self.polygon(sides[0] + sides[1][::-1], colour)
        tip = (base[0] + along[0] * length * 0.86, base[1] + along[1] * length * 0.86)
        self.line([base, tip], vein, 3)

    def sprig(self, base: Point, height: float, lean: float, colour: Colour, vein: Colour) -> None:
        """A stem with leaves in pairs; ``lean`` is how far its top is to the right."""
        stem = [
            (base[0] + lean * share**2, base[1] - height * share)
            for share in (step / 20 for step in range(21))
        ]
        self.line(stem, vein, 5)
        for index in range(4, 19, 4):
            length = height * (0.42 - 0.012 * index)
            self.leaf(stem[index], length, 35, colour, vein)
            self.leaf(stem[index], length, 145, colour, vein)
        self.leaf(stem[-1], height * 0.24, 90 - lean / 10, colour, vein)

    def save(self, path: Path) -> None:
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        small.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _on_circle(centre: Point, radius: float, half_degrees: int) -> Point:
    angle = math.radians(half_degrees / 2)
    return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)


def welcome() -> Canvas:
    canvas = Canvas(MIST, SAND)
    canvas.circle((930, 250), 150, CREAM)
    canvas.ellipse((-260, 500, 900, 1060), LEAF_LIGHT)
    canvas.ellipse((480, 540, 1620, 1100), LEAF)
    canvas.sprig((330, 600), 380, 50, LEAF, LEAF_DARK)
    canvas.sprig((560, 640), 240, -40, LEAF_DARK, LEAF)
    canvas.sprig((1010, 620), 300, 60, LEAF_LIGHT, LEAF_DARK)
    return canvas


def ketamine() -> Canvas:
    canvas = Canvas(MIST, SKY)
    canvas.circle((640, 380), 300, MIST)
    canvas.rectangle((0, 590, WIDTH, HEIGHT), SAND)
    canvas.rectangle((0, 590, WIDTH, 600), CLAY_LIGHT)
    canvas.ellipse((500, 572, 790, 612), CLAY_LIGHT)
    canvas.rectangle((530, 300, 750, 592), CREAM, radius=34)
    canvas.rectangle((598, 236, 682, 312), CREAM, radius=10)
    canvas.rectangle((586, 190, 694, 246), SLATE, radius=12)
    canvas.rectangle((586, 226, 694, 236), SKY)
    canvas.rectangle((530, 390, 750, 530), LEAF)
    canvas.leaf((600, 500), 110, 40, CREAM, LEAF)
    canvas.line([(190, 120), (190, 592)], SLATE, 10)
    canvas.line([(150, 120), (230, 120)], SLATE, 10)
    canvas.rectangle((236, 150, 330, 318), CREAM, radius=26)
    canvas.rectangle((236, 232, 330, 318), SKY, radius=26)
    canvas.rectangle((236, 228, 330, 260), SKY)
    canvas.line([(228, 124), (283, 152)], SLATE, 6)
    canvas.line([(283, 318), (283, 400), (300, 470), (360, 540), (450, 586)], SLATE, 6)
    canvas.sprig((1040, 592), 300, 46, LEAF, LEAF_DARK)
    return canvas


def paracetamol() -> Canvas:
    canvas = Canvas(SAND, CLAY_LIGHT)
    canvas.circle((1010, 190), 240, SAND)
    canvas.rectangle((214, 194, 814, 574), CLAY, radius=30)
    canvas.rectangle((200, 176, 800, 556), CREAM, radius=30)
    for row in range(2):
        for column in range(4):
            centre = (282 + column * 145, 276 + row * 180)
            canvas.circle(centre, 58, MIST)
            if (row, column) != (1, 3):
                canvas.circle((centre[0] + 4, centre[1] + 6), 45, SKY)
                canvas.circle(centre, 45, CREAM)
                canvas.line(
                    [(centre[0] - 26, centre[1]), (centre[0] + 26, centre[1])], CLAY_LIGHT, 5
                )
    canvas.ellipse((880, 520, 1040, 556), CLAY)
    canvas.circle((956, 478), 62, CREAM)
    canvas.line([(922, 478), (990, 478)], CLAY_LIGHT, 6)
    canvas.leaf((1080, 610), 260, 62, LEAF, LEAF_DARK)
    canvas.leaf((1080, 610), 200, 112, LEAF_LIGHT, LEAF_DARK)
    return canvas


def naloxone() -> Canvas:
    canvas = Canvas(MIST, LEAF_LIGHT)
    canvas.circle((640, 330), 280, MIST)
    canvas.ellipse((330, 590, 950, 640), LEAF)
    canvas.rectangle((350, 270, 930, 612), CLAY, radius=42)
    canvas.rectangle((350, 270, 930, 330), CLAY_LIGHT, radius=42)
    canvas.rectangle((350, 306, 930, 336), CLAY_LIGHT)
    canvas.rectangle((540, 226, 740, 284), SLATE, radius=26)
    canvas.rectangle((566, 250, 714, 284), MIST, radius=10)
    canvas.rectangle((350, 270, 930, 296), CLAY_LIGHT, radius=20)
    canvas.circle((640, 470), 98, CREAM)
    canvas.rectangle((612, 404, 668, 536), LEAF, radius=10)
    canvas.rectangle((574, 442, 706, 498), LEAF, radius=10)
    canvas.leaf((150, 640), 270, 70, LEAF, LEAF_DARK)
    canvas.leaf((150, 640), 200, 28, LEAF_DARK, LEAF)
    canvas.leaf((1120, 640), 280, 108, LEAF, LEAF_DARK)
    canvas.leaf((1120, 640), 210, 150, LEAF_DARK, LEAF)
    return canvas


def sleep() -> Canvas:
    canvas = Canvas(NIGHT, NIGHT_LIGHT)
    canvas.crescent((930, 210), 118, (982, 176), 104, MOON)
    for x, y, radius in [
        (140, 110, 4),
        (300, 210, 3),
        (450, 90, 5),
        (620, 170, 3),
        (740, 80, 4),
        (1130, 330, 4),
        (1190, 130, 3),
        (560, 300, 3),
        (210, 330, 4),
    ]:
        canvas.circle((x, y), radius, MOON)
    canvas.ellipse((-220, 430, 820, 1100), SLATE)
    canvas.ellipse((520, 470, 1560, 1120), LEAF_DARK)
    canvas.rectangle((250, 520, 1030, 720), SKY, radius=50)
    canvas.rectangle((290, 470, 560, 590), CREAM, radius=46)
    canvas.rectangle((250, 580, 1030, 720), LEAF, radius=40)
    canvas.rectangle((250, 580, 1030, 618), LEAF_LIGHT, radius=19)
    canvas.leaf((1150, 650), 210, 66, LEAF, LEAF_LIGHT)
    canvas.leaf((1150, 650), 170, 104, LEAF_LIGHT, LEAF_DARK)
    return canvas


def ketamine_and_depression() -> Canvas:
    canvas = Canvas(SAND, MIST)
    canvas.rectangle((0, 590, WIDTH, HEIGHT), CLAY_LIGHT)
    canvas.rectangle((390, 90, 890, 430), CREAM, radius=18)
    canvas.rectangle((410, 110, 870, 410), SKY)
    canvas.circle((760, 190), 46, MOON)
    canvas.polygon([(410, 410), (410, 330), (540, 260), (690, 350), (690, 410)], LEAF_LIGHT)
    canvas.polygon([(600, 410), (730, 300), (870, 360), (870, 410)], LEAF)
    canvas.rectangle((634, 110, 646, 410), CREAM)
    for left, back in ((190, 190), (850, 1010)):
        canvas.rectangle((back, 350, back + 80, 620), SLATE, radius=30)
        canvas.rectangle((left, 500, left + 240, 600), SLATE, radius=30)
        canvas.rectangle((left + 24, 590, left + 40, 660), LEAF_DARK)
        canvas.rectangle((left + 200, 590, left + 216, 660), LEAF_DARK)
    canvas.rectangle((540, 540, 740, 560), CLAY, radius=8)
    canvas.rectangle((630, 556, 650, 660), CLAY)
    canvas.rectangle((604, 490, 676, 542), CREAM, radius=12)
    canvas.leaf((640, 494), 110, 70, LEAF, LEAF_DARK)
    canvas.leaf((640, 494), 100, 115, LEAF_DARK, LEAF)
    return canvas


def lithium() -> Canvas:
    canvas = Canvas(SKY, MIST)
    canvas.circle((640, 330), 290, MIST)
    canvas.rectangle((0, 580, WIDTH, HEIGHT), CLAY_LIGHT)
    canvas.rectangle((0, 580, WIDTH, 592), CLAY)
    canvas.rectangle((250, 250, 420, 592), CREAM, radius=20)
    canvas.rectangle((264, 360, 406, 580), SKY, radius=14)
    canvas.rectangle((264, 360, 406, 378), MIST, radius=8)
    canvas.rectangle((500, 490, 760, 592), LEAF, radius=46)
    canvas.rectangle((500, 466, 760, 516), LEAF_LIGHT, radius=25)
    canvas.circle((630, 491), 14, LEAF_DARK)
    canvas.rectangle((830, 260, 1080, 592), CLAY, radius=14)
    canvas.rectangle((850, 260, 1070, 580), CREAM, radius=8)
    for row, filled in enumerate((True, True, True, False)):
        top = 310 + row * 66
        canvas.rectangle((880, top, 910, top + 30), LEAF if filled else MIST, radius=6)
        canvas.rectangle((930, top + 8, 1040, top + 22), SKY, radius=7)
    canvas.leaf((160, 600), 220, 80, LEAF, LEAF_DARK)
    canvas.leaf((160, 600), 170, 120, LEAF_DARK, LEAF)
    return canvas


def ssris() -> Canvas:
    canvas = Canvas(MIST, SAND)
    canvas.rectangle((300, 60, 980, 570), CREAM, radius=20)
    canvas.rectangle((326, 86, 954, 544), SKY)
    canvas.circle((770, 220), 84, MOON)
    for x, y, radius in ((460, 250, 60), (540, 220, 80), (630, 260, 58)):
        canvas.circle((x, y), radius, CREAM)
    canvas.rectangle((410, 250, 690, 318), CREAM, radius=34)
    canvas.ellipse((200, 450, 800, 760), LEAF_LIGHT)
    canvas.rectangle((0, 544, WIDTH, HEIGHT), SAND)
    canvas.rectangle((630, 86, 650, 544), CREAM)
    canvas.rectangle((250, 560, 1030, 604), CLAY_LIGHT, radius=10)
    canvas.sprig((800, 470), 250, 26, LEAF, LEAF_DARK)
    canvas.polygon([(730, 440), (870, 440), (846, 566), (754, 566)], CLAY)
    canvas.rectangle((718, 424, 882, 458), CLAY, radius=8)
    return canvas


def methotrexate() -> Canvas:
    canvas = Canvas(SAND, SKY)
    canvas.circle((300, 220), 210, SAND)
    canvas.rectangle((250, 90, 930, 480), CREAM, radius=24)
    canvas.rectangle((250, 90, 930, 170), SLATE, radius=24)
    canvas.rectangle((250, 140, 930, 172), SLATE)
    for ring in (400, 780):
        canvas.rectangle((ring - 10, 60, ring + 10, 124), CLAY, radius=10)
    for row in range(3):
        for column in range(7):
            left, top = 286 + column * 90, 200 + row * 90
            marked = column == 2
            canvas.rectangle((left, top, left + 68, top + 68), LEAF if marked else MIST, radius=12)
            if marked:
                tick = [(left + 18, top + 36), (left + 30, top + 50), (left + 52, top + 20)]
                canvas.line(tick, CREAM, 8)
    canvas.rectangle((0, 600, WIDTH, HEIGHT), CLAY_LIGHT)
    canvas.rectangle((420, 500, 760, 650), CREAM, radius=10)
    canvas.rectangle((420, 560, 760, 600), LEAF)
    canvas.circle((480, 530), 16, SKY)
    canvas.circle((530, 530), 16, SKY)
    canvas.leaf((1060, 650), 260, 76, LEAF, LEAF_DARK)
    canvas.leaf((1060, 650), 200, 116, LEAF_DARK, LEAF)
    return canvas


def migraine() -> Canvas:
    canvas = Canvas(NIGHT, NIGHT_LIGHT)
    canvas.rectangle((360, 60, 920, 470), NIGHT_LIGHT)
    canvas.rectangle((616, 80, 664, 450), MOON)
    for left, right in ((360, 616), (664, 920)):
        canvas.rectangle((left, 50, right, 480), SLATE, radius=10)
        for fold in range(3):
            x = left + 50 + fold * 72
            canvas.rectangle((x, 60, x + 14, 470), NIGHT_LIGHT, radius=7)
    canvas.rectangle((320, 36, 960, 58), CLAY, radius=11)
    canvas.rectangle((160, 560, 860, 720), LEAF_DARK, radius=50)
    canvas.rectangle((160, 480, 250, 700), LEAF_DARK, radius=40)
    canvas.rectangle((280, 490, 520, 620), SKY, radius=50)
    canvas.rectangle((960, 590, 1180, 612), CLAY, radius=8)
    canvas.rectangle((1060, 606, 1080, 720), CLAY)
    canvas.rectangle((1030, 480, 1110, 592), SKY, radius=14)
    canvas.rectangle((1040, 520, 1100, 584), MIST, radius=10)
    return canvas


PICTURES: tuple[Callable[[], Canvas], ...] = (
    welcome,
    ketamine,
    paracetamol,
    naloxone,
    sleep,
    ketamine_and_depression,
    lithium,
    ssris,
    methotrexate,
    migraine,
)

if __name__ == "__main__":
    for picture in PICTURES:
        name = picture.__name__.replace("_", "-")
        picture().save(Path(__file__).with_name(f"{name}.png"))
