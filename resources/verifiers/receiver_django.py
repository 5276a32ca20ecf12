"""Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.

Install:  pip install django
Run:      set BLITZ_WEBHOOK_SECRET, then: python receiver_django.py
"""

import hashlib
import hmac
import logging
import os
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

SECRET = os.environ.get("BLITZ_WEBHOOK_SECRET", "").encode()
if not SECRET:
    raise SystemExit("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.")


def is_genuine(body: bytes, signature: str) -> bool:
    # The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes,
    # because json.dumps(json.loads(body)) prints other spaces, escapes and numbers.
    expected = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    # As bytes: compare_digest raises TypeError for text that is not ASCII.
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


# A sender has no CSRF token: without csrf_exempt, each webhook gets 403.
@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    try:
        body = request.body  # before request.POST or request.data, which would consume it
    except RequestDataTooBig:
        return HttpResponse(status=413)
    if not is_genuine(body, request.headers.get("x-webhook-signature", "")):
        return HttpResponse(status=401)

    # The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    # either: use the body's hash, and skip bodies that you have already stored.
    delivery_id = hashlib.sha256(body).hexdigest()
    logging.info("genuine: %d bytes, %s", len(body), delivery_id)

    # Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    return HttpResponse(status=200)


urlpatterns = [path("webhooks/blitz", receive)]

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    # In a project, these belong in settings.py, and the view and its path in modules of an app.
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1", "localhost"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=5 * 1024 * 1024,
        MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
        ROOT_URLCONF=__name__,
    )
    address = f"127.0.0.1:{os.environ.get('PORT') or 3000}"
    execute_from_command_line([sys.argv[0], "runserver", "--noreload", address])
