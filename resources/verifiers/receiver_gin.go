// Receives Blitzllama's webhooks and accepts only those signed with your webhook secret.
// Install:  go mod init receiver, then: go get github.com/gin-gonic/gin
// Run:      set BLITZ_WEBHOOK_SECRET, then: go run receiver_gin.go
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

	"github.com/gin-gonic/gin"
)

var secret = []byte(os.Getenv("BLITZ_WEBHOOK_SECRET"))

// The sender signs JSON.stringify(payload) and posts that text. Hash the received bytes, because
// json.Marshal sorts keys and escapes <, > and &. Compare as text: as hex, upper case would pass too.
func isGenuine(body []byte, signature string) bool {
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature))
}

// Read the body before c.ShouldBindJSON or c.PostForm, which would consume it.
func receive(c *gin.Context) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, 5<<20))
	if err != nil { // over 5 MiB, or cut short
		c.AbortWithStatus(http.StatusRequestEntityTooLarge)
		return
	}
	if !isGenuine(body, c.GetHeader("x-webhook-signature")) {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}

	// The signature covers no timestamp, so an exact copy always stays valid. There is no delivery id
	// either: use the body's hash, and skip bodies that you have already stored.
	log.Printf("genuine: %d bytes, %x", len(body), sha256.Sum256(body))

	// Queue the body, respond at once, and parse it later: how long the sender waits is not documented.
	c.Status(http.StatusOK)
}

func main() {
	if len(secret) == 0 {
		log.Fatal("Set BLITZ_WEBHOOK_SECRET to the webhook secret of your dashboard.")
	}
	router := gin.Default()
	router.POST("/webhooks/blitz", receive)
	log.Fatal(router.Run("127.0.0.1:" + cmp.Or(os.Getenv("PORT"), "3000")))
}
