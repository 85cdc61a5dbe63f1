"""Querysets in querysets; cases/subqueries.rs asks the same."""

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery, Sum

from asking import a, authors, b, books, ids, newest, publishers, reviews, tags, thickest, xa, xb

SUBQUERIES = {
    "in_query": lambda: b(id__in=reviews.filter(stars=5).values("book_id")),
    "in_query_null": lambda: a(id__in=authors.values("mentor_id")),
    "in_query_exclude": lambda: xb(id__in=reviews.filter(stars=5).values("book_id")),
    "in_query_exclude_null": lambda: xa(id__in=authors.values("mentor_id")),
    "in_query_exclude_null_column": lambda: xb(publisher_id__in=publishers.filter(country="DE").values("id")),
    "in_query_rows": lambda: b(author__in=authors.filter(rating__gt=3)),
    "in_query_rows_exclude": lambda: xb(publisher__in=publishers.filter(country="DE")),
    "in_query_across": lambda: b(author__mentor__in=authors.filter(rating__gt=4)),
    "in_query_across_exclude": lambda: xb(author__mentor__in=authors.filter(rating__gt=4)),
    "in_query_reverse": lambda: ids(authors.filter(books__in=books.filter(pages=0)).distinct()),
    "in_query_reverse_exclude": lambda: xa(books__in=books.filter(pages=0)),
    "in_query_m2m": lambda: ids(books.filter(tags__in=tags.filter(name__contains="u")).distinct()),
    "in_query_m2m_exclude": lambda: xb(tags__in=tags.filter(name__contains="u")),
    "in_query_sliced": lambda: b(id__in=books.order_by("-pages", "id").values("id")[:5]),
    "in_query_distinct": lambda: b(pages__in=books.filter(in_print=False).order_by("title").values("pages").distinct()),
    "in_query_grouped": lambda: b(
        id__in=reviews.values("book").annotate(n=Count("id")).filter(n__gt=1).values("book")
    ),
    "in_query_joined": lambda: b(author_id__in=authors.filter(books__pages=0).values("id")),
    "in_query_outer": lambda: b(pages__in=books.filter(author=OuterRef("author_id")).exclude(id=OuterRef("id")).values("pages")),
    "exists_subquery": lambda: b(Exists(reviews.filter(book=OuterRef("pk"), stars=5))),
    "exists_not": lambda: b(~Exists(reviews.filter(book=OuterRef("pk"), stars=5))),
    "exists_or": lambda: b(Exists(reviews.filter(book=OuterRef("pk"), stars=5)) | Q(pages=0)),
    "exists_and_not": lambda: b(Q(pages__gt=100) & ~Exists(reviews.filter(book=OuterRef("pk")))),
    "exists_anywhere": lambda: b(Exists(reviews.filter(stars=5))),
    "exists_nowhere": lambda: b(Exists(reviews.filter(stars=9))),
    "exists_null": lambda: a(Exists(authors.filter(mentor=OuterRef("pk")))),
    "exists_across": lambda: b(Exists(authors.filter(born__lt=OuterRef("author__born")))),
    "exists_across_null": lambda: b(Exists(publishers.filter(country=OuterRef("publisher__country"), id__gt=1))),
    "exists_across_not": lambda: b(~Exists(publishers.filter(country=OuterRef("publisher__country")))),
    "exists_expression": lambda: b(Exists(books.filter(pages__gt=OuterRef("pages") + 300))),
    "exists_inner_exclude": lambda: b(Exists(reviews.filter(book=OuterRef("pk")).exclude(stars=5))),
    "exists_exclude_outer": lambda: b(Exists(books.exclude(title=OuterRef("title")).filter(price__lte=OuterRef("discount")))),
    "exists_exclude_outer_null": lambda: b(Exists(books.exclude(discount=OuterRef("discount")).filter(id=OuterRef("id")))),
    "exists_same_table": lambda: b(Exists(books.filter(author=OuterRef("author_id"), pages__gt=OuterRef("pages")))),
    "exists_joins": lambda: b(Exists(reviews.filter(book__author__name=OuterRef("author__name"), stars=1))),
    "exists_reverse": lambda: a(Exists(publishers.filter(books__author=OuterRef("pk"), country="CN"))),
    "exists_m2m": lambda: ids(tags.filter(Exists(books.filter(tags=OuterRef("pk"), pages=0)))),
    "exists_grouped": lambda: a(
        Exists(books.filter(author=OuterRef("pk")).values("pages").annotate(n=Count("id")).filter(n__gt=1))
    ),
    "exists_sliced": lambda: a(Exists(books.filter(author=OuterRef("pk")).order_by("id")[5:])),
    "exists_nested": lambda: a(
        Exists(books.filter(Exists(reviews.filter(book=OuterRef("pk"), stars=5)), author=OuterRef("pk")))
    ),
    "exists_behind": lambda: ids(reviews.filter(Exists(reviews.filter(book=OuterRef("book__pk"), stars=5)))),
    "exists_annotated": lambda: list(
        books.order_by("id").annotate(x=Exists(reviews.filter(book=OuterRef("pk"), stars=5))).values_list("id", "x")
    ),
    "exists_counted": lambda: [books.filter(Exists(reviews.filter(book=OuterRef("pk"), stars=5))).count()],
    "subquery": lambda: list(books.order_by("id").annotate(x=Subquery(newest("stars"))).values_list("id", "x")),
    "subquery_filter": lambda: b(pages=Subquery(thickest("pages"))),
    "subquery_exclude": lambda: xb(pages=Subquery(thickest("pages"))),
    "subquery_exclude_null": lambda: xb(discount__lt=Subquery(thickest("discount"))),
    "subquery_anywhere": lambda: b(pages__gt=Subquery(books.order_by("id").values("pages")[1:2])),
    "subquery_decimal": lambda: list(books.order_by("id").annotate(x=Subquery(thickest("price"))).values_list("id", "x")),
    "subquery_instant": lambda: list(books.order_by("id").annotate(x=Subquery(thickest("published"))).values_list("id", "x")),
    "subquery_day": lambda: list(books.order_by("id").annotate(x=Subquery(newest("day"))).values_list("id", "x")),
    "subquery_uuid": lambda: list(books.order_by("id").annotate(x=Subquery(thickest("isbn"))).values_list("id", "x")),
    "subquery_text": lambda: list(books.order_by("id").annotate(x=Subquery(thickest("author__name"))).values_list("id", "x")),
    "subquery_plus": lambda: list(books.order_by("id").annotate(x=Subquery(newest("stars")) + 1).values_list("id", "x")),
    "subquery_order": lambda: list(
        books.annotate(x=Subquery(thickest("title"))).order_by("-x", "id").values_list("id", flat=True)
    ),
    "subquery_annotate_filter": lambda: ids(books.annotate(x=Subquery(newest("stars"))).filter(x__gt=2)),
    "subquery_annotate_exclude": lambda: ids(books.annotate(x=Subquery(newest("stars"))).exclude(x__gt=2)),
    "subquery_count": lambda: list(authors.order_by("id").annotate(n=Subquery(
        books.filter(author=OuterRef("pk")).order_by().values("author").annotate(n=Count("pk")).values("n")
    )).values_list("id", "n")),
    "subquery_max": lambda: [books.annotate(x=Subquery(newest("stars"))).aggregate(y=Max("x"), z=Sum("x"))],
    "subquery_group": lambda: list(
        books.annotate(x=Subquery(thickest("id"))).order_by("x").values("x").annotate(n=Count("id")).values_list("x", "n")
    ),
    "subquery_rows": lambda: [(x.id, x.x) for x in books.order_by("id").annotate(x=Subquery(newest("stars")))],
}
