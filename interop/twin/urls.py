"""Who is logged in, a login form, a cart page, a password form: each with Django's own views where it has one."""

from django.contrib.auth import views as auth
from django.urls import include, path

import views

urlpatterns = [
    path("", views.who, name="who"),
    path("login/", auth.LoginView.as_view(template_name="form.html"), name="login"),
    path("logout/", auth.LogoutView.as_view(next_page="/"), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(template_name="form.html", success_url="/"), name="password"),
    path("cart/", views.cart, name="cart"),
    # The shop's own addresses, for a site whose requests come to either.
    path("user/", views.account, name="account"),
    path("user/login", auth.LoginView.as_view(template_name="form.html", next_page="account"), name="user_login"),
    path("user/logout", auth.LogoutView.as_view(next_page="account"), name="user_logout"),
    path("cart/add", views.cart),
    path("race/", include("race")),
    path("messages/", views.message_list, name="messages"),
]
