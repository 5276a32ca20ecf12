<?php
// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  nothing but PHP 8
// Run:      set BLITZ_WEBHOOK_SECRET, then: php -S 127.0.0.1:${PORT:-3000} receiver.php
declare(strict_types=1);

function answer(int $status): never
{
    http_response_code($status);
    exit;
}

if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/webhooks/blitz') {
    answer(404);
}
if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
    answer(405);
}

$secret = (string) getenv('BLITZ_WEBHOOK_SECRET');
if ($secret === '') { // with an empty key anyone could sign
    error_log('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.');
    answer(500);
}

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// json_encode(json_decode($body)) prints other slashes and escapes.
$body = (string) file_get_contents('php://input', length: 5 * 1024 * 1024 + 1);
if (strlen($body) > 5 * 1024 * 1024) {
    answer(413);
}
$expected = hash_hmac('sha256', $body, $secret);
if (!hash_equals($expected, $_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? '')) {
    answer(401);
}

// The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
// either: use the body's hash, and skip bodies that you have already stored.
$deliveryId = hash('sha256', $body);
error_log(sprintf('genuine: %d bytes, %s', strlen($body), $deliveryId));

// Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
answer(200);
