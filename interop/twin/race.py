"""The pages of `cargo xtask race`, as a Django application writes them; ours are in `xtask/src/race/server.rs`."""

import time

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


def window(get_response):
    """The outermost layer: says how many microseconds lay between the session's load and its save."""

    def middleware(request):
        response = get_response(request)
        if hasattr(request, "loaded_at"):
            response["Window"] = int((time.perf_counter() - request.loaded_at) * 1_000_000)
        return response

    return middleware


@csrf_exempt
def start(request):
    request.session["cart"] = {}
    request.session["count"] = 0
    return HttpResponse()


@csrf_exempt
def add(request, sku):
    cart = request.session["cart"]
    cart[sku] = cart.get(sku, 0) + 1
    request.session.modified = True
    return HttpResponse(cart[sku])


@csrf_exempt
def count(request):
    request.session["count"] += 1
    return HttpResponse(request.session["count"])


@csrf_exempt
def note(request, number):
    request.session.get("count")
    request.loaded_at = time.perf_counter()
    request.session[f"note_{number}"] = True
    return HttpResponse()


def show(request):
    return JsonResponse(dict(request.session.items()))


urlpatterns = [
    path("start", start),
    path("add/<sku>", add),
    path("count", count),
    path("note/<int:number>", note),
    path("show", show),
]
