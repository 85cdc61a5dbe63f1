"""Django's answers: makes the tables, fills them, and prints each case as a line of JSON, as the Rust side prints it."""

import json
import os
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django
from django.db import DatabaseError, connection

django.setup()

from django.apps import apps

from cases import CASES
from data import fill


def plain(value):
    match value:
        case Decimal():
            return format(value.normalize() + 0, "f")
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        case time():
            return value.strftime("%H:%M:%S.%f")
        case timedelta():
            return str(value // timedelta(microseconds=1))
        case date() | UUID():
            return str(value)
        case dict():
            return [plain(item) for item in value.values()]
        case list() | tuple():
            return [plain(item) for item in value]
    return value


def main():
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("library").get_models():
            editor.create_model(model)
    fill()
    for name, case in CASES.items():
        try:
            answer = plain(case())
        except DatabaseError as error:
            print(f"{name}: {error}", file=sys.stderr)
            answer = None
        print(json.dumps([name, answer]))


main()
