#!/bin/sh
# Makes cases.jsonl anew, with the real programs.
set -e
cd "$(dirname "$0")"
secret=blitz_test_secret
# case MADE_BY CODES DIALECT HEADER: one made by jq and openssl, over input.json.
emit() {
  jq -cn --arg made_by "$1" --arg codes "$2" --arg dialect "$3" --arg header "$4" --arg secret "$secret" \
    --rawfile body input.json '{made_by: $made_by, codes: ($codes / " "), body: ($body | @base64),
    header: ($header | @base64), secret: $secret} + if $dialect == "" then {} else {dialect: $dialect} end'
}
sign() { openssl dgst -sha256 -hmac "$secret" -r | cut -d' ' -f1; }
jq_cases() {
  emit "jq ." "body-reserialised body-newline" pretty-2 "$(jq . input.json | sign)"
  emit "jq -j ." body-reserialised pretty-2 "$(jq -j . input.json | sign)"
  emit "jq -j --indent 4 ." body-reserialised pretty-4 "$(jq -j --indent 4 . input.json | sign)"
  emit "jq -j --tab ." body-reserialised pretty-tab "$(jq -j --tab . input.json | sign)"
  emit "jq -jcS ." body-reserialised sorted "$(jq -jcS . input.json | sign)"
  emit "jq -jS ." body-reserialised sorted "$(jq -jS . input.json | sign)"
  emit "jq -c ." body-newline "" "$(jq -c . input.json | sign)"
  emit "openssl dgst" digest-prefix "" "$(openssl dgst -sha256 -hmac "$secret" < input.json)"
  emit "openssl dgst -binary | base64" digest-base64 "" \
    "$(openssl dgst -sha256 -hmac "$secret" -binary < input.json | base64)"
  emit "sha1sum" digest-unkeyed "" "$(sha1sum < input.json | cut -d' ' -f1)"
  emit "unix2dos would have, of echo" body-newline "" "$( (cat input.json; printf '\r\n') | sign)"
}
{
  python3 cases.py
  node cases.mjs
  php cases.php
  go run cases.go
  ruby cases.rb
  jq_cases
} > cases.jsonl
jq_printings() {
  jq -r '.[] | @base64' bodies.json | while read -r line; do
    printf %s "$line" | base64 -d > body.tmp
    for options in . "--indent 4 ." "--tab ." "-cS ." "-S ."; do
      # shellcheck disable=SC2086
      printf %s "$(jq $options body.tmp)" > printed.tmp  # -j would print a text without quotes
      jq -cn --arg call "jq $options" --rawfile body body.tmp --rawfile printed printed.tmp '{$body, $call, $printed}'
    done
  done
  rm -f body.tmp printed.tmp
}
{
  python3 cases.py printings
  node cases.mjs printings
  php cases.php printings
  go run cases.go printings
  ruby cases.rb printings 2.7.2
  ruby cases.rb printings 2.9.1
  jq_printings
} > printings.jsonl
