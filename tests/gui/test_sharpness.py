"""At 100, 150 and 200 % everything is drawn anew, never stretched."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from inspector.gui.kit.icons import APP_SIZES, app_icon

SCRIPT = """
import sys
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
app = QApplication([])
from inspector.gui.kit.badges import Badge, BadgeLabel
from inspector.gui.kit.buttons import Button, IconButton
from inspector.gui.kit.theme import Theme
theme = Theme(app)
theme.force(False)
row = QWidget()
layout = QHBoxLayout(row)
for badge in Badge:
    label = BadgeLabel(theme)
    label.show_badge(badge)
    layout.addWidget(label)
layout.addWidget(IconButton(theme, "search", "Find"))
layout.addWidget(Button(theme, "Replay", icon="replay", key="R"))
row.resize(900, 44)
row.show()
app.processEvents()
picture = row.grab()
print(picture.devicePixelRatio(), row.width(), row.height())
assert picture.save(sys.argv[1])
"""


def drawn(folder: Path, factor: float) -> tuple[QImage, float, QSize]:
    """A row of badges and buttons in a process of its own, as the factor is read when Qt starts."""
    file = folder / f"{factor}.png"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(factor)}
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file)], env=environment, capture_output=True, text=True, check=True
    )
    ratio, width, height = found.stdout.split()
    return QImage(str(file)), float(ratio), QSize(int(width), int(height))


@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_it_is_as_fine_as_the_screen(tmp_path: Path, factor: float) -> None:
    plain, _, size = drawn(tmp_path, 1.0)
    fine, ratio, _ = drawn(tmp_path, factor)
    assert ratio == factor
    assert fine.width() == round(size.width() * factor)
    assert fine.height() == round(size.height() * factor)
    stretched = plain.scaled(
        fine.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    assert edges(fine) > 1.15 * edges(stretched), "what is stretched has softer edges"


def edges(image: QImage) -> float:
    """How hard the steps between neighbours are: the sum of their squares."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    data, stride = bytes(grey.constBits()), grey.bytesPerLine()
    total = 0
    for y in range(grey.height()):
        line = data[y * stride : y * stride + grey.width()]
        total += sum((a - b) ** 2 for a, b in itertools.pairwise(line))
    return total


def test_the_programs_icon_comes_in_each_size_a_desktop_asks_for(qapp: object) -> None:
    icon = app_icon()
    assert {size.width() for size in icon.availableSizes()} == set(APP_SIZES)
    assert {16, 24, 32, 48, 64, 128, 256} <= set(APP_SIZES)
    for side in APP_SIZES:
        image = icon.pixmap(QSize(side, side)).toImage()
        colours = {image.pixelColor(x, side // 2).name() for x in range(side)}
        assert len(colours) > 2, f"at {side} the ring can be seen on its ground"
