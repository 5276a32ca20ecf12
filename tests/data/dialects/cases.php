<?php // Cases made by PHP.
$body = file_get_contents(__DIR__ . '/input.json');
$secret = 'blitz_test_secret';
function make($made_by, $codes, $header, $options = []) {
    global $body, $secret;
    $line = ['made_by' => "php: $made_by", 'codes' => explode(' ', $codes), 'body' => base64_encode($options['body'] ?? $body),
        'header' => base64_encode($header), 'secret' => $options['secret'] ?? $secret];
    if (isset($options['dialect'])) $line['dialect'] = $options['dialect'];
    echo json_encode($line, JSON_UNESCAPED_SLASHES), "\n";
}
if (($argv[1] ?? '') === 'printings') {
    foreach (json_decode(file_get_contents(__DIR__ . '/bodies.json')) as $text) {
        foreach (['$value' => json_decode($text), '$array' => json_decode($text, true)] as $name => $value) {
            foreach (['' => 0, ', JSON_UNESCAPED_SLASHES' => JSON_UNESCAPED_SLASHES,
                ', JSON_UNESCAPED_UNICODE' => JSON_UNESCAPED_UNICODE, ', JSON_PRETTY_PRINT' => JSON_PRETTY_PRINT,
                ', JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE' => JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
                ', JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE' =>
                    JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE] as $written => $flags) {
                $line = ['body' => $text, 'call' => "PHP's json_encode($name$written)", 'printed' => json_encode($value, $flags)];
                echo json_encode($line), "\n";
            }
        }
    }
    exit;
}
function dialect($made_by, $text, $codes = 'body-reserialised') {
    global $secret;
    make($made_by, $codes, hash_hmac('sha256', $text, $secret), ['dialect' => 'php']);
}
$object = json_decode($body);
$array = json_decode($body, true);
dialect('json_encode($object)', json_encode($object));
dialect('json_encode($array)', json_encode($array));
dialect('JSON_UNESCAPED_UNICODE', json_encode($object, JSON_UNESCAPED_UNICODE));
dialect('unescaped, $array', json_encode($array, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE));
dialect('JSON_PRETTY_PRINT', json_encode($object, JSON_PRETTY_PRINT));
$numbers = '{"a":"x/y","b":[1e16,1e17,1.5e-5,12345678901234567000.0,9223372036854775808,9007199254740993,-0.0]}';
make('numbers', 'body-reserialised', hash_hmac('sha256', json_encode(json_decode($numbers)), $secret),
    ['body' => $numbers, 'dialect' => 'php']);
make('JSON_UNESCAPED_SLASHES', 'body-reserialised',
    hash_hmac('sha256', json_encode(json_decode($numbers), JSON_UNESCAPED_SLASHES), $secret), ['body' => $numbers, 'dialect' => 'php']);
make('http_build_query', 'body-wrapped', hash_hmac('sha256', $body, $secret), ['body' => http_build_query(['payload' => $body])]);
make('(string) array', 'body-not-serialised', hash_hmac('sha256', 'Array', $secret));
make('hash_hmac binary, base64', 'digest-base64', base64_encode(hash_hmac('sha256', $body, $secret, true)));
make('strtoupper', 'digest-case', strtoupper(hash_hmac('sha256', $body, $secret)));
make('hash_hmac md5', 'digest-algorithm', hash_hmac('md5', $body, $secret));
make('hash(sha256)', 'digest-unkeyed', hash('sha256', $body . $secret));
$odd = "O'Neil & <co>";
make('htmlspecialchars', 'secret-escaped', hash_hmac('sha256', $body, htmlspecialchars($odd)), ['secret' => $odd]);
make('urlencode', 'secret-escaped', hash_hmac('sha256', $body, urlencode($odd)), ['secret' => $odd]);
make('hex2bin', 'secret-encoded', hash_hmac('sha256', $body, hex2bin(str_repeat('0a1b', 8))), ['secret' => str_repeat('0a1b', 8)]);
make('mb_convert_encoding', 'body-charset', hash_hmac('sha256', mb_str('{"a":"Größe"}'), $secret), ['body' => '{"a":"Größe"}']);
function mb_str($text) { return iconv('UTF-8', 'ISO-8859-1', $text); }
make('a newline, json_encode, sha256=', 'secret-whitespace body-reserialised digest-prefix',
    'sha256=' . hash_hmac('sha256', json_encode($object), "$secret\n"), ['dialect' => 'php']);
