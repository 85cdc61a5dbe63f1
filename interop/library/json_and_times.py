"""JSON, durations and times; cases/json.rs asks the same. JSON is compared as text, because a dict is no row."""

from datetime import time, timedelta

from django.db.models import Max, Min

from asking import as_json, b, books, ids, reviews, supported, xb

JSON_AND_TIMES = {
    "json_values": lambda: [(x, as_json(y)) for x, y in books.order_by("id").values_list("id", "data")],
    "json_exact": lambda: b(data={"size": 5}),
    "json_exact_list": lambda: b(data=[1, 2, {"size": 3}]),
    "json_exact_text": lambda: b(data="size"),
    "json_null": lambda: b(data=None),
    "json_isnull": lambda: b(data__isnull=True),
    "json_exclude": lambda: xb(data={"size": 5}),
    "json_exclude_null": lambda: xb(data=None),
    "json_key": lambda: b(data__size=5),
    "json_key_text": lambda: b(data__size="5"),
    "json_key_true": lambda: b(data__size=True),
    "json_key_null": lambda: b(data__size=None),
    "json_key_object": lambda: b(data__size={"height": [2, 3], "width": 1}),
    "json_key_isnull": lambda: b(data__size__isnull=True),
    "json_key_not_isnull": lambda: b(data__size__isnull=False),
    "json_key_in": lambda: b(data__size__in=[40, "5", True]),
    "json_key_gt": lambda: b(data__size__gt=5),
    "json_key_lte": lambda: b(data__size__lte=5),
    "json_key_exclude": lambda: xb(data__size=5),
    "json_key_exclude_gt": lambda: xb(data__size__gt=5),
    "json_key_unicode": lambda: b(**{"data__天": "天天"}),
    "json_key_space": lambda: b(**{"data__in__a b__k": 1}),
    "json_index": lambda: b(data__tags__0="new"),
    "json_index_root": lambda: b(data__2__size=3),
    "json_deep": lambda: b(data__size__height__1=3),
    "json_deep_gt": lambda: b(data__tags__0__size__lt=0),
    "json_has_key": lambda: b(data__has_key="size"),
    "json_has_key_exclude": lambda: xb(data__has_key="size"),
    "json_has_key_deep": lambda: b(data__size__has_key="width"),
    "json_contains": lambda: supported(lambda: b(data__contains={"size": 5})),
    "json_contains_list": lambda: supported(lambda: b(data__contains=[2])),
    "json_text": lambda: b(data__name__icontains="ärg"),
    "json_text_startswith": lambda: b(data__name__startswith="50% _"),
    "json_text_regex": lambda: b(data__name__regex="^a.c$"),
    "json_key_values": lambda: [(x, as_json(y)) for x, y in books.order_by("id").values_list("id", "data__name")],
    "json_key_order": lambda: list(books.filter(data__name__isnull=False).order_by("data__name", "id").values_list("id", flat=True)),
    "json_review": lambda: ids(reviews.filter(book__data__size=40)),
    # durations and times
    "took": lambda: list(reviews.order_by("id").values_list("took", "at")),
    "took_gt": lambda: ids(reviews.filter(took__gt=timedelta(days=3))),
    "took_exact": lambda: ids(reviews.filter(took=timedelta(days=-3, microseconds=2))),
    "took_range": lambda: ids(reviews.filter(took__range=(timedelta(days=-4), timedelta(days=1)))),
    "took_order": lambda: list(reviews.filter(took__isnull=False).order_by("-took", "id").values_list("id", flat=True)),
    "took_max": lambda: [reviews.aggregate(x=Max("took"), y=Min("at"))],
    "at_gte": lambda: ids(reviews.filter(at__gte=time(12, 0))),
    "at_exact": lambda: ids(reviews.filter(at=time(3, 0, 0, 1))),
    "at_in": lambda: ids(reviews.filter(at__in=[time(2, 0), time(3, 1, 0, 1)])),
}
