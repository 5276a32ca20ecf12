# Cases made by Ruby.
gem 'json', ARGV[1] if ARGV[1]
require 'json'
require 'openssl'
require 'base64'
require 'cgi'
BODY = File.binread(File.join(__dir__, 'input.json')).force_encoding('UTF-8')
SECRET = 'blitz_test_secret'
def sign(text, secret = SECRET) = OpenSSL::HMAC.hexdigest('SHA256', secret, text)
def make(made_by, codes, header, body: BODY, secret: SECRET, dialect: nil)
  line = { made_by: "ruby: #{made_by}", codes: codes.split, body: Base64.strict_encode64(body),
           header: Base64.strict_encode64(header), secret: secret }
  line[:dialect] = dialect if dialect
  puts JSON.generate(line)
end
if ARGV[0] == 'printings'
  require 'active_support'
  require 'active_support/json'
  ActiveSupport::JSON::Encoding.escape_html_entities_in_json = true
  pretty = "Ruby's JSON.pretty_generate(value)" + (JSON::VERSION < '2.8' ? ', before json 2.8' : '')
  JSON.parse(File.read(File.join(__dir__, 'bodies.json'))).each do |body|
    value = JSON.parse(body)
    calls = { "Ruby's JSON.generate(value)" => JSON.generate(value), pretty => JSON.pretty_generate(value),
              "Rails's value.to_json" => value.to_json }
    calls.each { |call, printed| puts JSON.generate({ body: body, call: call, printed: printed }) }
  end
  exit
end
numbers = File.read(File.join(__dir__, 'ruby_input.json'))
make('JSON.generate', 'body-reserialised', sign(JSON.generate(JSON.parse(numbers))), body: numbers, dialect: 'ruby')
make('JSON.pretty_generate', 'body-reserialised', sign(JSON.pretty_generate(JSON.parse(BODY))), dialect: 'ruby')
make('Hash#inspect', 'body-not-serialised', sign(JSON.parse(BODY).to_s))
make('Base64.encode64', 'digest-base64', Base64.encode64(OpenSSL::HMAC.digest('SHA256', SECRET, BODY)).strip)
make('Digest::SHA256', 'digest-unkeyed', OpenSSL::Digest::SHA256.hexdigest(SECRET + BODY))
make('CGI.escapeHTML', 'secret-escaped', sign(BODY, CGI.escapeHTML("a<b>&'c'")), secret: "a<b>&'c'")
make('encode to ISO-8859-1', 'body-charset', sign('{"a":"Größe"}'.encode('ISO-8859-1')), body: '{"a":"Größe"}')
make('a newline, pretty_generate', 'secret-whitespace body-reserialised',
     sign(JSON.pretty_generate(JSON.parse(BODY)), "#{SECRET}\n"), dialect: 'ruby')
