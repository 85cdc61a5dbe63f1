"""Querysets by name, as Django asks them; interop/src/bin/querysets/cases.rs asks the same."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal as D

from django.db.models import Avg, Count, F, Max, Min, Q, Sum
from django.db.models.functions import ExtractYear

from asking import a, authors, b, books, ids, publishers, reviews, tags, xa, xb, xp
from combined import COMBINED
from functions import FUNCTIONS
from json_and_times import JSON_AND_TIMES
from subqueries import SUBQUERIES

NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TEXTS = ["50%", "_", "\\", "ä", "Ä", "straße", "a", "ABC", "天", "'", '"', "", " ", "%_\\", "🍐", "i", "İ", "[", "^", "."]
PATTERNS = ["^a", "b$", "a.c", "[A-Z]+", r"\d+%", "天.生", r"\\", "^$", "(x){50}"]

CONDITIONS = {
    # exact and its kin
    "exact_text": lambda: b(title="abc"),
    "exact_text_none": lambda: b(notes=None),
    "exact_empty": lambda: b(title=""),
    "exact_int": lambda: b(pages=100),
    "exact_decimal": lambda: b(price=D("7.75")),
    "exact_decimal_quantized": lambda: b(price=D("7.751")),
    "exact_bool": lambda: b(in_print=False),
    "exact_uuid": lambda: b(isbn=uuid.uuid5(uuid.NAMESPACE_URL, "7")),
    "exact_instant": lambda: b(published=datetime(2025, 12, 30, 15, 59, 59, 999_999, tzinfo=UTC)),
    "exact_date": lambda: a(born=date(2000, 2, 29)),
    "exact_float": lambda: a(rating=0.1),
    "exact_key": lambda: b(pk=4),
    "gt_price": lambda: b(price__gt=D("100")),
    "gte_pages": lambda: b(pages__gte=300),
    "lt_instant": lambda: b(published__lt=NOON),
    "lte_date": lambda: a(born__lte=date(1970, 1, 1)),
    "gt_float": lambda: a(rating__gt=3.25),
    "gt_text": lambda: b(title__gt="b"),
    "range_int": lambda: b(pages__range=(100, 200)),
    "range_instant": lambda: b(published__range=(NOON, datetime(2026, 6, 1, tzinfo=UTC))),
    "range_reversed": lambda: b(pages__range=(200, 100)),
    "isnull": lambda: b(publisher__isnull=True),
    "not_isnull": lambda: b(publisher__isnull=False),
    "isnull_notes": lambda: b(notes__isnull=True),
    "in_ints": lambda: b(pages__in=[0, 50, 450]),
    "in_empty": lambda: b(pages__in=[]),
    "in_none": lambda: b(notes__in=[None]),
    "in_some_none": lambda: b(notes__in=[None, "note 0 50% off"]),
    "in_texts": lambda: b(title__in=["abc", "天天生鲜", "O'Reilly"]),
    "in_uuids": lambda: b(isbn__in=[uuid.uuid5(uuid.NAMESPACE_URL, str(n)) for n in (1, 2)]),
    "exclude_in_empty": lambda: xb(pages__in=[]),
    "exclude_in_none": lambda: xb(notes__in=["note 0 50% off"]),
    "iexact_none": lambda: b(notes__iexact=None),
    # combinations
    "and": lambda: b(Q(pages__gt=100) & Q(in_print=True)),
    "or": lambda: b(Q(pages=0) | Q(price__lt=5)),
    "not": lambda: b(~Q(pages=0)),
    "not_not": lambda: b(~~Q(pages=0)),
    "not_and": lambda: b(~(Q(pages__gt=100) & Q(in_print=True))),
    "not_or": lambda: b(~(Q(pages=0) | Q(discount__gt=1))),
    "exclude_null": lambda: xb(discount=D("0.75")),
    "exclude_gt_null": lambda: xb(discount__gt=1),
    "exclude_isnull": lambda: xb(discount__isnull=True),
    "exclude_two": lambda: xb(discount__gt=1, pages__gt=100),
    "exclude_contains_null": lambda: xb(notes__contains="note 1"),
    "filter_exclude": lambda: ids(books.filter(in_print=True).exclude(pages__lt=200)),
    "nested": lambda: b(Q(in_print=True) & (Q(pages=0) | ~Q(discount=None))),
    # expressions
    "f_gt_f": lambda: b(price__gt=F("pages")),
    "f_arithmetic": lambda: b(price__gt=F("price") * 2 - 20),
    "f_null": lambda: b(discount__lt=F("discount") + 1),
    "exclude_f_null": lambda: xb(price__gt=F("discount")),
    "f_mod": lambda: b(pages=F("pages") % 100),
    "f_across": lambda: b(title=F("author__name")),
    "annotate_plus": lambda: list(books.order_by("id").annotate(x=F("pages") + 1).values_list("id", "x")),
    "annotate_times": lambda: list(books.order_by("id").annotate(x=F("price") * 3).values_list("id", "x")),
    "annotate_null": lambda: list(books.order_by("id").annotate(x=F("discount") - 1).values_list("id", "x")),
    "annotate_divide_integers": lambda: list(books.order_by("id").annotate(x=F("pages") / 100).values_list("id", "x")),
    "annotate_divide_by_zero": lambda: list(books.order_by("id").annotate(x=F("id") / F("pages")).values_list("id", "x")),
    "annotate_filter": lambda: ids(books.annotate(x=F("pages") * 2).filter(x__gt=500)),
    "annotate_order": lambda: list(books.annotate(x=F("pages") * -1).order_by("x", "id").values_list("id", flat=True)),
    # keys
    "fk_id": lambda: b(author_id=2),
    "fk_column": lambda: b(author__name="Ada"),
    "fk_column_null_key": lambda: b(publisher__name="Alpha"),
    "fk_column_null_value": lambda: b(publisher__country=None),
    "fk_isnull_value": lambda: b(publisher__country__isnull=False),
    "fk_exclude": lambda: xb(author__name="Ada"),
    "fk_exclude_null_key": lambda: xb(publisher__name="Alpha"),
    "fk_exclude_null_value": lambda: xb(publisher__country="DE"),
    "fk_exclude_isnull": lambda: xb(publisher__country__isnull=True),
    "fk_or": lambda: b(Q(publisher__country="DE") | Q(author__name="Bob")),
    "fk_or_own": lambda: b(Q(publisher__country="DE") | Q(pages=0)),
    "fk_or_null": lambda: b(Q(publisher__country="DE") | Q(publisher__isnull=True)),
    "fk_and_or": lambda: b(Q(publisher__country="DE") & (Q(author__name="Bob") | Q(publisher__name="Alpha"))),
    "fk_not_or": lambda: b(~(Q(publisher__country="DE") | Q(author__name="Bob"))),
    "fk_two": lambda: b(author__mentor__name="Ada"),
    "fk_two_null": lambda: b(author__mentor__name=None),
    "fk_two_exclude": lambda: xb(author__mentor__name="Ada"),
    "fk_three": lambda: b(author__mentor__mentor__name="Ada"),
    "fk_instance": lambda: b(author=authors.get(name="Bob")),
    "fk_instances": lambda: b(author__in=list(authors.filter(rating=4.5))),
    "self_fk": lambda: a(mentor__rating__gt=4),
    "self_fk_exclude": lambda: xa(mentor__rating__gt=4),
    "fk_contains": lambda: b(author__name__icontains="A"),
    "fk_year": lambda: b(author__born__year=1970),
    "fk_f": lambda: b(pages__gt=F("author__rating")),
    "order_by_fk": lambda: list(books.order_by("author__name", "-id").values_list("id", flat=True)),
    "order_by_null_fk": lambda: list(books.order_by("publisher__name", "id").values_list("id", flat=True)),
    "values_fk": lambda: list(books.order_by("id").values_list("id", "author__name", "publisher__name")),
    "values_fk_two": lambda: list(books.order_by("id").values_list("id", "author__mentor__name")),
    "values_fk_null_country": lambda: list(books.order_by("id").values_list("id", "publisher__country")),
    "select_related": lambda: [(x.id, x.author.name) for x in books.order_by("id").select_related("author")],
    "select_related_null": lambda: [
        (x.id, x.publisher and x.publisher.name) for x in books.order_by("id").select_related("publisher")
    ],
    "select_related_two": lambda: [
        (x.id, x.author.name, x.author.mentor and x.author.mentor.name)
        for x in books.order_by("id").select_related("author__mentor")
    ],
    "prefetch": lambda: [(x.id, [y.id for y in x.books.all()]) for x in authors.order_by("id").prefetch_related("books")],
    "prefetch_two": lambda: [
        (x.id, sorted(z.id for y in x.books.all() for z in y.reviews.all()))
        for x in authors.order_by("id").prefetch_related("books__reviews")
    ],
    # the other way
    "reverse": lambda: a(books__title="abc"),
    "reverse_duplicates": lambda: ids(authors.filter(books__pages__gt=300)),
    "reverse_distinct": lambda: ids(authors.filter(books__pages__gt=300).distinct()),
    "reverse_same_row": lambda: ids(authors.filter(books__pages=0, books__in_print=False).distinct()),
    "reverse_two_filters": lambda: ids(authors.filter(books__pages=0).filter(books__in_print=False).distinct()),
    "reverse_two_filters_duplicates": lambda: ids(authors.filter(books__pages=0).filter(books__in_print=False)),
    "reverse_isnull": lambda: a(books__isnull=True),
    "reverse_not_isnull": lambda: ids(authors.filter(books__isnull=False).distinct()),
    "reverse_exclude": lambda: xa(books__pages=0),
    "reverse_exclude_two": lambda: xa(books__pages=0, books__in_print=False),
    "reverse_exclude_isnull": lambda: xa(books__isnull=True),
    "reverse_exclude_not_isnull": lambda: xa(books__isnull=False),
    "reverse_exclude_null_value": lambda: xa(books__notes=None),
    "reverse_filter_not": lambda: ids(authors.filter(Q(books__pages=0) & ~Q(books__in_print=False)).distinct()),
    "reverse_or": lambda: ids(authors.filter(Q(books__pages=0) | Q(name="nobody")).distinct()),
    "reverse_or_not": lambda: ids(authors.filter(~Q(books__pages=0) | Q(name="Ada")).distinct()),
    "reverse_two_hops": lambda: ids(authors.filter(books__reviews__stars=5).distinct()),
    "reverse_two_hops_exclude": lambda: xa(books__reviews__stars=5),
    "reverse_behind_fk": lambda: ids(books.filter(author__books__title="abc")),
    "reverse_behind_fk_exclude": lambda: xb(author__books__title="abc"),
    "reverse_behind_null_fk_exclude": lambda: xb(publisher__books__title="abc"),
    "reverse_f_exclude": lambda: xa(books__title=F("name")),
    "reverse_self": lambda: ids(authors.filter(pupils__name="dora")),
    "reverse_self_exclude": lambda: xa(pupils__rating__isnull=False),
    "reverse_order": lambda: list(publishers.order_by("books__pages", "id").values_list("id", "books__pages")),
    "reverse_values": lambda: list(publishers.order_by("id", "books__id").values_list("id", "books__title")),
    "reverse_filter_values": lambda: list(
        publishers.filter(books__pages__gt=200).order_by("id", "books__id").values_list("id", "books__title")
    ),
    "reverse_publisher_exclude": lambda: xp(books__in_print=True),
    # many-to-many
    "m2m": lambda: b(tags__name="fruit"),
    "m2m_back": lambda: ids(tags.filter(books__title="abc")),
    "m2m_exclude": lambda: xb(tags__name="fruit"),
    "m2m_isnull": lambda: b(tags__isnull=True),
    "m2m_two_filters": lambda: ids(books.filter(tags__name="fruit").filter(tags__name="old")),
    "m2m_same_row": lambda: ids(books.filter(tags__name="fruit", tags__id__gt=1)),
    "m2m_count": lambda: list(tags.annotate(n=Count("books")).order_by("id").values_list("name", "n")),
    "m2m_prefetch": lambda: [(x.id, sorted(t.name for t in x.tags.all())) for x in books.order_by("id").prefetch_related("tags")],
    "m2m_behind_fk": lambda: ids(authors.filter(books__tags__name="old").distinct()),
    # aggregates
    "aggregate_sum": lambda: [books.aggregate(x=Sum("pages"), y=Sum("price"), z=Sum("discount"))],
    "aggregate_avg": lambda: [books.aggregate(x=Avg("pages"), y=Avg("price"), z=Avg("author__rating"))],
    "aggregate_min_max": lambda: [books.aggregate(w=Min("published"), x=Max("published"), y=Min("title"), z=Max("discount"))],
    "aggregate_count": lambda: [books.aggregate(x=Count("id"), y=Count("notes"), z=Count("author", distinct=True))],
    "aggregate_empty": lambda: [books.filter(pages__in=[]).aggregate(x=Sum("pages"), y=Count("id"), z=Max("title"))],
    "aggregate_filter": lambda: [books.aggregate(x=Sum("pages", filter=Q(in_print=True)), y=Count("id", filter=Q(author__name="Ada")))],
    "aggregate_expression": lambda: [books.aggregate(x=Sum(F("price") * F("pages")), y=Max(F("pages") + 1))],
    "aggregate_sliced": lambda: [books.order_by("id")[:5].aggregate(x=Sum("pages"), y=Count("id"))],
    "aggregate_distinct": lambda: [books.order_by("pages").values("pages").distinct().aggregate(x=Sum("pages"))],
    "aggregate_reverse": lambda: [authors.aggregate(x=Count("books"), y=Sum("books__pages"))],
    "aggregate_of_annotation": lambda: [authors.annotate(n=Count("books")).aggregate(x=Avg("n"), y=Max("n"))],
    "aggregate_dates": lambda: [authors.aggregate(x=Min("born"), y=Max("born"))],
    "annotate_count": lambda: list(authors.annotate(n=Count("books")).order_by("id").values_list("id", "n")),
    "annotate_count_rows": lambda: [(x.name, x.n) for x in authors.annotate(n=Count("books")).order_by("id")],
    "annotate_sum": lambda: list(authors.annotate(n=Sum("books__price")).order_by("id").values_list("id", "n")),
    "annotate_two": lambda: list(
        authors.annotate(n=Count("books"), m=Max("books__pages")).order_by("id").values_list("id", "n", "m")
    ),
    "annotate_two_relations": lambda: list(
        authors.annotate(n=Count("books", distinct=True), m=Count("books__reviews")).order_by("id").values_list("id", "n", "m")
    ),
    "annotate_having": lambda: ids(authors.annotate(n=Count("books")).filter(n__gt=5)),
    "annotate_having_or": lambda: ids(authors.annotate(n=Count("books")).filter(Q(n=0) | Q(name="Ada"))),
    "annotate_having_and": lambda: ids(authors.annotate(n=Count("books")).filter(Q(n__gt=1) & Q(name__startswith="A"))),
    "annotate_exclude": lambda: ids(authors.annotate(n=Count("books")).exclude(n=0)),
    "annotate_then_filter": lambda: list(
        authors.annotate(n=Count("books")).filter(books__pages=0).order_by("id").values_list("id", "n")
    ),
    "filter_then_annotate": lambda: list(
        authors.filter(books__pages=0).annotate(n=Count("books")).order_by("id").values_list("id", "n")
    ),
    "annotate_order_by": lambda: list(authors.annotate(n=Count("books")).order_by("-n", "name").values_list("name", flat=True)),
    "annotate_filtered": lambda: list(
        authors.annotate(n=Count("books", filter=Q(books__in_print=True))).order_by("id").values_list("id", "n")
    ),
    "annotate_avg_null": lambda: list(publishers.annotate(x=Avg("books__discount")).order_by("id").values_list("id", "x")),
    "annotate_count_count": lambda: [authors.annotate(n=Count("books")).filter(n__gt=2).count()],
    "annotate_exists": lambda: [authors.annotate(n=Count("books")).filter(n__gt=200).exists()],
    "annotate_fk": lambda: list(books.annotate(n=Count("reviews")).filter(author__name="Ada").order_by("id").values_list("id", "n")),
    "annotate_f_of_aggregate": lambda: ids(authors.annotate(n=Count("books")).filter(n__gt=F("rating"))),
    "group_by": lambda: list(books.order_by("pages").values("pages").annotate(n=Count("id")).values_list("pages", "n")),
    "group_by_fk": lambda: list(
        books.order_by("author__name").values("author__name").annotate(n=Sum("pages")).values_list("author__name", "n")
    ),
    "group_by_null": lambda: list(books.order_by().values("discount").annotate(n=Count("id")).values_list("discount", "n")),
    "group_by_two": lambda: list(
        books.order_by("in_print", "author_id").values("in_print", "author_id").annotate(n=Count("id"), m=Max("pages"))
        .values_list("in_print", "author_id", "n", "m")
    ),
    "group_by_having": lambda: list(
        books.order_by("pages").values("pages").annotate(n=Count("id")).filter(n__gt=2).values_list("pages", "n")
    ),
    "group_by_year": lambda: list(
        books.order_by("published__year").values("published__year").annotate(n=Count("id")).values_list("published__year", "n")
    ),
    "group_by_expression": lambda: list(
        books.annotate(x=F("pages") % 100).order_by("x").values("x").annotate(n=Count("id")).values_list("x", "n")
    ),
}

ROWS = {
    # order and slices
    "meta_ordering": lambda: list(books.values_list("id", flat=True)),
    "meta_reverse": lambda: list(books.reverse().values_list("id", flat=True)),
    "order_desc": lambda: list(books.order_by("-pages", "id").values_list("id", flat=True)),
    "order_null": lambda: list(books.order_by("discount", "id").values_list("id", flat=True)),
    "order_null_desc": lambda: list(books.order_by("-discount", "id").values_list("id", flat=True)),
    "order_text": lambda: list(books.order_by("title").values_list("id", flat=True)),
    "order_reverse": lambda: list(books.order_by("-pages", "id").reverse().values_list("id", flat=True)),
    "order_instant": lambda: list(books.order_by("-published", "id").values_list("id", "published")),
    "slice": lambda: list(books.order_by("id")[5:8].values_list("id", flat=True)),
    "slice_of_slice": lambda: list(books.order_by("id")[5:20][2:4].values_list("id", flat=True)),
    "slice_beyond": lambda: list(books.order_by("id")[100:].values_list("id", flat=True)),
    "slice_empty": lambda: list(books.order_by("id")[3:3].values_list("id", flat=True)),
    "distinct": lambda: list(books.order_by("pages").values_list("pages", flat=True).distinct()),
    "distinct_ordered_by_other": lambda: list(books.order_by("author__name", "pages").values_list("pages", flat=True).distinct()),
    "distinct_fk": lambda: list(books.order_by().values_list("author__name", flat=True).distinct()),
    "distinct_meta_ordering": lambda: list(books.values_list("in_print", flat=True).distinct()),
    "first": lambda: [books.first().id],
    "first_unordered": lambda: [authors.first().id],
    "last": lambda: [books.last().id],
    "last_unordered": lambda: [authors.last().id],
    "last_ordered": lambda: [books.order_by("pages", "id").last().id],
    "latest": lambda: [reviews.order_by("id").latest("id").id],
    "earliest": lambda: [books.filter(published__isnull=False).earliest("published").id],
    "first_none": lambda: [books.filter(pages=-1).first()],
    "count": lambda: [books.count()],
    "count_sliced": lambda: [books.all()[25:].count()],
    "count_distinct": lambda: [books.order_by().values("pages").distinct().count()],
    "count_joined": lambda: [authors.filter(books__pages__gt=100).count()],
    "count_joined_distinct": lambda: [authors.filter(books__pages__gt=100).distinct().count()],
    "exists": lambda: [books.filter(author__name="Eve").exists(), books.filter(author__name="nobody").exists()],
    "in_bulk": lambda: sorted((key, row.title) for key, row in books.in_bulk([1, 2, 99]).items()),
    # values of every type
    "values_all": lambda: list(
        books.order_by("id").values_list("id", "title", "price", "discount", "pages", "published", "in_print", "isbn")
    ),
    "values_notes": lambda: list(books.order_by("id").values_list("notes", flat=True)),
    "values_authors": lambda: list(authors.order_by("id").values_list("name", "born", "rating", "mentor_id")),
    "values_dict": lambda: list(books.order_by("id").values("id", "author__name")[:3]),
    # parts of dates, in Shanghai
    "year": lambda: b(published__year=2026),
    "year_gt": lambda: b(published__year__gt=2025),
    "year_gte": lambda: b(published__year__gte=2026),
    "year_lt": lambda: b(published__year__lt=2026),
    "year_lte": lambda: b(published__year__lte=2025),
    "year_in": lambda: b(published__year__in=[2024, 2026]),
    "year_range": lambda: b(published__year__range=(2026, 2027)),
    "year_null": lambda: b(published__year=None),
    "year_f": lambda: b(published__year=F("pages") + 1976),
    "year_and_pages": lambda: b(Q(published__year=2025) | Q(pages=0)),
    "year_fk": lambda: b(author__born__year__lt=1970),
    "iso_year_gt": lambda: b(published__iso_year__gt=2025),
    "exclude_year_gt": lambda: xb(published__year__gt=2025),
    "annotate_year": lambda: ids(books.annotate(x=ExtractYear("published")).filter(x=2026)),
    "month": lambda: b(published__month=3),
    "day": lambda: b(published__day=31),
    "week": lambda: b(published__week=1),
    "week_day": lambda: b(published__week_day=1),
    "iso_week_day": lambda: b(published__iso_week_day=7),
    "iso_year": lambda: b(published__iso_year=2026),
    "quarter": lambda: b(published__quarter=2),
    "hour": lambda: b(published__hour=0),
    "hour_range": lambda: b(published__hour__range=(8, 12)),
    "minute": lambda: b(published__minute=59),
    "second_in": lambda: b(published__second__in=[0, 1, 2]),
    "date": lambda: b(published__date=date(2025, 12, 30)),
    "date_gte": lambda: b(published__date__gte=date(2026, 5, 1)),
    "exclude_year": lambda: xb(published__year=2026),
    "exclude_date": lambda: xb(published__date__lt=date(2026, 5, 1)),
    "born_year": lambda: a(born__year=1815),
    "born_month": lambda: a(born__month__in=[1, 12]),
    "born_week_day": lambda: a(born__week_day__gt=3),
    "born_week": lambda: a(born__week=52),
    "values_parts": lambda: list(
        books.order_by("id").values_list(
            "published__year", "published__iso_year", "published__quarter", "published__month", "published__week",
            "published__day", "published__hour", "published__date",
        )
    ),
    "review_day": lambda: ids(reviews.filter(day__day=1, book__published__hour__lt=12)),
}

CASES = CONDITIONS | SUBQUERIES | FUNCTIONS | COMBINED | JSON_AND_TIMES | ROWS

for number, text in enumerate(TEXTS):
    for lookup in ["contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact"]:
        CASES[f"{lookup}_{number}"] = lambda lookup=lookup, text=text: b(**{f"title__{lookup}": text})
for number, pattern in enumerate(PATTERNS):
    for lookup in ["regex", "iregex"]:
        CASES[f"{lookup}_{number}"] = lambda lookup=lookup, pattern=pattern: b(**{f"title__{lookup}": pattern})
