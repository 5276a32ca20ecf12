// Receivers for net/http, one per route, each wrong in the way of its route.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

var secret = os.Getenv("BLITZ_WEBHOOK_SECRET")

func sum(body []byte, key string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return mac.Sum(nil)
}

func sign(body []byte) string { return hex.EncodeToString(sum(body, secret)) }

func answerTo(w http.ResponseWriter, r *http.Request, expected, header string) {
	if !hmac.Equal([]byte(expected), []byte(r.Header.Get(header))) {
		http.Error(w, "invalid signature", http.StatusUnauthorized)
		return
	}
	fmt.Fprintln(w, "ok")
}

func answer(w http.ResponseWriter, r *http.Request, expected string) {
	answerTo(w, r, expected, "X-Webhook-Signature")
}

func raw(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	return body
}

func parsed(w http.ResponseWriter, r *http.Request) (map[string]any, bool) {
	var event map[string]any
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return nil, false
	}
	return event, true
}

func logged(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("%s %s: %d bytes\n", r.Method, r.URL.Path, len(body))
		next(w, r)
	}
}

func main() {
	handle := func(path string, handler http.HandlerFunc) { http.HandleFunc("POST "+path, handler) }

	handle("/correct", func(w http.ResponseWriter, r *http.Request) { answer(w, r, sign(raw(r))) })

	// the body
	handle("/marshal", func(w http.ResponseWriter, r *http.Request) {
		if event, ok := parsed(w, r); ok {
			body, _ := json.Marshal(event)
			answer(w, r, sign(body))
		}
	})
	handle("/indented", func(w http.ResponseWriter, r *http.Request) {
		var out bytes.Buffer
		json.Indent(&out, raw(r), "", "  ")
		answer(w, r, sign(out.Bytes()))
	})
	handle("/read-twice", logged(func(w http.ResponseWriter, r *http.Request) { answer(w, r, sign(raw(r))) }))
	handle("/form-value", func(w http.ResponseWriter, r *http.Request) { answer(w, r, sign([]byte(r.FormValue("payload")))) })
	handle("/base64-body", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, sign([]byte(base64.StdEncoding.EncodeToString(raw(r)))))
	})

	// the secret
	handle("/secret-newline", func(w http.ResponseWriter, r *http.Request) {
		key, _ := os.ReadFile("secret.txt")
		answer(w, r, hex.EncodeToString(sum(raw(r), string(key))))
	})
	handle("/secret-hex", func(w http.ResponseWriter, r *http.Request) {
		key, _ := hex.DecodeString(secret)
		answer(w, r, hex.EncodeToString(sum(raw(r), string(key))))
	})

	// the digest and its header
	handle("/base64", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, base64.StdEncoding.EncodeToString(sum(raw(r), secret)))
	})
	handle("/base64-no-padding", func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, base64.RawURLEncoding.EncodeToString(sum(raw(r), secret)))
	})
	handle("/upper", func(w http.ResponseWriter, r *http.Request) { answer(w, r, fmt.Sprintf("%X", sum(raw(r), secret))) })
	handle("/truncated", func(w http.ResponseWriter, r *http.Request) { answer(w, r, sign(raw(r))[:32]) })
	handle("/header", func(w http.ResponseWriter, r *http.Request) { answerTo(w, r, sign(raw(r)), "Webhook-Signature") })

	// two at once
	handle("/encoder", func(w http.ResponseWriter, r *http.Request) {
		if event, ok := parsed(w, r); ok {
			var out bytes.Buffer
			json.NewEncoder(&out).Encode(event)
			answer(w, r, sign(out.Bytes()))
		}
	})
	handle("/marshal-base64", func(w http.ResponseWriter, r *http.Request) {
		if event, ok := parsed(w, r); ok {
			body, _ := json.Marshal(event)
			answer(w, r, base64.StdEncoding.EncodeToString(sum(body, secret)))
		}
	})
	handle("/newline-base64", func(w http.ResponseWriter, r *http.Request) {
		key, _ := os.ReadFile("secret.txt")
		answer(w, r, base64.StdEncoding.EncodeToString(sum(raw(r), string(key))))
	})

	// what nobody would guess
	handle("/printed", func(w http.ResponseWriter, r *http.Request) {
		if event, ok := parsed(w, r); ok {
			answer(w, r, sign([]byte(fmt.Sprintf("%v", event))))
		}
	})

	// accepts too much
	handle("/prefix-only", func(w http.ResponseWriter, r *http.Request) {
		signature := r.Header.Get("X-Webhook-Signature")
		if signature == "" || !strings.HasPrefix(sign(raw(r)), signature[:min(8, len(signature))]) {
			w.WriteHeader(http.StatusForbidden)
		}
	})

	if err := http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil); err != nil {
		panic(err)
	}
}
