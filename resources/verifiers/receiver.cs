// Receives Blitzllama's webhooks and lets in only what was signed with your webhook secret.
// Install:  .NET 8, then: dotnet new web -o receiver, and put this in the place of its Program.cs
// Run:      set BLITZ_WEBHOOK_SECRET, then: dotnet run --project receiver
using System.Security.Cryptography;
using System.Text;

var secret = Environment.GetEnvironmentVariable("BLITZ_WEBHOOK_SECRET");
if (string.IsNullOrEmpty(secret))
    throw new InvalidOperationException("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.");
var key = Encoding.UTF8.GetBytes(secret);

var app = WebApplication.CreateBuilder(args).Build();

// The sender signs JSON.stringify(payload) and posts that text: hash the bytes as they came, for
// JsonSerializer prints other escapes. Compare as text: as hex, upper case would pass too.
bool IsGenuine(byte[] body, string signature)
{
    var digest = HMACSHA256.HashData(key, body);
    var expected = Convert.ToHexString(digest).ToLowerInvariant();
    return CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(signature));
}

app.MapPost("/webhooks/blitzllama", async (HttpRequest request) =>
{
    using var buffer = new MemoryStream();
    await request.Body.CopyToAsync(buffer); // not a bound parameter: that has been parsed already
    var body = buffer.ToArray();
    if (!IsGenuine(body, request.Headers["x-webhook-signature"].ToString()))
        return Results.StatusCode(401);

    // No timestamp is signed: an exact copy stays valid for ever. No delivery id is sent either, so
    // take the body's hash for one, and skip what you have already stored under it.
    var deliveryId = Convert.ToHexString(SHA256.HashData(body)).ToLowerInvariant();
    app.Logger.LogInformation("genuine: {Length} bytes, {DeliveryId}", body.Length, deliveryId);

    // Queue the body, answer at once, and parse it later: how long the sender waits is not documented.
    return Results.StatusCode(200);
});

var port = Environment.GetEnvironmentVariable("PORT");
app.Run($"http://127.0.0.1:{(string.IsNullOrEmpty(port) ? "3000" : port)}");
