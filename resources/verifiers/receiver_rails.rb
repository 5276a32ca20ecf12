# frozen_string_literal: true

# Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
# Install:  gem install rails rackup puma
# Run:      set BLITZ_WEBHOOK_SECRET, then: ruby receiver_rails.rb
require 'rails'
require 'action_controller/railtie'
require 'rackup'

SECRET = ENV.fetch('BLITZ_WEBHOOK_SECRET', '')
abort 'Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.' if SECRET.empty?

LIMIT = 5 * 1024 * 1024

# In an application, this is its config: only the route and the controller are new.
class Receiver < Rails::Application
  config.load_defaults Rails::VERSION::STRING.to_f
  config.eager_load = false
  config.consider_all_requests_local = false
  config.logger = Logger.new($stderr)
  config.secret_key_base = SecureRandom.hex(64)
  routes.append { post '/webhooks/blitz', to: 'webhooks#blitz' }
end
Receiver.initialize!

class WebhooksController < ActionController::Base
  skip_forgery_protection # a sender has no CSRF token: each webhook would get 422
  # The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
  # params.to_json prints numbers differently, and has keys that Rails added.
  private def genuine?(body, signature)
    expected = OpenSSL::HMAC.hexdigest('SHA256', SECRET, body)
    ActiveSupport::SecurityUtils.secure_compare(expected, signature)
  end

  def blitz
    body = request.raw_post
    return head(413) if body.bytesize > LIMIT
    return head(401) unless genuine?(body, request.headers['x-webhook-signature'].to_s)

    # The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    # either: use the body's hash, and skip bodies that you have already stored.
    delivery_id = OpenSSL::Digest::SHA256.hexdigest(body)
    logger.info "genuine: #{body.bytesize} bytes, #{delivery_id}"

    # Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    head 200
  end
end

port = ENV.fetch('PORT', '')
Rackup::Server.start(app: Receiver, Host: '127.0.0.1', Port: port.empty? ? 3000 : port.to_i)
