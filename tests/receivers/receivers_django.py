"""Receivers for Django, one per route, each wrong in the way of its route."""

from __future__ import annotations

import hashlib
import hmac
import json
import os

from django.conf import settings
from django.core.servers import basehttp
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

SECRET = os.environ["BLITZ_WEBHOOK_SECRET"]

settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of the corpus",
    MIDDLEWARE=[
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)


def sign(body: bytes, key: bytes = SECRET.encode()) -> str:
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def answer(request: HttpRequest, expected: str, name: str = "HTTP_X_WEBHOOK_SIGNATURE") -> HttpResponse:
    if not hmac.compare_digest(expected.encode(), request.META.get(name, "").encode()):
        return HttpResponse("Invalid signature", status=401)
    return JsonResponse({"ok": True})


@csrf_exempt
@require_POST
def correct(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(request.body))


# The decorator is missing.
def csrf(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(request.body))


@csrf_exempt
def post_dict(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(json.dumps(request.POST).encode()))


@csrf_exempt
def form_body(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(json.dumps(QueryDict(request.body)).encode()))


@csrf_exempt
def dumps(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(json.dumps(json.loads(request.body)).encode()))


# No request has a META of this name: HTTP_ is missing.
@csrf_exempt
def meta_name(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(request.body), "X_WEBHOOK_SIGNATURE")


@csrf_exempt
def dumps_header(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(json.dumps(json.loads(request.body)).encode()), "HTTP_X_SIGNATURE")


@csrf_exempt
def upper_sha1(request: HttpRequest) -> HttpResponse:
    return answer(request, hmac.new(SECRET.encode(), request.body, "sha1").hexdigest().upper())


@csrf_exempt
@require_GET
def get_only(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@csrf_exempt
def crashes(request: HttpRequest) -> HttpResponse:
    return answer(request, sign(json.loads(request.body)))


urlpatterns = [
    path("correct", correct),
    path("csrf", csrf),
    path("post-dict", post_dict),
    path("form-body", form_body),
    path("dumps", dumps),
    path("meta-name", meta_name),
    path("dumps-header", dumps_header),
    path("upper-sha1", upper_sha1),
    path("get-only", get_only),
    path("crashes", crashes),
]

if __name__ == "__main__":
    basehttp.run("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application(), threading=True)
