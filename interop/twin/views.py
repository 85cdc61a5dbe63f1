"""The pages that Django has no view for. They answer in JSON, so that a test reads what Django itself saw."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render


def who(request):
    """The user and the session as Django sees them."""
    return JsonResponse(
        {
            "username": request.user.get_username(),
            "authenticated": request.user.is_authenticated,
            "session": dict(request.session.items()),
            "session_key": request.session.session_key,
            "csrf_token": get_token(request),
        }
    )


@login_required
def account(request):
    """The user's page, for who is logged in."""
    return HttpResponse(request.user.get_username())


def cart(request):
    """GET: a form and what is in the cart. POST: adds `count` of `sku_id` to the guest's cart, with a note in any language."""
    if request.method == "POST":
        lines = request.session.get("cart", {})
        sku = request.POST["sku_id"]
        lines[sku] = lines.get(sku, 0) + int(request.POST["count"])
        request.session["cart"] = lines
        if "note" in request.POST:
            request.session["note"] = request.POST["note"]
        return redirect("cart")
    return render(request, "cart.html", {"lines": request.session.get("cart", {}), "note": request.session.get("note", "")})


def message_list(request):
    """GET: shows and uses up the messages. POST: leaves one for the next page, whoever serves it."""
    if request.method == "POST":
        messages.success(request, request.POST["text"])
        return redirect("who")
    return JsonResponse({"messages": [[message.tags, str(message)] for message in messages.get_messages(request)]})
