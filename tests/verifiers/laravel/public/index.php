<?php
// What public/index.php and bootstrap/app.php of `composer create-project laravel/laravel` do in version 10.

use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Http\Kernel as HttpKernel;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Exceptions\Handler;
use Illuminate\Foundation\Http\Kernel;
use Illuminate\Foundation\Http\Middleware as Http;
use Illuminate\Http\Request;

require __DIR__ . '/../vendor/autoload.php';

class AppKernel extends Kernel
{
    protected $middleware = [
        Http\ValidatePostSize::class,
        Http\TrimStrings::class,
        Http\ConvertEmptyStringsToNull::class,
    ];
    protected $middlewareGroups = [
        'web' => [
            Illuminate\Cookie\Middleware\EncryptCookies::class,
            Illuminate\Session\Middleware\StartSession::class,
            AppVerifyCsrfToken::class,
            Illuminate\Routing\Middleware\SubstituteBindings::class,
        ],
    ];
}

// The skeleton has a class of its own, too, so that an exclusion of the framework's class must cover it.
class AppVerifyCsrfToken extends Http\VerifyCsrfToken
{
}

$app = new Application(dirname(__DIR__));
$app->singleton(HttpKernel::class, AppKernel::class);
$app->singleton(ExceptionHandler::class, Handler::class);
$kernel = $app->make(HttpKernel::class);
$response = $kernel->handle($request = Request::capture())->send();
$kernel->terminate($request, $response);
