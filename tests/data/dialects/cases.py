"""Cases made by Python's standard library, as a sender or receiver written in Python makes them."""

import base64
import gzip
import hashlib
import hmac
import html
import json
import pathlib
import sys
import unicodedata
import urllib.parse

HERE = pathlib.Path(__file__).parent
BODY = (HERE / "input.json").read_bytes()
VALUE = json.loads(BODY)
ASCII_BODY = b'{"survey_id":"s-1","group_id":"g-1","platform":"link","responses":[{"response":"fine"}]}'
SECRET = "blitz_test_secret"


def sign(message, secret=SECRET, algorithm="sha256"):
    return hmac.new(secret.encode() if isinstance(secret, str) else secret, message, algorithm)


def case(made_by, codes, header, *, body=BODY, secret=SECRET, dialect=None, other=None):
    header = header.encode() if isinstance(header, str) else header
    line = {
        "made_by": f"python: {made_by}",
        "codes": codes.split(),
        "body": base64.b64encode(body).decode(),
        "header": base64.b64encode(header).decode(),
        "secret": secret,
    }
    print(json.dumps({**line, **({"dialect": dialect} if dialect else {}), **({"other": other} if other else {})}))


def dialect(name, made_by, body=BODY, **options):
    message = json.dumps(json.loads(body), **options).encode()
    case(made_by, "body-reserialised", sign(message).hexdigest(), body=body, dialect=name)
    return message


def printings():
    """What each call prints of each of the bodies."""
    options = {
        "": {},
        ', separators=(",", ":")': {"separators": (",", ":")},
        ", sort_keys=True": {"sort_keys": True},
        ', sort_keys=True, separators=(",", ":")': {"sort_keys": True, "separators": (",", ":")},
        ", sort_keys=True, indent=2": {"sort_keys": True, "indent": 2},
        ", indent=2": {"indent": 2},
        ", indent=4": {"indent": 4},
        ', indent="\\t"': {"indent": "\t"},
    }
    for body in json.loads((HERE / "bodies.json").read_text()):
        for written, given in options.items():
            for suffix, more in (("", {}), (", ensure_ascii=False", {"ensure_ascii": False})):
                printed = json.dumps(json.loads(body), **given, **more)
                call = f"Python's json.dumps(value{written}{suffix})"
                print(json.dumps({"body": body, "call": call, "printed": printed}))


if sys.argv[1:] == ["printings"]:
    printings()
    sys.exit()

# The body printed again.
dialect("python", "json.dumps(value)", ASCII_BODY)
dialect("python", "json.dumps(value, ensure_ascii=False)", ensure_ascii=False)
PYTHON = dialect("python-ascii", "json.dumps(value)")
dialect("python-compact", 'json.dumps(value, separators=(",", ":"))', separators=(",", ":"))
dialect("python-sorted", "json.dumps(value, sort_keys=True)", sort_keys=True)
dialect("python-sorted", "sort_keys, ensure_ascii=False", sort_keys=True, ensure_ascii=False)
dialect("python-sorted", "sort_keys, compact", sort_keys=True, separators=(",", ":"))
dialect("pretty-2", "json.dumps(value, indent=2)", indent=2)
dialect("pretty-4", "json.dumps(value, indent=4)", indent=4)
dialect("pretty-tab", 'json.dumps(value, indent="\\t")', ASCII_BODY, indent="\t")
FLOATS = b'{"survey_id":"s-1","responses":[{"response":1.0},{"response":1e16},{"response":1e-5}]}'
dialect("python-compact", "floats, compact", FLOATS, separators=(",", ":"))
case("str(dict)", "body-not-serialised", sign(str(VALUE).encode()).hexdigest())
case("str(bytes)", "body-not-serialised", sign(str(BODY).encode()).hexdigest())
case("json.dumps twice", "body-double-encoded", sign(json.dumps(BODY.decode()).encode()).hexdigest())
case("json.dumps of a text", "body-double-encoded", sign(BODY).hexdigest(), body=json.dumps(BODY.decode()).encode())
case("an empty body", "body-empty", sign(b"").hexdigest())
case("latin-1", "body-charset", sign('{"a":"Größe"}'.encode("latin-1")).hexdigest(), body='{"a":"Größe"}'.encode())
case("cp1252", "body-charset", sign('{"a":"„5 €“"}'.encode("cp1252")).hexdigest(), body='{"a":"„5 €“"}'.encode())
case("sent as latin-1", "body-charset", sign('{"a":"é"}'.encode()).hexdigest(), body='{"a":"é"}'.encode("latin-1"))
case("utf-16", "body-charset", sign(ASCII_BODY.decode().encode("utf-16")).hexdigest(), body=ASCII_BODY)
case("UTF-8 read as latin-1", "body-charset", sign(BODY).hexdigest(), body=BODY.decode("latin-1").encode())
case("NFD", "body-charset", sign(unicodedata.normalize("NFD", BODY.decode()).encode()).hexdigest())
case("utf-8-sig, signed", "body-bom", sign(BODY.decode().encode("utf-8-sig")).hexdigest())
case("utf-8-sig, sent", "body-bom", sign(BODY).hexdigest(), body=BODY.decode().encode("utf-8-sig"))
case("gzip.compress after signing", "body-compressed", sign(BODY).hexdigest(), body=gzip.compress(BODY, mtime=0))
PRETTY = json.dumps(VALUE, indent=1, ensure_ascii=False).encode()
WINDOWS = PRETTY.replace(b"\n", b"\r\n")
case("a file in text mode on Windows", "body-crlf", sign(PRETTY).hexdigest(), body=WINDOWS)
case("a file read in text mode", "body-crlf", sign(WINDOWS).hexdigest(), body=PRETTY)
case("print(body) to a file", "body-newline", sign(BODY + b"\n").hexdigest())
PART = json.dumps(VALUE["responses"]).encode()
case("value['responses']", "body-part body-reserialised", sign(PART).hexdigest(), dialect="python-ascii")

