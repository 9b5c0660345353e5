"""The two names that `fs` 2.4 imports from ``pkg_resources``, which left setuptools with 82.

`fs` is what django-bakery writes files through. On the path of this peer's process only.
"""

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points


def declare_namespace(name: str) -> None:
    """Nothing to do: no other distribution adds to the package."""


def iter_entry_points(group: str, name: str | None = None) -> Iterator[EntryPoint]:
    return iter(entry_points(group=group, **({"name": name} if name else {})))
