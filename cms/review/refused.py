"""Why a review was refused: a sentence for the person who asked."""

from __future__ import annotations


class RefusedReview(Exception):  # noqa: N818 it is what happened, as RefusedReview(…) reads
    """Nothing was changed. The words say why, and what to do."""
