"""Unions and their kin, and several prefetches; cases/combined.rs asks the same."""

from django.db.models import Count, Prefetch

from asking import authors, books, ids_of, publishers, reviews, tags

COMBINED = {
    "union": lambda: ids_of(books.filter(pages__gt=400).union(books.filter(author__name="Ada"))),
    "union_all": lambda: ids_of(books.filter(pages__gt=300).union(books.filter(pages__gt=400), all=True)),
    "union_three": lambda: ids_of(books.filter(pages=0).union(books.filter(pages=50), books.filter(pages=500))),
    "union_values": lambda: list(
        authors.values_list("name").union(publishers.values_list("name"), all=True).order_by("name")
    ),
    "union_two_values": lambda: list(
        books.order_by().values_list("pages", "in_print").union(books.order_by().values_list("pages", "in_print")).order_by("-pages", "in_print")
    ),
    "union_null": lambda: list(publishers.values_list("country").union(books.order_by().values_list("notes")).order_by("country")),
    "union_sliced": lambda: [x.id for x in books.filter(pages__gt=400).order_by().union(books.filter(pages=0).order_by()).order_by("-id")[2:6]],
    "union_ordered": lambda: [x.id for x in books.filter(pages=0).order_by().union(books.filter(pages=50).order_by()).order_by("pages", "-id")],
    "union_count": lambda: [books.filter(pages__gt=300).order_by().union(books.filter(pages__gt=400).order_by()).count()],
    "union_exists": lambda: [books.filter(pages__gt=900).order_by().union(books.filter(pages__gt=400).order_by()).exists()],
    "union_first": lambda: [books.filter(pages__gt=400).order_by().union(books.filter(pages=0).order_by()).order_by("id").first().id],
    "union_annotated": lambda: list(
        authors.annotate(n=Count("books")).values_list("name", "n").union(tags.annotate(n=Count("books")).values_list("name", "n")).order_by("name", "n")
    ),
    "union_part_sliced": lambda: ids_of(books.order_by("-id")[:3].union(books.order_by("id")[:2])),
    "intersection": lambda: ids_of(books.filter(pages__gt=100).intersection(books.filter(in_print=True))),
    "intersection_values": lambda: sorted(books.order_by().values_list("pages").intersection(books.order_by().filter(in_print=False).values_list("pages"))),
    "difference": lambda: ids_of(books.filter(pages__gt=100).difference(books.filter(in_print=True))),
    "difference_two": lambda: ids_of(books.all().difference(books.filter(in_print=True), books.filter(pages=0))),
    "prefetch_several": lambda: [
        (x.id, [y.id for y in x.reviews.all()], sorted(t.name for t in x.tags.all()))
        for x in books.order_by("id").prefetch_related(Prefetch("reviews", reviews.order_by("id")), "tags")
    ],
}
