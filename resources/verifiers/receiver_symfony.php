<?php
// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  composer require symfony/framework-bundle
// Run:      set BLITZ_WEBHOOK_SECRET, then: php -S 127.0.0.1:${PORT:-3000} receiver_symfony.php
declare(strict_types=1);

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Kernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

require __DIR__ . '/vendor/autoload.php';

final class Receiver extends Kernel
{
    use MicroKernelTrait;

    private const LIMIT = 5 * 1024 * 1024;

    public function registerBundles(): iterable
    {
        return [new FrameworkBundle()];
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', ['secret' => getenv('APP_SECRET') ?: bin2hex(random_bytes(16))]);
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->add('blitz', '/webhooks/blitz')->controller([$this, 'receive'])->methods(['POST']);
    }

    // The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
    // json_encode($request->toArray()) prints other slashes and escapes.
    public function receive(Request $request): Response
    {
        // Dotenv fills $_SERVER only.
        $secret = (string) ($_SERVER['BLITZ_WEBHOOK_SECRET'] ?? getenv('BLITZ_WEBHOOK_SECRET'));
        if ($secret === '') { // with an empty key anyone could sign
            error_log('Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.');
            return new Response(status: 500);
        }
        $body = $request->getContent(); // not $request->getPayload(): that is parsed
        if (strlen($body) > self::LIMIT) {
            return new Response(status: 413);
        }
        $expected = hash_hmac('sha256', $body, $secret);
        if (!hash_equals($expected, (string) $request->headers->get('x-webhook-signature'))) {
            return new Response(status: 401);
        }

        // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
        // either: use the body's hash, and skip bodies that you have already stored.
        $deliveryId = hash('sha256', $body);
        error_log(sprintf('genuine: %d bytes, %s', strlen($body), $deliveryId));

        // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
        return new Response(status: 200);
    }
}

$kernel = new Receiver('prod', false);
$request = Request::createFromGlobals();
$response = $kernel->handle($request);
$response->send();
$kernel->terminate($request, $response);
