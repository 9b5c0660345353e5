"""The search index of a release: made beside it, and switched in on its own.

    public/search/<id>            what readers of release <id> find at search/index/: a link to
    public/search/made/<id>/      the index that was made of release <id>, or of one before it
    public/search/made/none/      nothing, while none may be shown
    state/search-since            the oldest release whose index may still be shown by the newest

Each release has a link of its own to the first. So a release without what has left and without the
index that finds it is switched in as one, an index that is finished is switched in later, and
neither waits for the other. What dies while it is made wears a ``.new-`` prefix.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import orjson

from frontend_export.disk import explained, sync_folder, sync_tree, write_durably
from frontend_export.errors import SearchError
from frontend_export.search_chunks import SIGNATURE, too_large
from frontend_export.state.lock import lock

LINK = PurePosixPath("search/index")  # of a release, to what its readers search
NEW, OLD = ".new-", ".old-"
NONE = "none"
POLITENESS = 19
# What a page of ours asks for; Pagefind brings four interfaces of its own along.
KEPT = ("pagefind.js", "pagefind-worker.js", "pagefind-entry.json")
KEPT_SUFFIXES = (".pagefind", ".pf_meta")
KEPT_FOLDERS = ("fragment", "index", "filter")
COMMON = "common-words.json"
MOST_TIMES = 30_000  # about a byte each of what a browser fetches
SAMPLED_PAGES = 400
MOST_CHUNK_BYTES = 32_000  # a query fetches one for each word: four, in the 300 KB it may take
# Becomes the program it is given, which ends with the process that began it: what goes on after a
# killed export writes into a folder that the next one clears. Elsewhere than on Linux it goes on.
WITH_ITS_PARENT = """
import ctypes, os, signal, sys
parent, *command = sys.argv[1:]
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(parent):
        sys.exit(1)
