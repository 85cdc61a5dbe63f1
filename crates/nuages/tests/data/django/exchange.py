"""Reads the row that Rust wrote, finds it by each of its values, and writes one of its own."""

import datetime
import decimal
import json
import uuid

import django

django.setup()

from every.models import Category, Every  # noqa: E402

ours = Every.objects.get(small=1)
lookups = {
    "small": ours.small,
    "plain": 3,
    "big": 9223372036854775806,
    "positive": 2147483647,
    "positive_small": 32767,
    "flag": True,
    "ratio": 0.1,
    "text": "天天'生鲜\\%_",
    "price": decimal.Decimal("99999999.90"),
    "day": datetime.date(2026, 2, 28),
    "at": datetime.datetime(2026, 1, 15, 12, 0, 0, 123, tzinfo=datetime.timezone.utc),
    "ident": uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
    "raw": b"\x00\xff",
    "category__code": "fruit",
    "by_code__code": "fruit",
    "order": "first",
}
missed = [name for name, value in lookups.items() if not Every.objects.filter(**{name: value}).exists()]
before = Every.objects.filter(at__lt=datetime.datetime(2026, 1, 15, 12, 0, 0, 124, tzinfo=datetime.timezone.utc))
if not before.exists():
    missed.append("at__lt")

theirs = Every.objects.create(
    small=-32768,
    big=-9223372036854775808,
    positive=0,
    positive_small=0,
    flag=False,
    ratio=1e300,
    text="",
    price=decimal.Decimal("-0.05"),
    day=datetime.date(1, 1, 1),
    ident=uuid.UUID(int=0),
    raw=b"",
    category=Category.objects.get(),
    order="naïve",
)
Every.objects.filter(pk=theirs.pk).update(at=datetime.datetime(9999, 12, 30, 21, 59, 59, 999999, datetime.timezone.utc))
print(json.dumps({"missed": missed, "price": str(ours.price), "id": theirs.pk}))
