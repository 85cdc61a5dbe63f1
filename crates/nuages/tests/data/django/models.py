"""A model with each type of column, and tests/data/models.rs in Python."""

from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=20)
    code = models.CharField(max_length=8, unique=True)


class Every(models.Model):
    small = models.SmallIntegerField()
    plain = models.IntegerField(default=3)
    big = models.BigIntegerField()
    positive = models.PositiveIntegerField()
    positive_small = models.PositiveSmallIntegerField()
    flag = models.BooleanField(default=True)
    ratio = models.FloatField(null=True)
    text = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    day = models.DateField(db_index=True)
    at = models.DateTimeField(auto_now=True)
    ident = models.UUIDField(unique=True)
    raw = models.BinaryField()
    category = models.ForeignKey(Category, on_delete=models.PROTECT)
    by_code = models.ForeignKey(
        Category, to_field="code", null=True, on_delete=models.CASCADE, related_name="+"
    )
    order = models.CharField(max_length=5, db_index=True)

    class Meta:
        ordering = ["id"]
        unique_together = [("small", "plain")]
        indexes = [models.Index(fields=["price", "-id"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(plain__gte=0), name="plain_gte_0"),
            models.UniqueConstraint(fields=["order", "category"], name="one_each"),
        ]


class Limits(models.Model):
    small = models.SmallIntegerField()
    plain = models.IntegerField()
    big = models.BigIntegerField()
    positive = models.PositiveIntegerField()
    positive_small = models.PositiveSmallIntegerField()
    flag = models.BooleanField()
    ratio = models.FloatField()
    name = models.CharField(max_length=20)
    text = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    day = models.DateField()
    at = models.DateTimeField()
    ident = models.UUIDField()
    raw = models.BinaryField()
    time = models.TimeField()
    length = models.DurationField()
    data = models.JSONField()
    more = models.JSONField(null=True)
    nothing = models.CharField(max_length=5, null=True)
