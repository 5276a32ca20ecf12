# frozen_string_literal: true

# Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
# Install:  gem install sinatra rackup puma
# Run:      set BLITZ_WEBHOOK_SECRET, then: ruby receiver_sinatra.rb
require 'openssl'
require 'sinatra'

SECRET = ENV.fetch('BLITZ_WEBHOOK_SECRET', '')
abort 'Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.' if SECRET.empty?

LIMIT = 5 * 1024 * 1024
set :bind, '127.0.0.1'
set :port, ENV.fetch('PORT', '').then { |port| port.empty? ? 3000 : port.to_i }

# The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
# JSON.generate(JSON.parse(body)) prints numbers differently.
def genuine?(body, signature)
  expected = OpenSSL::HMAC.hexdigest('SHA256', SECRET, body)
  Rack::Utils.secure_compare(expected, signature)
end

post '/webhooks/blitz' do
  request.body.rewind # Sinatra reads params before a route runs, which consumes the body of a form
  body = request.body.read(LIMIT + 1) || ''
  halt 413 if body.bytesize > LIMIT
  halt 401 unless genuine?(body, request.get_header('HTTP_X_WEBHOOK_SIGNATURE').to_s)

  # The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
  # either: use the body's hash, and skip bodies that you have already stored.
  delivery_id = OpenSSL::Digest::SHA256.hexdigest(body)
  logger.info "genuine: #{body.bytesize} bytes, #{delivery_id}"

  # Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
  200
end
