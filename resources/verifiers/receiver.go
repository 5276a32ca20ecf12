// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  nothing but Go 1.22
// Run:      set BLITZ_WEBHOOK_SECRET, then: go run receiver.go
package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"os"
)

var secret = []byte(os.Getenv("BLITZ_WEBHOOK_SECRET"))

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// json.Marshal sorts keys and escapes <, > and &. Compare as text: as hex, upper case would pass too.
func isGenuine(body []byte, signature string) bool {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature))
}

func receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 5<<20))
	if err != nil { // over 5 MiB, or cut short
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if !isGenuine(body, r.Header.Get("x-webhook-signature")) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}

	// The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
	// either: use the body's hash, and skip bodies that you have already stored.
	log.Printf("genuine: %d bytes, %x", len(body), sha256.Sum256(body))

	// Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
	w.WriteHeader(http.StatusOK)
}

func main() {
	if len(secret) == 0 {
		log.Fatal("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.")
	}
	http.HandleFunc("POST /webhooks/blitz", receive)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
