"""Render the articles of an exported site, time after time, and say as JSON what one took."""

from __future__ import annotations

import gc
import json
import sys
import time
from datetime import UTC, datetime
from statistics import median

from frontend_export.config import read_settings
from frontend_export.content import Listing
from frontend_export.pipeline.intake import decode
from frontend_export.render.chosen import renderer_of
from frontend_export.state.store import opened_again

PAGE_TYPE = "articles.ArticlePage"
NO_LIST = Listing(1, 1, ())


def main(repeats: int) -> None:
    """The processor's time, not the clock's: other processes share the machine. Collecting
    garbage is part of it, as seldom as in the processes of an export."""
    settings = read_settings()
    content = opened_again(settings.state_dir / "state.db", decode)
    content.expect_many()
    links = [link for link in content.all_links() if link.type == PAGE_TYPE]
    pages = [page for page in map(content.page, [link.id for link in links]) if page]
    renderer, now = renderer_of(settings), datetime.now(UTC)
    gc.freeze()
    gc.set_threshold(50_000)
    seconds = []
    size = 0
    for _ in range(repeats):
        started = time.process_time()
        for page in pages:
            size = len(renderer.page(page, content, now=now, listing=NO_LIST).body)
        seconds.append(time.process_time() - started)
    each = [1e6 * one / len(pages) for one in seconds]
    json.dump(
        {"fastest": round(min(each)), "median": round(median(each)), "bytes": size}, sys.stdout
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
