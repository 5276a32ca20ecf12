// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  .NET 8, then: dotnet new web -o receiver, and replace its Program.cs with this file
// Run:      set BLITZ_WEBHOOK_SECRET, then: dotnet run --project receiver
using System.Security.Cryptography;
using System.Text;

var secret = Environment.GetEnvironmentVariable("BLITZ_WEBHOOK_SECRET");
if (string.IsNullOrEmpty(secret))
    throw new InvalidOperationException("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.");
var key = Encoding.UTF8.GetBytes(secret);

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = 5 * 1024 * 1024); // else 413
var app = builder.Build();

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// JsonSerializer prints other escapes. Compare as text: as hex, upper case would pass too.
bool IsGenuine(byte[] body, string signature)
{
    var digest = HMACSHA256.HashData(key, body);
    var expected = Convert.ToHexString(digest).ToLowerInvariant();
    return CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature));
}

app.MapPost("/webhooks/blitz", async (HttpRequest request) =>
{
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer); // not a bound parameter: that has been parsed already
    var body = buffer.ToArray();
    if (!IsGenuine(body, request.Headers["x-webhook-signature"].ToString()))
        return Results.StatusCode(401);

    // The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
    // either: use the body's hash, and skip bodies that you have already stored.
    var deliveryId = Convert.ToHexString(SHA256.HashData(body)).ToLowerInvariant();
    app.Logger.LogInformation("genuine: {Length} bytes, {DeliveryId}", body.Length, deliveryId);

    // Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
    return Results.StatusCode(200);
});

var port = Environment.GetEnvironmentVariable("PORT");
app.Run($"http://127.0.0.1:{(string.IsNullOrEmpty(port) ? "3000" : port)}");
