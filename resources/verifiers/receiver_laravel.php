<?php
// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  composer create-project laravel/laravel receiver, save this file as receiver/routes/blitz.php,
//           and add to routes/web.php: require __DIR__.'/blitz.php';
//           and to config/services.php: 'blitz' => ['secret' => env('BLITZ_WEBHOOK_SECRET')],
// Run:      set BLITZ_WEBHOOK_SECRET, then: php artisan serve --host 127.0.0.1 --port ${PORT:-3000}
declare(strict_types=1);

use Illuminate\Foundation\Http\Middleware\VerifyCsrfToken;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Log;
use Illuminate\Support\Facades\Route;

const BLITZ_BODY_LIMIT = 5 * 1024 * 1024;

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// json_encode($request->all()) prints other slashes and escapes, and the middleware has already trimmed
// strings in it and turned empty ones into null.
Route::post('/webhooks/blitz', function (Request $request) {
    $secret = (string) config('services.blitz.secret');
    if ($secret === '') { // with an empty key anyone could sign
        Log::error('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.');
        abort(500);
    }
    $body = $request->getContent(); // not $request->all(): that is parsed
    if (strlen($body) > BLITZ_BODY_LIMIT) {
        abort(413);
    }
    $expected = hash_hmac('sha256', $body, $secret);
    if (!hash_equals($expected, (string) $request->header('x-webhook-signature'))) {
        abort(401);
    }

    // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    // either: use the body's hash, and skip bodies that you have already stored.
    $deliveryId = hash('sha256', $body);
    Log::info(sprintf('genuine: %d bytes, %s', strlen($body), $deliveryId));

    // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    return response()->noContent(200);
})->withoutMiddleware(VerifyCsrfToken::class); // a sender has no CSRF token: each webhook would get 419
