"""Rows that are written once: none of them is changed or removed by the program."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

CHANGED = "What is written once is not changed: write another"
REMOVED = "What is written once stays, as does every"


class WrittenOnceQuerySet(models.QuerySet):
    def update(self, **values: Any) -> NoReturn:
        raise TypeError(f"{CHANGED} {self.model.__name__}.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.update()

    def delete(self) -> NoReturn:
        raise TypeError(f"{REMOVED} {self.model.__name__}.")


class WrittenOnce(models.Model):
    """An entry of a log. Whoever is named in one may be deleted: then it names nobody."""

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError(f"{CHANGED} {type(self).__name__}.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{REMOVED} {type(self).__name__}.")
