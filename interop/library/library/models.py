"""The library's models; interop/src/bin/querysets/models.rs has the same ones."""

from django.db import models


class Publisher(models.Model):
    name = models.CharField(max_length=50)
    country = models.CharField(max_length=2, null=True)


class Author(models.Model):
    name = models.CharField(max_length=50)
    born = models.DateField(null=True)
    rating = models.FloatField(null=True)
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="pupils")


class Tag(models.Model):
    name = models.CharField(max_length=30, unique=True)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    publisher = models.ForeignKey(Publisher, models.SET_NULL, null=True, related_name="books")
    price = models.DecimalField(max_digits=10, decimal_places=2)
    discount = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    pages = models.IntegerField()
    published = models.DateTimeField(null=True)
    in_print = models.BooleanField(default=True)
    isbn = models.UUIDField(unique=True)
    notes = models.TextField(null=True)
    data = models.JSONField(null=True)
    tags = models.ManyToManyField(Tag, related_name="books")

    class Meta:
        ordering = ["title", "id"]


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    stars = models.SmallIntegerField()
    text = models.TextField()
    day = models.DateField()
    took = models.DurationField(null=True)
    at = models.TimeField(null=True)
