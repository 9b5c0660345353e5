"""Write the articles as Hugo's: ``python -m benchmarks.peers.hugo 2000 wellbeing /tmp/source``."""

from __future__ import annotations

import sys
from pathlib import Path

import django

django.setup()

from benchmarks.articles import Kind  # noqa: E402
from benchmarks.peers.hugo.source import write_source  # noqa: E402

if __name__ == "__main__":
    write_source(Path(sys.argv[3]), pages=int(sys.argv[1]), kind=Kind(sys.argv[2]))
