"""What the cases ask with."""

import json

from django.db import NotSupportedError
from django.db.models import OuterRef

from library.models import Author, Book, Publisher, Review, Tag

books, authors, publishers, reviews, tags = (model.objects for model in (Book, Author, Publisher, Review, Tag))


def ids(queryset):
    return list(queryset.order_by("id").values_list("id", flat=True))


def b(*conditions, **lookups):
    return ids(books.filter(*conditions, **lookups))


def xb(*conditions, **lookups):
    return ids(books.exclude(*conditions, **lookups))


def a(*conditions, **lookups):
    return ids(authors.filter(*conditions, **lookups))


def xa(*conditions, **lookups):
    return ids(authors.exclude(*conditions, **lookups))


def p(*conditions, **lookups):
    return ids(publishers.filter(*conditions, **lookups))


def xp(*conditions, **lookups):
    return ids(publishers.exclude(*conditions, **lookups))


def newest(column):
    return reviews.filter(book=OuterRef("pk")).order_by("-id").values(column)[:1]


def thickest(column):
    return books.filter(author=OuterRef("author_id")).order_by("-pages", "-id").values(column)[:1]


def as_json(value):
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def supported(case):
    try:
        return case()
    except NotSupportedError:
        return None


def ids_of(combination):
    parts = combination.query.combined_queries
    for part in parts:
        if not part.is_sliced:
            part.clear_ordering(force=True)
    return [row.id for row in combination.order_by("id")]


def of_books(expression):
    return list(books.order_by("id").annotate(x=expression).values_list("id", "x"))
