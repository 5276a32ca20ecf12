// Cases made by Go.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
)

const secret = "blitz_test_secret"

func sign(message []byte, key string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(message)
	return mac.Sum(nil)
}

type kase struct {
	MadeBy  string   `json:"made_by"`
	Codes   []string `json:"codes"`
	Dialect string   `json:"dialect,omitempty"`
	Body    []byte   `json:"body"`
	Header  []byte   `json:"header"`
	Secret  string   `json:"secret"`
}

func emit(k kase) {
	k.MadeBy = "go: " + k.MadeBy
	k.Secret = secret
	line, _ := json.Marshal(k)
	fmt.Println(string(line))
}

type survey struct {
	SurveyID string `json:"survey_id"`
	Name     string `json:"survey_name"`
	GroupID  string `json:"group_id"`
}

func printings() {
	var bodies []string
	file, _ := os.ReadFile("bodies.json")
	json.Unmarshal(file, &bodies)
	for _, body := range bodies {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			panic(err)
		}
		emit := func(call string, printed []byte) {
			line, _ := json.Marshal(map[string]string{"body": body, "call": "Go's " + call, "printed": string(printed)})
			fmt.Println(string(line))
		}
		printed, _ := json.Marshal(value)
		emit("json.Marshal of a map", printed)
		printed, _ = json.MarshalIndent(value, "", "  ")
		emit("json.MarshalIndent of a map", printed)
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		encoder.Encode(value)
		emit("json.Encoder of a map with SetEscapeHTML(false)", bytes.TrimSuffix(buffer.Bytes(), []byte("\n")))
	}
}

func main() {
	if len(os.Args) > 1 {
		printings()
		return
	}
	body, _ := os.ReadFile("input.json")
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		panic(err)
	}
	marshalled, _ := json.Marshal(value)
	hexed := func(message []byte) []byte { return []byte(hex.EncodeToString(sign(message, secret))) }
	emit(kase{MadeBy: "json.Marshal of a map", Codes: []string{"body-reserialised"}, Dialect: "go", Body: body, Header: hexed(marshalled)})

	small := []byte(`{"survey_id":"s-1","survey_name":"Größe & <Qualität>","group_id":"g-1"}`)
	var typed survey
	json.Unmarshal(small, &typed)
	ordered, _ := json.Marshal(typed)
	emit(kase{MadeBy: "json.Marshal of a struct", Codes: []string{"body-reserialised"}, Dialect: "go", Body: small, Header: hexed(ordered)})

	var buffer bytes.Buffer
	json.NewEncoder(&buffer).Encode(value)
	emit(kase{MadeBy: "json.Encoder", Codes: []string{"body-reserialised", "body-newline"}, Dialect: "go", Body: body, Header: hexed(buffer.Bytes())})

	buffer.Reset()
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	encoder.Encode(value)
	plain := bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	emit(kase{MadeBy: "SetEscapeHTML(false)", Codes: []string{"body-reserialised"}, Dialect: "sorted", Body: body, Header: hexed(plain)})

	emit(kase{MadeBy: "base64.StdEncoding", Codes: []string{"digest-base64"}, Body: body,
		Header: []byte(base64.StdEncoding.EncodeToString(sign(body, secret)))})
	emit(kase{MadeBy: "fmt %X", Codes: []string{"digest-case"}, Body: body, Header: []byte(fmt.Sprintf("%X", sign(body, secret)))})
	emit(kase{MadeBy: "fmt % x", Codes: []string{"digest-whitespace"}, Body: body, Header: []byte(fmt.Sprintf("% x", sign(body, secret)))})
	sum := sha256.Sum256(body)
	emit(kase{MadeBy: "sha256.Sum256", Codes: []string{"digest-unkeyed"}, Body: body, Header: []byte(hex.EncodeToString(sum[:]))})
}
