"""What can go wrong, one class for each thing a caller does differently.

PlainleafError              a sentence for a person; ``exit_code`` for a machine
├── SettingsError      2    usage, or a setting that is missing or wrong
├── SourceError        3    the CMS could not be read
│   ├── FileUnavailableError    one file could not be had; only the pages that show it wait
│   └── DraftUnavailableError   a preview's token opens nothing, or no longer
├── ContentError       4    the content was refused
├── OutputError        5    the output or the target failed
│   └── SearchError             the site is out, and its search index could not be made
├── LockedError        6    another export holds the lock
└── DriftError         7    the CMS kept changing while it was read

Exit code 1 is kept for bugs: an exception that is none of these.
"""

from __future__ import annotations


class PlainleafError(Exception):
    """The root: catch this to print one line and leave with ``exit_code``."""

    exit_code = 1


class SettingsError(PlainleafError):
    """A setting is missing or wrong; the message names the variable."""

    exit_code = 2


class SourceError(PlainleafError):
    """The CMS could not be read; nothing was exported from what did arrive."""

    exit_code = 3


class FileUnavailableError(SourceError):
    """One image or document could not be had; the pages that show it keep their last version."""


class DraftUnavailableError(SourceError):
    """No draft is kept under a token; whoever asked is told so and no more."""


class ContentError(PlainleafError):
    """The content was refused; the message names the page and the remedy."""

    exit_code = 4


class OutputError(PlainleafError):
    """The output could not be written; the site that stands is unharmed."""

    exit_code = 5


class SearchError(OutputError):
    """The search index could not be made; the site is out without it, or with the one before."""


class LockedError(PlainleafError):
    """Another export is running on the same output."""

    exit_code = 6


class DriftError(PlainleafError):
    """The CMS changed between two reads that had to agree."""

    exit_code = 7
