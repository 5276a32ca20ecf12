# frozen_string_literal: true

# Receivers for Sinatra and Rack, one per route, each wrong in the way of its route.
require 'base64'
require 'json'
require 'openssl'
require 'puma'
require 'sinatra/base'

SECRET = ENV.fetch('BLITZ_WEBHOOK_SECRET')

class Receivers < Sinatra::Base
  set :environment, :production
  set :host_authorization, permitted_hosts: []

  helpers do
    def sign(body, key = SECRET)
      OpenSSL::HMAC.hexdigest('SHA256', key, body)
    end

    def raw
      request.body.read
    end

    def answer(expected, name = 'HTTP_X_WEBHOOK_SIGNATURE')
      halt 401, 'Invalid signature' unless Rack::Utils.secure_compare(expected, request.env[name].to_s)
      'ok'
    end
  end

  post('/correct') { answer sign(raw) }

  # the body
  post('/params') { answer sign(params.to_json) }
  post('/pretty') { answer sign(JSON.pretty_generate(JSON.parse(raw))) }
  post('/inspect') { answer sign(JSON.parse(raw).to_s) }
  post('/read-twice') do
    puts "received #{request.body.read.bytesize} bytes"
    answer sign(raw.to_s)
  end
  post('/sorted') { answer sign(JSON.parse(raw).sort.to_h.to_json) }

  # the secret
  post('/secret-newline') { answer sign(raw, File.read('secret.txt')) }
  post('/secret-unset') { answer sign(raw, ENV['BLITZ_SECRET'].to_s) }

  # the digest and its header
  post('/base64') { answer Base64.strict_encode64(OpenSSL::HMAC.digest('SHA256', SECRET, raw)) }
  post('/sha1') { answer OpenSSL::HMAC.hexdigest('SHA1', SECRET, raw) }
  post('/header') { answer sign(raw), 'HTTP_X_HUB_SIGNATURE' }

  # two at once
  post('/params-prefix') { answer "sha256=#{sign(params.to_json)}" }
  post('/newline-prefix') { answer "sha256=#{sign(raw, File.read('secret.txt'))}" }

  # what nobody would guess: encode64 ends each line, so no header can equal it
  post('/line-ends') { answer Base64.encode64(OpenSSL::HMAC.digest('SHA256', SECRET, raw)) }

  # not the signature
  post('/crashes') { answer sign(JSON.parse(raw).fetch('event').to_json) }
end

server = Puma::Server.new(Receivers)
server.add_tcp_listener('127.0.0.1', Integer(ENV.fetch('PORT')))
server.run.join
