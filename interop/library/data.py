"""Rows with what is hard: NULL, Unicode, `%`, `_` and `\\`, midnights of another time zone, cents."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import JSONField, Value

from library.models import Author, Book, Publisher, Review, Tag

TITLES = [
    "50% off", "a_b", "a\\b", "ÄRGER", "ärger", "Straße", "STRASSE", "天天生鲜", "O'Reilly", 'say "hi"', "", " padded ",
    "Zebra", "zebra", "abc", "ABC", "aBc", "100%_\\", "[regex]", "tab\there", "emoji 🍐", "çedilla", "Ijssel", "İstanbul",
    "last", "second", "x" * 100, "(?i)", "a.c", "^start",
]

DATA = [
    None, Value(None, JSONField()), {}, {"size": 5}, {"size": 5.0, "name": "Ärger"}, {"size": "5"}, {"size": None}, {"size": True},
    {"tags": ["new", "old"], "size": 40, "name": "50% _\\ 'x' \"y\""}, {"tags": [], "in": {"a b": {"k": 1}}}, [1, 2, {"size": 3}], "size", 7, True,
    {"size": {"height": [2, 3], "width": 1}}, {"天": "天天", "name": "abc"}, {"tags": [{"size": -1.5}]},
]


def fill():
    publishers = [
        Publisher.objects.create(name=name, country=country)
        for name, country in [("Alpha", "DE"), ("beta", None), ("Gamma", "CN"), ("Ärmel", "DE"), ("empty", "")]
    ]
    authors = []
    for index, (name, born, rating) in enumerate([
        ("Ada", date(1815, 12, 10), 4.5), ("Bob", None, None), ("Chen 陈", date(1970, 1, 1), 3.25), ("dora", date(2000, 2, 29), 0.1),
        ("Eve", date(1999, 12, 31), -1.0), ("nobody", None, 4.5),
    ]):
        mentor = authors[(index * 2) % index] if index and index != 3 else None
        authors.append(Author.objects.create(name=name, born=born, rating=rating, mentor=mentor))
    tags = [Tag.objects.create(name=name) for name in ["new", "old", "fruit", "水果", "unused"]]
    start = datetime(2025, 12, 30, 15, 59, 59, 999_999, tzinfo=UTC)
    for index, title in enumerate(TITLES):
        book = Book.objects.create(
            title=title,
            author=authors[index % 5],
            publisher=publishers[index % 4] if index % 5 else None,
            price=Decimal(index * index * 7 + 3) / 4 // Decimal("0.01") * Decimal("0.01"),
            discount=None if index % 3 else Decimal(index) / 4,
            pages=(index * 37) % 11 * 50,
            published=None if index % 7 == 3 else start + timedelta(days=index * 11, hours=index * 5, seconds=index),
            in_print=index % 4 != 1,
            isbn=uuid.uuid5(uuid.NAMESPACE_URL, str(index)),
            notes=None if index % 2 else f"note {index} {title}",
            data=DATA[index % len(DATA)],
        )
        book.tags.set(tags[: index % 4])
        for number in range(index % 4):
            Review.objects.create(
                took=None if number == 1 else timedelta(days=index - 5, seconds=number, microseconds=index),
                at=None if number == 2 else time(index % 24, number, 0, index % 2),
                book=book, stars=(index + number * 2) % 5 + 1, text=f"{title}{number}", day=date(2026, 1, 1) + timedelta(days=index * number)
            )
