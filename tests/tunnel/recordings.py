"""Output of the real programs, as recorded or as their source prints it."""

# ruff: noqa: E501

from __future__ import annotations

from typing import Any

CLOUDFLARED_URL = "https://quiet-river-hatch.trycloudflare.com"
CLOUDFLARED = [
    (
        "stderr",
        "2026-11-28T07:00:00Z INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, "
        "is a quick way to experiment and try it out. (https://www.cloudflare.com/website-terms/)",
    ),
    ("stderr", "2026-11-28T07:00:00Z INF Requesting new quick Tunnel on trycloudflare.com..."),
    ("stderr", "2026-11-28T07:00:02Z INF +------------------------------------------------+"),
    (
        "stderr",
        "2026-11-28T07:00:02Z INF |  Your quick Tunnel has been created! Visit it at (it may take some time):  |",
    ),
    ("stderr", f"2026-11-28T07:00:02Z INF |  {CLOUDFLARED_URL}  |"),
    ("stderr", "2026-11-28T07:00:02Z INF +------------------------------------------------+"),
    ("stderr", "2026-11-28T07:00:02Z INF Starting metrics server on 127.0.0.1:{port}/metrics"),
    (
        "stderr",
        "2026-11-28T07:00:03Z INF Registered tunnel connection connIndex=0 location=fra08 protocol=quic",
    ),
]
CLOUDFLARED_PAGES: dict[str, tuple[int, Any]] = {
    "/quicktunnel": (200, {"hostname": "quiet-river-hatch.trycloudflare.com"}),
    "/ready": (200, {"status": 200, "readyConnections": 1}),
}
CLOUDFLARED_TOO_MANY = [
    CLOUDFLARED[1],
    (
        "stderr",
        '2026-11-28T07:00:01Z ERR Error unmarshaling QuickTunnel response: error code: 1015 error="invalid '
        'character \'e\' looking for beginning of value" status_code="429 Too Many Requests"',
    ),
    ("stderr", "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value"),
    ("exit", "1"),
]
CLOUDFLARED_NO_NETWORK = [
    CLOUDFLARED[1],
    (
        "stderr",
        'failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup '
        "api.trycloudflare.com on 127.0.0.53:53: no such host",
    ),
    ("exit", "1"),
]
CLOUDFLARED_NO_EDGE = [
    *CLOUDFLARED[:-1],
    (
        "stderr",
        '2026-11-28T07:00:12Z ERR Failed to dial a quic connection error="failed to dial to edge with quic: '
        'timeout: no recent network activity" connIndex=0 event=0 ip=198.41.192.27',
    ),
]
NO_EDGE_PAGES: dict[str, tuple[int, Any]] = {
    **CLOUDFLARED_PAGES,
    "/ready": (503, {"status": 503, "readyConnections": 0}),
}

NGROK_URL = "https://plain-grown-lines.ngrok-free.app"
NGROK = [
    ("stdout", '{"lvl":"info","msg":"no configuration paths supplied","t":"2026-11-28T07:00:00Z"}'),
    (
        "stdout",
        '{"addr":"127.0.0.1:{port}","lvl":"info","msg":"starting web service","obj":"web",'
        '"t":"2026-11-28T07:00:00Z"}',
    ),
    ("stdout", '{"lvl":"info","msg":"client session established","obj":"tunnels.session"}'),
]
NGROK_WITHOUT_API = [
    NGROK[2],
    (
        "stdout",
        '{"addr":"http://127.0.0.1:8787","lvl":"info","msg":"started tunnel","name":"command_line","obj":"tunnels",'
        f'"url":"{NGROK_URL}"}}',
    ),
]
NGROK_PAGES: dict[str, tuple[int, Any]] = {
    "/api/endpoints": (
        200,
        {
            "endpoints": [
                {
                    "name": "command_line",
                    "url": NGROK_URL,
                    "upstream": {"url": "http://127.0.0.1:8787", "protocol": "http1"},
                }
            ],
            "uri": "/api/endpoints",
        },
    )
}
OLD_NGROK_PAGES: dict[str, tuple[int, Any]] = {
    "/api/tunnels": (
        200,
        {
            "tunnels": [
                {"proto": "http", "public_url": NGROK_URL.replace("https", "http")},
                {"proto": "https", "public_url": NGROK_URL},
            ]
        },
    )
}
NGROK_NOT_SIGNED_IN = [
    NGROK[1],
    (
        "stdout",
        '{"err":"authentication failed: Usage of ngrok requires a verified account and authtoken.\\n\\nSign up: '
        'https://dashboard.ngrok.com/signup\\n\\nERR_NGROK_4018\\r\\n","lvl":"eror","msg":"failed to reconnect '
        'session","obj":"tunnels.session"}',
    ),
]
NGROK_TWICE = [
    NGROK[1],
    (
        "stdout",
        '{"err":"authentication failed: Your account is limited to 1 simultaneous ngrok agent sessions.\\r\\n\\r\\n'
        'ERR_NGROK_108\\r\\n","lvl":"eror","msg":"session closed","obj":"tunnels.session"}',
    ),
]