os.execv(command[0], command)
"""
WORD = re.compile(r"[^\W\d_]+")

Hold = Callable[[subprocess.Popen[str]], None]


class IndexedFile(NamedTuple):
    """A page to be indexed: its path in the site, and where it lies."""

    path: str
    place: Path


class SearchIndexes:
    """All indexes of one output folder. Only the holder of the lock may change what is shown."""

    def __init__(self, output_dir: Path, state_dir: Path) -> None:
        self._folder = output_dir / "search"
        self._made = self._folder / "made"
        self._since = state_dir / "search-since"

    def link_into(self, root: Path, release: str) -> None:
        """Give a draft its link to what will be shown beside it."""
        link = root / LINK
        with explained(link):
            link.parent.mkdir(exist_ok=True)
            up = "../" * (len(LINK.parts) + 1)
            link.symlink_to(f"{up}{self._folder.name}/{release}")

    def settle(self, release: str, *, has_lost: bool) -> None:
        """Say what a release shows, before it is served.

        ``has_lost``: pages or parts of them left with it, and with them every index that may have
        their words. Otherwise the newest one goes on to serve.
        """
        shown = self.shown_by(release)
        with explained(self._folder):
            (self._made / NONE).mkdir(parents=True, exist_ok=True)
            if has_lost or not self._since.is_file():
                write_durably(self._since, [release.encode()])
                if shown != release:  # an index of that very release has nothing else in it
                    self._show(release, NONE)
            elif shown is None:
                self._show(release, max(self._usable(), default=NONE))

    def shown_by(self, release: str) -> str | None:
        """The release whose index is shown beside this one, ``"none"``, or ``None`` before
        anything was settled."""
        try:
            return (self._folder / release).readlink().name
        except FileNotFoundError:
            return None

    def make(self, release: str, files: Iterable[IndexedFile], *, hold: Hold) -> None:
        """Make the index of a release, durably; nothing shows it yet. Raises ``SearchError``.

        May run while other releases are made; ``LockedError`` where another index is. ``hold`` is
        given the process that does the work.
        """
        work = self._work(release)
        with lock(self._folder):
            with explained(self._folder):
                for left in self._folder.glob(f"{NEW}*"):
                    shutil.rmtree(left)
                _gather(files, work / "site")
            _run(work, hold)
            with explained(self._folder):
                shutil.rmtree(work / "site")
                _strip(work / "index")
                (work / "index" / COMMON).write_bytes(orjson.dumps(common_words(work / "index")))
                sync_tree(work)

    def publish(self, release: str, *, kept: Collection[str]) -> bool:
        """Show an index that was made, beside its release and those after it.

        Not when something has left meanwhile: then the release is not ``kept``, or too old.
        """
        work = self._work(release)
        with explained(self._folder):
            if release not in kept or release < self._oldest_usable():
                shutil.rmtree(work, ignore_errors=True)
                return False
            if (self._made / release).exists():
                shutil.rmtree(self._made / release)  # nobody was shown it
            (work / "index").replace(self._made / release)
            work.rmdir()
            sync_folder(self._made)
            for one in kept:
                if one >= release and (self.shown_by(one) or NONE) in (
                    NONE,
                    *self._before(release),
                ):
                    self._show(one, release)
        self.prune(kept)
        return True

    def prune(self, kept: Collection[str]) -> None:
        """Remove what no kept release shows, and all of it where none is kept."""
        if not self._folder.is_dir():
            return
        with explained(self._folder):
            for link in self._folder.iterdir():
                if link.is_symlink() and link.name not in kept:
                    link.unlink()
            shown = {self.shown_by(one) for one in kept}
            for index in self._indexes() - shown:
                old = self._folder / f"{OLD}{index}"
                (self._made / str(index)).rename(old)
            for old in self._folder.glob(f"{OLD}*"):
                shutil.rmtree(old)
            if not kept:
                shutil.rmtree(self._folder)
                self._since.unlink(missing_ok=True)

    def _work(self, release: str) -> Path:
        return self._folder / f"{NEW}{release}"

    def _show(self, release: str, index: str) -> None:
        new = self._folder / f"{release}.new"
        new.unlink(missing_ok=True)
        new.symlink_to(f"{self._made.name}/{index}")
        new.replace(self._folder / release)
        sync_folder(self._folder)

    def _indexes(self) -> set[str | None]:
        return {path.name for path in self._made.iterdir() if path.name != NONE}

    def _before(self, release: str) -> set[str | None]:
        return {one for one in self._indexes() if one and one < release}

    def _usable(self) -> set[str]:
        since = self._oldest_usable()
        return {one for one in self._indexes() if one and one >= since}

    def _oldest_usable(self) -> str:
        return self._since.read_text()


def _gather(files: Iterable[IndexedFile], site: Path) -> None:
    """In one tree, since the indexer follows no links; what is removed meanwhile stays in it."""
    for path, place in files:
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(place, target)


def _strip(index: Path) -> None:
    """Take out what no page of ours asks for."""
    for path in index.iterdir():
        if path.is_dir() and path.name not in KEPT_FOLDERS:
            shutil.rmtree(path)
        elif path.is_file() and not (path.name in KEPT or path.name.endswith(KEPT_SUFFIXES)):
            path.unlink()


def common_words(index: Path) -> list[str]:
    """The words that stand on the pages more than ``MOST_TIMES``, as far as a sample tells; rarest
    first.

    What the index has of such a word is large, and to ask for it beside another tells little. The
    same pages give the same sample: their records are named by what is in them.
    """
    records = sorted((index / "fragment").iterdir())
    sample = records[:: max(1, len(records) // SAMPLED_PAGES)]
    counts: Counter[str] = Counter()
    for record in sample:
        text = gzip.decompress(record.read_bytes()).removeprefix(SIGNATURE)
        counts.update(WORD.findall(orjson.loads(text)["content"].lower()))
    most = MOST_TIMES * len(sample) / max(1, len(records))
    return [word for count, word in sorted((c, w) for w, c in counts.items()) if count > most]


def _run(work: Path, hold: Hold) -> None:
    """Pagefind on all that lies in ``site``."""
    try:
        from pagefind_bin import get_executable  # a package of some megabytes, needed here alone

        pagefind = [get_executable(), "--site", work / "site", "--output-path", work / "index"]
    except (ImportError, OSError) as error:
        raise _did_not_start(error) from error
    _work_apart("Pagefind", [*map(str, pagefind), "--silent"], hold)
    if not (work / "index" / "pagefind-entry.json").is_file():
        raise _ended("Pagefind", "nothing made")
    if too_large(work / "index", MOST_CHUNK_BYTES):
        trim = [sys.executable, "-m", "frontend_export.search_chunks"]
        _work_apart(
            "the cutting of its chunks",
            [*trim, str(work / "index"), str(MOST_CHUNK_BYTES)],
            hold,
        )


def _work_apart(what: str, command: list[str], hold: Hold) -> None:
    """Run it in a process that goes last and ends with this one. Raises ``SearchError``."""
    try:
        process = subprocess.Popen(  # noqa: S603 - programs of packages in the lock, or our own
            [sys.executable, "-ISc", WITH_ITS_PARENT, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise _did_not_start(error) from error
    with process:
        hold(process)
        _make_modest(process.pid)
        _, said = process.communicate()
    if process.returncode:
        raise _ended(what, f"{process.returncode} ({' '.join(said.split())[-300:]})")


def _ended(what: str, how: str) -> SearchError:
    return SearchError(
        f"The search index was not made: {what} ended with {how}. "
        "The site is out, and its search waits."
    )


def _did_not_start(error: Exception) -> SearchError:
    return SearchError(
        f"The search index was not made: Pagefind did not start ({error}). "
        "Install the locked requirements, or set PLAINLEAF_SEARCH=false."
    )


def _make_modest(pid: int) -> None:
    """Everybody else goes first, and where memory runs out it is this process that ends."""
    os.setpriority(os.PRIO_PROCESS, pid, POLITENESS)
    with suppress(OSError):  # where there is no such file, no such choice is made either
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
