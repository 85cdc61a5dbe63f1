"""Prints each row of Limits as Django reads it, finds it by each value, and stores a copy of it."""

import datetime
import json

import django

django.setup()

from django.db.models import JSONField, Value  # noqa: E402

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
        "time": row.time.isoformat(timespec="microseconds"),
        "length": row.length // datetime.timedelta(microseconds=1),
        "data": row.data,
        "more": row.more,
        "nothing": row.nothing,
    }


rows = list(Limits.objects.order_by("id"))
missed = []
for row in rows:
    for name in NAMES:
        value = getattr(row, name)
        # Of a JSON field, None asks for JSON's null.
        lookup = {f"{name}__isnull": True} if value is None and name != "data" else {name: value}
        if not Limits.objects.filter(pk=row.pk, **lookup).exists():
            missed.append([row.pk, name])
for row in rows:
    values = {name: getattr(row, name) for name in NAMES}
    if row.data is None:
        values["data"] = Value(None, JSONField())
    Limits.objects.create(**values)
print(json.dumps({"rows": [shown(row) for row in rows], "missed": missed}))