JSON = "application/json"
case("urlencode", "body-wrapped", sign(BODY).hexdigest(), body=urllib.parse.urlencode({"payload": BODY}).encode())
case("Amazon API Gateway", "body-wrapped", sign(BODY).hexdigest(), body=json.dumps(
    {"httpMethod": "POST", "headers": {"content-type": JSON}, "body": BODY.decode(), "isBase64Encoded": False}).encode())
case("Amazon API Gateway, isBase64Encoded", "body-wrapped", sign(BODY).hexdigest(), body=json.dumps(
    {"body": base64.b64encode(BODY).decode(), "isBase64Encoded": True}).encode())
SNS = json.dumps({"Type": "Notification", "Message": BODY.decode()})
case("Amazon SNS", "body-wrapped", sign(BODY).hexdigest(), body=SNS.encode())
case("Amazon SNS in SQS", "body-wrapped", sign(BODY).hexdigest(), body=json.dumps({"Records": [{"body": SNS}]}).encode())
case("a newline, wrapped", "secret-whitespace body-wrapped", sign(BODY, SECRET + "\n").hexdigest(),
     body=json.dumps({"body": BODY.decode()}).encode())
case("app_key, wrapped", "secret-is-app-key body-wrapped", sign(BODY, VALUE["app_key"]).hexdigest(),
     body=json.dumps({"body": BODY.decode()}).encode())

