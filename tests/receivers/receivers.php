<?php
// Receivers for PHP's own server, one per route, each wrong in the way of its route.

$secret = getenv('BLITZ_WEBHOOK_SECRET');
$raw = file_get_contents('php://input');

function answer(string $expected, string $name = 'HTTP_X_WEBHOOK_SIGNATURE'): void
{
    $received = $_SERVER[$name] ?? '';
    if (!hash_equals($expected, $received)) {
        http_response_code(401);
        exit('Invalid signature');
    }
    exit('ok');
}

// As Laravel's TrimStrings and ConvertEmptyStringsToNull do.
function cleaned(mixed $value): mixed
{
    if (is_array($value)) {
        return array_map('cleaned', $value);
    }
    return is_string($value) ? (trim($value) === '' ? null : trim($value)) : $value;
}

// As Laravel verifies a token for routes in web.php.
function verifyCsrfToken(): void
{
    if (!isset($_SERVER['HTTP_X_CSRF_TOKEN'])) {
        http_response_code(419);
        exit('<!DOCTYPE html><html><head><title>Page Expired</title></head><body>419 | Page Expired</body></html>');
    }
}

match (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    '/correct' => $_SERVER['REQUEST_METHOD'] === 'POST' ? answer(hash_hmac('sha256', $raw, $secret)) : http_response_code(405),

    // the body
    '/post' => answer(hash_hmac('sha256', json_encode($_POST), $secret)),
    '/encoded' => answer(hash_hmac('sha256', json_encode(json_decode($raw)), $secret)),
    '/pretty' => answer(hash_hmac('sha256', json_encode(json_decode($raw, true), JSON_PRETTY_PRINT), $secret)),
    '/array' => answer(hash_hmac('sha256', @strval(json_decode($raw, true)), $secret)),
    '/query' => answer(hash_hmac('sha256', http_build_query(json_decode($raw, true) ?? []), $secret)),
    '/nulls' => answer(hash_hmac('sha256', json_encode(cleaned(json_decode($raw, true)), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), $secret)),
    '/entities' => answer(hash_hmac('sha256', htmlspecialchars($raw), $secret)),

    // the secret
    '/secret-newline' => answer(hash_hmac('sha256', $raw, file_get_contents('secret.txt'))),
    '/secret-unset' => answer(hash_hmac('sha256', $raw, (string) getenv('BLITZ_SECRET'))),

    // the digest and its header
    '/base64' => answer(base64_encode(hash_hmac('sha256', $raw, $secret, true))),
    '/base64-of-hex' => answer(base64_encode(hash_hmac('sha256', $raw, $secret))),
    '/sha512' => answer(hash_hmac('sha512', $raw, $secret)),
    '/unkeyed' => answer(hash('sha256', $raw . $secret)),
    '/swapped' => answer(hash_hmac('sha256', $secret, $raw)),
    '/header-hub' => answer(hash_hmac('sha256', $raw, $secret), 'HTTP_X_HUB_SIGNATURE_256'),

    // two at once
    '/pretty-prefix' => answer('sha256=' . hash_hmac('sha256', json_encode(json_decode($raw), JSON_PRETTY_PRINT), $secret)),
    '/newline-sha1' => answer(hash_hmac('sha1', $raw, file_get_contents('secret.txt'))),
    '/post-base64' => answer(base64_encode(hash_hmac('sha256', json_encode($_POST), $secret, true))),

    // what nobody would guess

    // not the signature
    '/csrf' => verifyCsrfToken(),

    // accepts too much
    '/no-exit' => (hash_hmac('sha256', $raw, $secret) !== ($_SERVER['HTTP_X_WEBHOOK_SIGNATURE'] ?? ''))
        ? print('Invalid signature') : print('ok'),

    default => http_response_code(404),
};
