"""Functions and `Case`; cases/functions.rs asks the same."""

from decimal import Decimal as D

from django.db.models import Case, Count, Exists, F, FloatField, IntegerField, OuterRef, Q, Sum, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Least, Length, Lower, Now, NullIf, Trim, Upper

from asking import authors, b, books, ids, of_books, reviews

SIZE = Case(When(pages__gt=300, then=Value("thick")), When(pages__gt=100, then=Value("middle")), default=Value("thin"))

FUNCTIONS = {
    "lower": lambda: of_books(Lower("title")),
    "upper": lambda: of_books(Upper("title")),
    "upper_null": lambda: of_books(Upper("notes")),
    "trim": lambda: of_books(Trim("title")),
    "length": lambda: of_books(Length("title")),
    "length_null": lambda: of_books(Length("notes")),
    "length_of_lower": lambda: of_books(Length(Lower("author__name"))),
    "lower_filter": lambda: ids(books.annotate(x=Lower("title")).filter(x="abc")),
    "lower_exclude": lambda: ids(books.annotate(x=Lower("title")).exclude(x="abc")),
    "lower_contains": lambda: ids(books.annotate(x=Lower("title")).filter(x__contains="bra")),
    "length_filter": lambda: ids(books.annotate(x=Length("title")).filter(x__gt=6)),
    "length_order": lambda: list(books.order_by(Length("title").desc(), "id").values_list("id", flat=True)),
    "coalesce": lambda: of_books(Coalesce("notes", Value("none", TextField()))),
    "coalesce_number": lambda: of_books(Coalesce("discount", Value(D("1.5")))),
    "coalesce_columns": lambda: of_books(Coalesce("discount", "price")),
    "coalesce_nullable": lambda: of_books(Coalesce("publisher__country", "notes", output_field=TextField())),
    "coalesce_join": lambda: of_books(Coalesce("publisher__name", Value("-"))),
    "coalesce_filter": lambda: ids(books.annotate(x=Coalesce("discount", Value(D("1")))).filter(x=1)),
    "coalesce_join_filter": lambda: ids(books.annotate(x=Coalesce("publisher__name", Value("-"))).filter(x="-")),
    "coalesce_rating": lambda: list(authors.order_by("id").values_list(Coalesce("rating", Value(0.5)), Coalesce("mentor_id", Value(0)))),
    "coalesce_sum": lambda: [books.filter(pages__lt=0).aggregate(x=Coalesce(Sum("discount"), Value(D(0))), y=Coalesce(Sum("pages"), Value(7)))],
    "concat": lambda: of_books(Concat("title", Value(" by "), "author__name")),
    "concat_null": lambda: of_books(Concat("notes", Value("!", TextField()))),
    "greatest": lambda: of_books(Greatest("pages", Value(100))),
    "greatest_null": lambda: of_books(Greatest("discount", "price")),
    "least": lambda: of_books(Least("pages", Value(100))),
    "null_if": lambda: of_books(NullIf("pages", Value(0))),
    "cast_float": lambda: of_books(Cast("pages", FloatField())),
    "cast_text": lambda: of_books(Cast("pages", TextField())),
    "cast_integer": lambda: of_books(Cast("price", IntegerField())),
    "now": lambda: b(published__lt=Now()),
    "case": lambda: of_books(SIZE),
    "case_null": lambda: of_books(Case(When(pages__gt=300, then=Value(1)), When(in_print=False, then=Value(2)))),
    "case_columns": lambda: of_books(Case(When(in_print=True, then=F("price")), default=F("price") * 2)),
    "case_decimal": lambda: of_books(Case(When(in_print=True, then=Value(D("1.50"))), default=Value(D("0")))),
    "case_across": lambda: of_books(Case(When(publisher__country="DE", then=F("publisher__name")), default=Value("abroad"))),
    "case_not": lambda: of_books(Case(When(~Q(discount__gt=1), then=Value(1)), default=Value(0))),
    "case_exists": lambda: of_books(Case(When(Exists(reviews.filter(book=OuterRef("pk"), stars=5)), then=Value(5)), default=Value(0))),
    "case_filter": lambda: ids(books.annotate(x=SIZE).filter(x="middle")),
    "case_order": lambda: list(books.order_by(SIZE, "id").values_list("id", flat=True)),
    "case_sum": lambda: [books.aggregate(x=Sum(Case(When(in_print=True, then=F("pages")), default=Value(0))))],
    "case_sum_decimal": lambda: [books.aggregate(x=Sum(Case(When(in_print=True, then=F("price")), default=Value(D("0.5")))))],
    "case_group": lambda: list(books.annotate(x=SIZE).order_by("x").values("x").annotate(n=Count("id")).values_list("x", "n")),
    "case_having": lambda: list(
        books.annotate(x=SIZE).order_by("x").values("x").annotate(n=Count("id")).filter(n__gt=9).values_list("x", "n")
    ),
}