# The secret.
case("a file made by echo", "secret-whitespace", sign(BODY).hexdigest(), secret=SECRET + "\n")
case("a file read without strip", "secret-whitespace", sign(BODY, SECRET + "\n").hexdigest())
case("copied with a blank", "secret-whitespace", sign(BODY).hexdigest(), secret=" " + SECRET)
case("a .env file's quotes", "secret-quoted", sign(BODY).hexdigest(), secret=f'"{SECRET}"')
ODD = "a&b<c>\"d'/ e+f%"
case("html.escape", "secret-escaped", sign(BODY, ODD).hexdigest(), secret=html.escape(ODD))
case("html.escape by the sender", "secret-escaped", sign(BODY, html.escape(ODD)).hexdigest(), secret=ODD)
case("quote_plus", "secret-escaped", sign(BODY, ODD).hexdigest(), secret=urllib.parse.quote_plus(ODD))
case("quote", "secret-escaped", sign(BODY, urllib.parse.quote(ODD, safe="")).hexdigest(), secret=ODD)
case("json.dumps", "secret-escaped", sign(BODY, 'tab\t"é"').hexdigest(), secret=json.dumps('tab\t"é"')[1:-1])
case("whsec_ left on", "secret-prefix", sign(BODY).hexdigest(), secret="whsec_" + SECRET)
case("a whole .env line", "secret-prefix", sign(BODY).hexdigest(), secret="BLITZ_WEBHOOK_SECRET=" + SECRET)
KEY = hashlib.sha256(b"key").digest()
case("key of bytes.hex()", "secret-encoded", sign(BODY, KEY).hexdigest(), secret=KEY.hex())
case("key of b64encode", "secret-encoded", sign(BODY, KEY).hexdigest(), secret=base64.b64encode(KEY).decode())
case("b64encode of the secret", "secret-encoded", sign(BODY, base64.b64encode(SECRET.encode())).hexdigest())
case(
    "whsec_ and base64",
    "secret-prefix secret-encoded",
    sign(BODY, KEY).hexdigest(),
    secret="whsec_" + base64.b64encode(KEY).decode(),
)
case("app_key as secret", "secret-is-app-key", sign(BODY, VALUE["app_key"]).hexdigest())
case("the staging secret", "secret-other", sign(BODY, "staging_secret").hexdigest(), other="staging_secret")
case("no secret set", "secret-empty", sign(BODY, "").hexdigest())

# The digest.
case("b64encode(digest())", "digest-base64", base64.b64encode(sign(BODY).digest()))
case("urlsafe_b64encode", "digest-base64", base64.urlsafe_b64encode(sign(BODY, "s3").digest()), secret="s3")
case("b64encode(hexdigest())", "digest-base64", base64.b64encode(sign(BODY).hexdigest().encode()))
case("f'sha256={hexdigest}'", "digest-prefix", f"sha256={sign(BODY).hexdigest()}")
case("Stripe's form", "digest-prefix", f"t=1700000000,v1={sign(BODY).hexdigest()}")
case("hexdigest().upper()", "digest-case", sign(BODY).hexdigest().upper())
case("digest().hex(' ')", "digest-whitespace", sign(BODY).digest().hex(" "))
case("repr of a line", "digest-whitespace", sign(BODY).hexdigest() + "\\n")
case("hexdigest()[:32]", "digest-truncated", sign(BODY).hexdigest()[:32])
for name in ("sha1", "sha384", "sha512", "md5"):
    case(f"hmac {name}", "digest-algorithm", sign(BODY, algorithm=name).hexdigest())
case("hashlib.sha256(body)", "digest-unkeyed", hashlib.sha256(BODY).hexdigest())
case("sha256(secret + body)", "digest-unkeyed", hashlib.sha256(SECRET.encode() + BODY).hexdigest())
case("sha256(body + secret)", "digest-unkeyed", hashlib.sha256(BODY + SECRET.encode()).hexdigest())
case("md5(body)", "digest-unkeyed", hashlib.md5(BODY).hexdigest())
case("sha1 in base64", "digest-base64 digest-algorithm", base64.b64encode(sign(BODY, algorithm="sha1").digest()))

# Several at once.
LINE = SECRET + "\n"
PAIR = "secret-whitespace body-reserialised"
case("a newline, and json.dumps", PAIR, sign(PYTHON, LINE).hexdigest(), dialect="python-ascii")
case(
    "a newline, json.dumps and base64",
    f"{PAIR} digest-base64",
    base64.b64encode(sign(PYTHON, LINE).digest()),
    dialect="python-ascii",
)
case(
    "quotes, json.dumps and a prefix",
    "secret-quoted body-reserialised digest-prefix",
    f"sha256={sign(PYTHON).hexdigest()}",
    secret=f"'{SECRET}'",
    dialect="python-ascii",
)
case("a body's newline, and base64", "body-newline digest-base64", base64.b64encode(sign(BODY + b"\n").digest()))
case("app_key, upper case", "secret-is-app-key digest-case", sign(BODY, VALUE["app_key"]).hexdigest().upper())
case("quotes, and SHA-512", "secret-quoted digest-algorithm", sign(BODY, f'"{SECRET}"', "sha512").hexdigest())
case("a blank, and the wrong charset", "secret-whitespace body-charset",
     sign('{"a":"Größe"}'.encode("latin-1"), SECRET + " ").hexdigest(), body='{"a":"Größe"}'.encode())
