<?php
// Receives Blitzllama's webhooks and lets in only what was signed with your webhook secret.
// Install:  nothing beyond PHP 8
// Run:      set BLITZ_WEBHOOK_SECRET, then: php -S 127.0.0.1:${PORT:-3000} receiver.php
declare(strict_types=1);

function answer(int $status): never
{
    http_response_code($status);
    exit;
}

if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) !== '/webhooks/blitzllama') {
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

// The sender signs JSON.stringify(payload) and posts that text: hash the bytes as they came, for
// json_encode(json_decode($body)) prints other slashes and escapes.
$body = (string) file_get_contents('php://input');
$expected = hash_hmac('sha256', $body, $secret);
if (!hash_equals($expected, $_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? '')) {
    answer(401);
}

// No timestamp is signed: an exact copy stays valid for ever. No delivery id is sent either, so
// take the body's hash for one, and skip what you have already stored under it.
$deliveryId = hash('sha256', $body);
error_log(sprintf('genuine: %d bytes, %s', strlen($body), $deliveryId));

// Queue the body, answer at once, and json_decode it later: how long the sender waits is not documented.
answer(200);
