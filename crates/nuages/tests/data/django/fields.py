"""Prints each row of Limits as Django reads it, finds it by each value, and stores a copy of it."""

import json

import django

django.setup()

from every.models import Limits  # noqa: E402

NAMES = [field.name for field in Limits._meta.fields if field.name != "id"]


def shown(row):
    return {
        "small": row.small,
        "plain": row.plain,
        "big": row.big,
        "positive": row.positive,
        "positive_small": row.positive_small,
        "flag": row.flag,
        "ratio": repr(row.ratio),
        "name": row.name,
        "text": row.text,
        "price": str(row.price),
        "day": row.day.isoformat(),
        "at": row.at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "ident": str(row.ident),
        "raw": bytes(row.raw).hex(),
        "nothing": row.nothing,
    }


rows = list(Limits.objects.order_by("id"))
missed = []
for row in rows:
    for name in NAMES:
        value = getattr(row, name)
        lookup = {f"{name}__isnull": True} if value is None else {name: value}
        if not Limits.objects.filter(pk=row.pk, **lookup).exists():
            missed.append([row.pk, name])
for row in rows:
    Limits.objects.create(**{name: getattr(row, name) for name in NAMES})
print(json.dumps({"rows": [shown(row) for row in rows], "missed": missed}))