TAILSCALE_URL = "https://desk.tail1a2b3.ts.net"
TAILSCALE = [
    ("stdout", "Available on the internet:"),
    ("stdout", ""),
    ("stdout", f"{TAILSCALE_URL}/"),
    ("stdout", "|-- proxy http://127.0.0.1:8787"),
    ("stdout", ""),
    ("stdout", "Press Ctrl+C to exit."),
]
TAILSCALE_NOT_ENABLED = [
    ("stdout", "Funnel is not enabled on your tailnet."),
    ("stdout", "To enable, visit:"),
    ("stdout", ""),
    ("stdout", "         https://login.tailscale.com/f/funnel?node=nWNmPtVzjN11CNTRL"),
]
TAILSCALE_DENIED = [
    ("stderr", "sending serve config: Access denied: serve config denied"),
    ("stderr", ""),
    ("stderr", "Use 'sudo tailscale funnel http://127.0.0.1:8787'."),
    ("exit", "1"),
]
TAILSCALE_TWICE = [
    (
        "stderr",
        "background configuration already exists, use `tailscale funnel --https=443 off` to remove the existing "
        "configuration",
    ),
    ("exit", "1"),
]
TAILSCALE_STOPPED = [
    ("stderr", "failed to connect to local tailscaled; it doesn't appear to be running"),
    ("exit", "1"),
]

LOCALHOST_RUN_URL = "https://1e50baebe27f62.lhr.life"
_EVENT = '"specversion":"1.0","source":"ssh://localhost.run/","time":"2026-11-28T07:00:00Z","datacontenttype":"text/plain"'
LOCALHOST_RUN = [
    ("stderr", "Warning: Permanently added 'localhost.run' (RSA) to the list of known hosts."),
    ("stdout", "tunnel config: a line that is not JSON"),
    (
        "stdout",
        "{"
        + _EVENT
        + ',"id":"1","type":"v1.notice","data":"authenticated as anonymous user. To manage custom '
        'domains go to https://admin.localhost.run/"}',
    ),
    (
        "stdout",
        "{"
        + _EVENT
        + ',"id":"localhost/1e50baebe27f62.lhr.life","type":"v1.tcpip_forward.register.accepted",'
        f'"data":"1e50baebe27f62.lhr.life tunneled with tls termination, {LOCALHOST_RUN_URL}\\r\\n'
        + "\\u2588\\u2580" * 1500
        + '"}',
    ),
]
OLD_LOCALHOST_RUN = [
    (
        "stdout",
        '{"connection_id":"abc","event":"tcpip-forward","message":"1e50baebe27f62.lhr.life tunneled with tls '
        f'termination, {LOCALHOST_RUN_URL}","address":"1e50baebe27f62.lhr.life","status":"success"}}',
    ),
]
LOCALHOST_RUN_REFUSED = [
    (
        "stdout",
        "{"
        + _EVENT
        + ',"id":"x","type":"v1.tcpip_forward.register.rejected","data":"missing _lhr TXT record"}',
    )
]

PINGGY_URL = "https://tbxhk-99-231-206-87.run.pinggy-free.link"
PINGGY = [
    ("stderr", "Allocated port 8 for remote forward to 127.0.0.1:8787"),
    ("stdout", "You are not authenticated."),
    (
        "stdout",
        "Your tunnel will expire in 60 minutes. Upgrade to Pinggy Pro to get unrestricted tunnels. "
        "https://dashboard.pinggy.io",
    ),
    ("stdout", "- http://tbxhk-99-231-206-87.run.pinggy-free.link"),
    ("stdout", f"- {PINGGY_URL}"),
    ("stdout", "- https://vdtwz-99-231-206-87.free.pinggy.net"),
]
