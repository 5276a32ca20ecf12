from __future__ import annotations

import pytest

from inspector.domain.capture.headers import carries_client_address


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Host",
            "X-Original-Forwarded-For",
            "x-vercel-forwarded-for",
        ),
        *(
            "X-Real-IP",
            "CF-Connecting-IP",
            "CF-Connecting-IPv6",
            "CF-Pseudo-IPv4",
            "True-Client-IP",
            "Client-IP",
        ),
        *("X-Client-IP", "X-Cluster-Client-IP", "Fastly-Client-IP", "X-AppEngine-User-IP", "X-Remote-Addr"),
        *("CloudFront-Viewer-Address", "X-Envoy-External-Address", "X-Azure-ClientIP", "X-Azure-SocketIP"),
        *("X-Originating-IP", "X-Nf-Client-Connection-IP", "DO-Connecting-IP", "WL-Proxy-Client-IP"),
    ],
)
def test_each_spelling_of_the_client_s_address_is_known(name: str) -> None:
    assert carries_client_address(name.encode())
    assert carries_client_address(name.lower().encode())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "x-webhook-signature",
            "Content-Type",
            "Host",
            "User-Agent",
            "X-Request-Id",
            "CF-Ray",
            "CF-IPCountry",
        ),
        *("Via", "X-Tip", "X-Description", "X-Client-Version", "X-User-Id", "X-Source", "IP"),
    ],
)
def test_other_fields_are_not(name: str) -> None:
    assert not carries_client_address(name.encode())
